/* loaded.c - a model out of a shared library that is found when the program
 * runs.
 *
 *   lfm2-compile MODEL --emit=shared -o model
 *   cc -I/usr/include loaded.c -ldl -o load      the folder that has lfm2rt/
 *   ./load ./model.so model.weights "What is a river?"
 *
 * Whatever its name, its program is there as lfm2_program. Functions come from
 * the same library: each has a runtime of its own. */
#include "lfm2rt/lfm2rt.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *library;

static void *find(const char *name) {
  void *place = dlsym(library, name);
  if (!place) {
    fprintf(stderr, "load: %s\n", dlerror());
    exit(1);
  }
  return place;
}

/* A function of the library, of the type that the header declares. */
#define FIND(name) __typeof__(name) *p_##name = (__typeof__(name) *)find(#name)

static int show(const char *text, size_t length, void *user) {
  (void)user;
  return fwrite(text, 1, length, stdout) != length;
}

static void check(lfm2rt_status status, const lfm2rt_error *error) {
  if (status == LFM2RT_OK)
    return;
  fprintf(stderr, "load: %s\n", error->message);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: load LIBRARY.so FILE.weights TEXT\n");
    return 2;
  }
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "load: %s\n", dlerror());
    return 1;
  }
  FIND(lfm2rt_model_open);
  FIND(lfm2rt_weights_open_file);
  FIND(lfm2rt_text_work_size);
  FIND(lfm2rt_context_size);
  FIND(lfm2rt_context_create);
  FIND(lfm2rt_generate_text);
  FIND(lfm2rt_context_destroy);
  FIND(lfm2rt_weights_close);
  const struct lfm2_program *program = find("lfm2_program");

  lfm2rt_error error;
  lfm2rt_model model;
  lfm2rt_weights weights;
  check(p_lfm2rt_model_open(&model, program, &error), &error);
  check(p_lfm2rt_weights_open_file(&weights, &model, argv[2], &error), &error);
  lfm2rt_context_options options = {0};
  options.tokens = 512;
  options.threads = 2;
  uint64_t bytes = p_lfm2rt_context_size(&model, &options);
  uint64_t work_bytes = p_lfm2rt_text_work_size(&weights, strlen(argv[3]));
  void *memory = aligned_alloc(4096, bytes), *work = malloc(work_bytes);
  if (!memory || !work) {
    fprintf(stderr, "load: no memory for %llu bytes\n",
            (unsigned long long)(bytes + work_bytes));
    return 1;
  }
  lfm2rt_context *context;
  check(p_lfm2rt_context_create(&context, &weights, &options, memory, bytes,
                                &error),
        &error);
  check(p_lfm2rt_generate_text(context, argv[3], strlen(argv[3]), 100,
                               LFM2RT_CHAT, show, NULL, work, work_bytes,
                               &error),
        &error);
  printf("\n");
  p_lfm2rt_context_destroy(context);
  p_lfm2rt_weights_close(&weights);
  free(work);
  free(memory);
  dlclose(library);
  return 0;
}
