/* embed.c - completes a text with a model that was compiled into a library.
 *
 *   lfm2-compile MODEL --emit=static -o model
 *       makes model.a, model.h and model.weights
 *   cc embed.c model.a -o embed
 *   ./embed model.weights "The weather today"
 *
 * Everything is sized before it is allocated, and the application allocates:
 * one block for the context, one for the work of turning text into tokens. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int show(const char *text, size_t length, void *user) {
  (void)user;
  fwrite(text, 1, length, stdout);
  fflush(stdout);
  return 0; /* Anything else would end the text here. */
}

static int fail(const lfm2rt_error *error) {
  fprintf(stderr, "embed: %s\n", error->message);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: embed FILE.weights TEXT\n");
    return 2;
  }
  const char *text = argv[2];
  lfm2rt_error error;
  lfm2rt_model model;     /* The code, checked against this CPU. */
  lfm2rt_weights weights; /* Mapped; any number of contexts may share them. */
  if (lfm2rt_model_open(&model, &model_program, &error) ||
      lfm2rt_weights_open_file(&weights, &model, argv[1], &error))
    return fail(&error);

  lfm2rt_context_options options = {0};
  options.tokens = 256;
  options.threads = 2;
  uint64_t bytes = lfm2rt_context_size(&model, &options);
  uint64_t work_bytes = lfm2rt_text_work_size(&weights, strlen(text));
  void *memory = aligned_alloc(4096, bytes);
  void *work = malloc(work_bytes);
  if (!memory || !work) {
    fprintf(stderr, "embed: a context takes %llu bytes\n",
            (unsigned long long)bytes);
    return 1;
  }
  lfm2rt_context *context;
  if (lfm2rt_context_create(&context, &weights, &options, memory, bytes,
                            &error))
    return fail(&error);

  /* What the makers of the model recommend, but the same text each time. */
  lfm2rt_sampling sampling;
  lfm2rt_sampling_defaults(&weights, &sampling);
  sampling.seed = 1;
  lfm2rt_set_sampling(context, &sampling);

  /* The way back to the start, for another try. */
  void *mark = malloc(lfm2rt_mark_size(&model));
  if (!mark)
    return 1;
  lfm2rt_mark(context, mark);
  for (int i = 0; i < 2; ++i) {
    if (lfm2rt_generate_text(context, text, strlen(text), 40, LFM2RT_ADD_BOS,
                             show, NULL, work, work_bytes, &error))
      return fail(&error);
    printf("\n-- %u tokens\n", lfm2rt_position(context));
    if (lfm2rt_rewind(context, mark, &error))
      return fail(&error);
  }

  lfm2rt_context_destroy(context);
  lfm2rt_weights_close(&weights);
  free(mark);
  free(work);
  free(memory);
  return 0;
}
