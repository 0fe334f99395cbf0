/* answer.c - one file, the program with its weights inside, answers its command
 * line. */
#include "model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int show(const char *text, size_t length, void *user) {
  (void)user;
  return fwrite(text, 1, length, stdout) != length;
}

static void check(lfm2rt_status status, const lfm2rt_error *error) {
  if (status == LFM2RT_OK)
    return;
  fprintf(stderr, "answer: %s\n", error->message);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: answer TEXT\n");
    return 2;
  }
  lfm2rt_error error;
  lfm2rt_model model;
  lfm2rt_weights weights;
  check(lfm2rt_model_open(&model, &model_program, &error), &error);
  check(lfm2rt_weights_open_memory(
            &weights, &model, model_archive,
            (uint64_t)(model_archive_end - model_archive), &error),
        &error);
  lfm2rt_context_options options = {0};
  options.tokens = 512;
  options.threads = 2;
  uint64_t bytes = lfm2rt_context_size(&model, &options);
  uint64_t work_bytes = lfm2rt_text_work_size(&weights, strlen(argv[1]));
  void *memory = aligned_alloc(4096, bytes), *work = malloc(work_bytes);
  if (!memory || !work) {
    fprintf(stderr, "answer: no memory for %llu bytes\n",
            (unsigned long long)(bytes + work_bytes));
    return 1;
  }
  lfm2rt_context *context;
  check(lfm2rt_context_create(&context, &weights, &options, memory, bytes,
                              &error),
        &error);
  check(lfm2rt_generate_text(context, argv[1], strlen(argv[1]), 100,
                             LFM2RT_CHAT, show, NULL, work, work_bytes, &error),
        &error);
  printf("\n");
  lfm2rt_context_destroy(context);
  lfm2rt_weights_close(&weights);
  free(work);
  free(memory);
  return 0;
}
