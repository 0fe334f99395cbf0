/* first.c - the first answer, in thirty lines.
 *
 *   lfm2-compile MODEL --emit=static -o model
 *   cc first.c model.a -o first
 *   ./first model.weights "What is a river?" */
#include "model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int show(const char *text, size_t length, void *user) {
  (void)user;
  fwrite(text, 1, length, stdout);
  return fflush(stdout);
}

int main(int argc, char **argv) {
  lfm2rt_error error = {0};
  lfm2rt_model model;
  lfm2rt_weights weights;
  lfm2rt_context *context;
  lfm2rt_context_options options = {.tokens = 512, .threads = 2};
  if (argc != 3)
    return puts("usage: first model.weights TEXT"), 2;
  if (lfm2rt_model_open(&model, &model_program, &error) ||
      lfm2rt_weights_open_file(&weights, &model, argv[1], &error))
    return puts(error.message), 1;
  uint64_t bytes = lfm2rt_context_size(&model, &options);
  uint64_t work = lfm2rt_text_work_size(&weights, strlen(argv[2]));
  if (lfm2rt_context_create(&context, &weights, &options,
                            aligned_alloc(4096, bytes), bytes, &error) ||
      lfm2rt_generate_text(context, argv[2], strlen(argv[2]), 100, LFM2RT_CHAT,
                           show, NULL, malloc(work), work, &error))
    return puts(error.message), 1;
  return puts(""), 0;
}
