/* turns.c - completes several texts at once: all go on in the same steps, which
 * read the weights once for all of them.
 *
 *   lfm2-compile MODEL --emit=static -o model
 *   cc turns.c model.a -o turns
 *   ./turns model.weights "The weather today" "A cat is" "Rivers"
 */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { tokens_of_context = 256, tokens_of_answer = 40 };

typedef struct talk {
  lfm2rt_context *context;
  int32_t *tokens; /* To be read; then those that were chosen. */
  uint64_t left, answered;
  char answer[tokens_of_answer * 64];
} talk;

static int fail(const lfm2rt_error *error) {
  fprintf(stderr, "turns: %s\n", error->message);
  return 1;
}

/* Contexts have the same options but for `turns`: how many others the threads
 * of this one read together. */
static int open_context(lfm2rt_context **context, const lfm2rt_model *model,
                        const lfm2rt_weights *weights, uint32_t threads,
                        uint32_t turns, lfm2rt_error *error) {
  lfm2rt_context_options options = {0};
  options.tokens = tokens_of_context;
  options.threads = threads;
  options.turns = turns;
  uint64_t bytes = lfm2rt_context_size(model, &options);
  void *memory = aligned_alloc(4096, bytes);
  if (!memory) {
    snprintf(error->message, sizeof error->message,
             "a context takes %llu bytes", (unsigned long long)bytes);
    return 1;
  }
  return lfm2rt_context_create(context, weights, &options, memory, bytes,
                               error) != LFM2RT_OK;
}

static int begin(talk *talk, const lfm2rt_weights *weights, const char *text,
                 lfm2rt_error *error) {
  size_t length = strlen(text);
  uint64_t work_bytes = lfm2rt_text_work_size(weights, length);
  void *work = malloc(work_bytes);
  talk->tokens = malloc((3 * length + 2) * sizeof(int32_t));
  if (!work || !talk->tokens)
    return 1;
  lfm2rt_status status =
      lfm2rt_tokenize(weights, text, length, LFM2RT_ADD_BOS, talk->tokens,
                      3 * length + 2, &talk->left, work, work_bytes, error);
  free(work);
  return status != LFM2RT_OK;
}

/* Takes what a turn left to be read, or chooses what comes next. */
static int go_on(talk *talk, const lfm2rt_weights *weights, uint32_t read) {
  talk->left -= read;
  memmove(talk->tokens, talk->tokens + read, talk->left * sizeof(int32_t));
  if (talk->left)
    return 1;
  int32_t token = lfm2rt_sample(talk->context);
  if (token < 0 || lfm2rt_token_is_stop(weights, token) ||
      ++talk->answered == tokens_of_answer)
    return 0;
  size_t length, used = strlen(talk->answer);
  const char *bytes = lfm2rt_token_text(weights, token, &length);
  if (used + length < sizeof talk->answer)
    memcpy(talk->answer + used, bytes, length);
  talk->tokens[0] = token;
  talk->left = 1;
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: turns FILE.weights TEXT ...\n");
    return 2;
  }
  uint32_t count = (uint32_t)argc - 2;
  lfm2rt_error error;
  lfm2rt_model model;
  lfm2rt_weights weights;
  lfm2rt_context *reader;
  if (lfm2rt_model_open(&model, &model_program, &error) ||
      lfm2rt_weights_open_file(&weights, &model, argv[1], &error) ||
      open_context(&reader, &model, &weights, 2, count, &error))
    return fail(&error);
  talk *talks = calloc(count, sizeof(talk));
  lfm2rt_turn *turns = calloc(count, sizeof(lfm2rt_turn));
  talk **waiting = calloc(count, sizeof(talk *));
  if (!talks || !turns || !waiting)
    return 1;
  for (uint32_t i = 0; i < count; ++i) {
    waiting[i] = &talks[i];
    if (open_context(&talks[i].context, &model, &weights, 1, 0, &error) ||
        begin(&talks[i], &weights, argv[i + 2], &error))
      return fail(&error);
  }

  for (uint32_t left = count; left > 0;) {
    for (uint32_t i = 0; i < left; ++i)
      turns[i] = (lfm2rt_turn){waiting[i]->context, waiting[i]->tokens,
                               (uint32_t)waiting[i]->left, 0};
    /* At most 64 tokens a step, so that nobody waits long for a prompt. */
    if (lfm2rt_eval_turns(reader, turns, left, 64, &error))
      return fail(&error);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < left; ++i)
      if (go_on(waiting[i], &weights, turns[i].read))
        waiting[kept++] = waiting[i];
    left = kept;
  }
  for (uint32_t i = 0; i < count; ++i) {
    printf("%s%s\n", argv[i + 2], talks[i].answer);
    lfm2rt_context_destroy(talks[i].context);
    free(talks[i].tokens);
  }
  lfm2rt_context_destroy(reader);
  lfm2rt_weights_close(&weights);
  free(waiting);
  free(turns);
  free(talks);
  return 0;
}
