/* dsp.c - a model in a shared object that a process on a DSP loads.
 *
 *   lfm2-compile MODEL --target=hexagon --emit=static -o model
 *   clang --target=hexagon-unknown-linux-musl -mcpu=hexagonv68 -G0 -fPIC -O2 \
 *     -ffreestanding -I. -Iinclude -c samples/dsp.c -o dsp.o
 *   ld.lld -shared -z defs --gc-sections -o libmodel_dsp.so dsp.o model.a
 *
 * The object needs nothing of the process that loads it. One conversation; more
 * of them are more contexts of the same weights. */
#include "dsp.h"

#include "model.h"

static lfm2rt_model model;
static lfm2rt_weights weights;
static lfm2rt_context *context;
static lfm2rt_error error;
static void *near_memory; /* Lent, or NULL. */
static uint64_t near_bytes;

static int refuse(const char *reason) {
  size_t i = 0;
  for (; reason[i] && i + 1 < sizeof(error.message); ++i)
    error.message[i] = reason[i];
  error.message[i] = 0;
  error.status = LFM2RT_INVALID_ARGUMENT;
  return error.status;
}

static lfm2rt_context_options options_of(uint32_t tokens, uint32_t threads) {
  lfm2rt_context_options options = {0};
  options.tokens = tokens;
  options.threads = threads;
  options.near = near_memory;
  options.near_bytes = near_bytes;
  return options;
}

uint64_t dsp_memory(uint32_t tokens, uint32_t threads) {
  /* Threads are the caller's, so that there are no stacks to make room for;
   * with one it does not matter. */
  lfm2rt_context_options options = options_of(tokens, threads);
  if (lfm2rt_model_open(&model, &model_program, &error))
    return 0;
  return lfm2rt_context_size(&model, &options);
}

uint64_t dsp_near(uint32_t threads) {
  /* It depends on no number of tokens. */
  lfm2rt_context_options options = options_of(1, threads);
  if (lfm2rt_model_open(&model, &model_program, &error))
    return 0;
  return lfm2rt_near_size(&model, &options);
}

void dsp_lend_near(void *memory, uint64_t bytes) {
  near_memory = memory;
  near_bytes = bytes;
}

uint32_t dsp_vocabulary(void) {
  if (lfm2rt_model_open(&model, &model_program, &error))
    return 0;
  return lfm2rt_model_vocabulary(&model);
}

int dsp_open(const void *archive, uint64_t archive_bytes, void *memory,
             uint64_t memory_bytes, uint32_t tokens, uint32_t threads,
             lfm2rt_parallel_fn parallel, void *user) {
  lfm2rt_context_options options = options_of(tokens, threads);
  lfm2rt_sampling sampling;
  if (context)
    return refuse("expected a model that is closed, found it open; close it");
  if (threads != 1 && !parallel)
    return refuse("expected a function that runs a task on several threads, "
                  "found none; give one, or ask for one thread");
  options.parallel = parallel;
  options.parallel_user = user;
  if (lfm2rt_model_open(&model, &model_program, &error) ||
      lfm2rt_weights_open_memory(&weights, &model, archive, archive_bytes,
                                 &error) ||
      lfm2rt_context_create(&context, &weights, &options, memory, memory_bytes,
                            &error))
    return error.status;
  lfm2rt_sampling_defaults(&weights, &sampling);
  sampling.temperature = 0; /* The most likely token, always the same. */
  sampling.repeat_penalty = 1;
  lfm2rt_set_sampling(context, &sampling);
  return 0;
}

int dsp_read(const int32_t *tokens, uint32_t count, float *logits,
             uint32_t capacity) {
  const float *last;
  uint32_t i;
  if (!context)
    return refuse("expected a model that is open, found none; open it");
  if (logits && capacity < lfm2rt_model_vocabulary(&model))
    return refuse("expected room for a row of logits, found less; see "
                  "dsp_vocabulary()");
  if (lfm2rt_eval(context, tokens, count, NULL, &error))
    return error.status;
  last = lfm2rt_logits(context);
  for (i = 0; logits && last && i < lfm2rt_model_vocabulary(&model); ++i)
    logits[i] = last[i];
  return 0;
}

int dsp_next(int32_t *token) {
  if (!context || !lfm2rt_logits(context))
    return refuse("expected tokens before the next one, found none; read some");
  *token = lfm2rt_sample(context);
  return 0;
}

int dsp_reset(void) {
  if (!context)
    return refuse("expected a model that is open, found none; open it");
  lfm2rt_reset(context);
  return 0;
}

int dsp_close(void) {
  if (!context)
    return 0;
  lfm2rt_context_destroy(context);
  lfm2rt_weights_close(&weights);
  context = NULL;
  return 0;
}

const char *dsp_message(void) { return error.message; }
