#include "test/unit/Runtime/FakeProgram.h"

#ifdef FAKE_IS_SLOW
#include "runtime/platform/Platform.h"
#endif

namespace fake {

void (*beforeBarrier)(const lfm2_step *) = nullptr;
void (*inStep)(const lfm2_step *, int32_t) = nullptr;

int32_t expectedToken(int32_t position) {
  if (position % 64 == 63)
    return stopToken;
  return uint8_t(phrase[uint32_t(position) % (sizeof(phrase) - 1)]);
}

// What the embedding has for a token, or what was given in its place.
static uint64_t valueOf(const lfm2_step *step, int32_t token) {
  if (token >= 0)
    return uint64_t(token);
  return uint64_t(step->embeddings[uint64_t(-1 - token) * hidden]);
}

// The runs that the step lists; else the one that its own fields describe.
static int32_t numRuns(const lfm2_step *step) {
  return step->runs ? step->num_runs : 1;
}
static lfm2_run runOf(const lfm2_step *step, int32_t r) {
  return step->runs
             ? step->runs[r]
             : lfm2_run{0, step->count, step->position, step->context, 0};
}
static lfm2_run runOfToken(const lfm2_step *step, int32_t token) {
  return runOf(step, step->runs ? step->token_runs[token] : 0);
}
static uint64_t *fixedOf(const lfm2_step *step, const lfm2_run &run) {
  return reinterpret_cast<uint64_t *>(step->state + run.state);
}
static uint64_t *cacheOf(const lfm2_step *step, const lfm2_run &run) {
  return reinterpret_cast<uint64_t *>(step->state + run.state + fixedBytes);
}

static void run(const lfm2_step *step, int32_t thread) {
#ifdef FAKE_IS_SLOW
  // Tens of milliseconds, so that a test can interrupt an answer.
  for (uint64_t start = lfm2rt::platform::nanoseconds();
       lfm2rt::platform::nanoseconds() - start < 20000000;)
    ;
#endif
  auto *sums = reinterpret_cast<uint64_t *>(step->scratch);
  if (inStep)
    inStep(step, thread);
  // The convolution: two columns carried over.
  for (int32_t r = 0, at = 0; thread == 0 && r < numRuns(step); ++r) {
    const lfm2_run run = runOf(step, r);
    if (run.first != at || run.count < 1 ||
        run.position + run.count > run.context)
      __builtin_trap();
    at += run.count;
    uint64_t *fixed = fixedOf(step, run), *cache = cacheOf(step, run);
    for (int32_t i = 0; i < run.count; ++i) {
      uint64_t token = valueOf(step, step->tokens[run.first + i]);
      uint64_t value = mix(mix(fixed[0], fixed[1]), token * 3 + 1);
      fixed[0] = fixed[1];
      fixed[1] = value;
      cache[2 * (run.position + i)] = value ^ step->weights[token * 64];
    }
  }
  if (wait(step, thread))
    return;
  // The attention: over all positions so far.
  for (int32_t i = firstOf(step, thread, step->count);
       i < firstOf(step, thread + 1, step->count); ++i) {
    const lfm2_run run = runOfToken(step, i);
    uint64_t sum = 0;
    for (int32_t j = 0; j <= run.position + i - run.first; ++j)
      sum = mix(sum, cacheOf(step, run)[2 * j]);
    sums[i] = sum;
    if (step->hidden)
      writeHidden(step->hidden + uint64_t(i) * hidden, sum);
  }
  if (wait(step, thread))
    return;
  for (int32_t l = 0; l < step->num_logits; ++l) {
    int32_t i = step->runs ? step->logit_tokens[l] : 0;
    float *row = step->logits + int64_t(l) * vocabulary;
    const lfm2_run run = runOfToken(step, i);
    int32_t expected = expectedToken(run.position + i - run.first + 1);
    for (int32_t v = firstOf(step, thread, vocabulary);
         v < firstOf(step, thread + 1, vocabulary); ++v)
      row[v] = float(mix(sums[i], uint64_t(v)) >> 40) / (1 << 24) +
               (v == expected ? 4.0f : 0.0f);
  }
}

static const lfm2_stretch stretches[] = {
    {"mix", "state", 1000, 0, 10, 0, 0, 0, 0, 0, 0},
    {"mix", "attend", 0, 100, 0, 16, 2, 8, 2, 0, 0},
    {"", "head", 500, 0, 300, 0, 0, 0, 0, LFM2_STRETCH_LOGITS, 0}};
static const lfm2_place places[] = {{0, 5}, {1, 5}, {2, -1}};
const lfm2_entry entries[] = {
    {1, 3, chunk * 8, run, stretches, places, 3, nearBytes, nullptr, nullptr},
    {4, 3, chunk * 8, run, stretches, places, 3, 0, nullptr, nullptr},
    {chunk, 3, chunk * 8, run, stretches, places, 3, 2 * nearBytes, nullptr,
     nullptr}};
#ifdef FAKE_NEEDS_NEW_CPU
#ifndef FAKE_NEW_FEATURES
#define FAKE_NEW_FEATURES 62, 63
#endif
static const uint32_t features[] = {0, FAKE_NEW_FEATURES};
static const lfm2_variant variants[] = {
    {"tomorrow", features, 3, 3, entries, nullptr, 0, LFM2_CODE_CPU}};
#else
static const uint32_t features[] = {63};
static const lfm2_variant variants[] = {
    {"tomorrow", features, 1, 3, entries, nullptr, 0, LFM2_CODE_CPU},
    {"any", features, 0, 3, entries, nullptr, 0, LFM2_CODE_CPU}};
#endif

const lfm2_program program = {
    LFM2_ABI_VERSION,
    vocabulary,
    {'f', 'a', 'k', 'e', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
    1000,
    sizeof(variants) / sizeof(variants[0]),
    variants,
    fixedBytes,
    bytesPerToken,
    weightBytes,
    hidden,
    0,
    LFM2_OUTPUT_LOGITS | LFM2_OUTPUT_HIDDEN,
    0,
    bytesPerToken,
    0,
    nullptr};

} // namespace fake
