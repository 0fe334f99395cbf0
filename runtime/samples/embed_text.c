/* embed_text.c - how alike texts are, by a bidirectional model that was
 * compiled into a library.
 *
 *   lfm2-compile MODEL --emit=static -o model
 *       makes model.a, model.h and model.weights
 *   cc embed_text.c model.a -o embed_text
 *   ./embed_text model.weights "a cat" "a kitten" "a bridge"
 *
 * Prints the cosine of each text with the first one. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const lfm2rt_error *error) {
  fprintf(stderr, "embed_text: %s\n", error->message);
  return 1;
}

/* The ids of a text; its memory is let go when the program ends. */
static int tokenize(const lfm2rt_weights *weights, const char *text,
                    lfm2rt_ids *to, lfm2rt_error *error) {
  uint64_t most = lfm2rt_embed_most_tokens(weights, strlen(text)), count = 0;
  uint64_t work_bytes = lfm2rt_embed_work_size(weights, strlen(text));
  int32_t *ids = malloc(most * sizeof(int32_t));
  void *work = malloc(work_bytes);
  if (!ids || !work)
    exit(1);
  if (lfm2rt_embed_tokens(weights, NULL, text, strlen(text), ids, most, &count,
                          work, work_bytes, error))
    return 1;
  free(work);
  to->tokens = ids;
  to->count = (uint32_t)count;
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: embed_text FILE.weights TEXT ...\n");
    return 2;
  }
  lfm2rt_error error;
  lfm2rt_model model;
  lfm2rt_weights weights;
  if (lfm2rt_model_open(&model, &model_program, &error) ||
      lfm2rt_weights_open_file(&weights, &model, argv[1], &error))
    return fail(&error);

  lfm2rt_context_options options = {0};
  options.tokens = lfm2rt_model_chunk(&model);
  options.threads = 2;
  uint64_t bytes = lfm2rt_context_size(&model, &options);
  void *memory = aligned_alloc(4096, bytes);
  lfm2rt_context *context;
  if (!memory || lfm2rt_context_create(&context, &weights, &options, memory,
                                       bytes, &error))
    return memory ? fail(&error) : 1;

  uint32_t count = (uint32_t)argc - 2, width = lfm2rt_model_vector(&model);
  lfm2rt_ids *texts = calloc(count, sizeof(lfm2rt_ids));
  if (!texts)
    return 1;
  for (uint32_t i = 0; i < count; ++i)
    if (tokenize(&weights, argv[i + 2], &texts[i], &error))
      return fail(&error);
  float *vectors = malloc(lfm2rt_embed_size(context, texts, count));
  if (!vectors)
    return 1;
  if (lfm2rt_embed(context, texts, count, LFM2RT_NORMALIZED | LFM2RT_TRUNCATE,
                   vectors, &error))
    return fail(&error);
  /* A vector a text: of length 1, so that their product is the cosine. */
  for (uint32_t i = 0; i < count; ++i) {
    double sum = 0;
    for (uint32_t c = 0; c < width; ++c)
      sum += (double)vectors[c] * vectors[i * width + c];
    printf("%6.3f  %s\n", sum, argv[i + 2]);
  }
  lfm2rt_context_destroy(context);
  lfm2rt_weights_close(&weights);
  free(vectors);
  free(texts);
  free(memory);
  return 0;
}
