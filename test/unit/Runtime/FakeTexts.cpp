#include "test/unit/Runtime/FakeTexts.h"

namespace fake {

#ifdef FAKE_READS_TEXTS
void (*beforeBarrier)(const lfm2_step *) = nullptr;
constexpr int32_t brokenToken = -1;
#else
int32_t brokenToken = -1;
#endif

// All of a text, in order, seen from one of its tokens.
template <typename Cell>
static uint64_t sumOf(const Cell *cells, uint32_t count, int32_t token) {
  uint64_t sum = uint64_t(token + 7);
  for (uint32_t i = 0; i < count; ++i)
    sum = mix(sum, uint64_t(cells[i]));
  return sum;
}

static void writeVector(float *vector, uint64_t sum) {
  for (uint32_t c = 0; c < vectorChannels; ++c)
    vector[c] = number(sum, c);
}

void expectedVector(const int32_t *text, uint32_t count, int32_t token,
                    float *vector) {
  writeVector(vector, sumOf(text, count, token));
}

void expectedHidden(const int32_t *text, uint32_t count, int32_t token,
                    float *row) {
  writeHidden(row, sumOf(text, count, token));
}

static uint64_t *cellsOf(const lfm2_step *step, const lfm2_run &run) {
  return reinterpret_cast<uint64_t *>(step->state + run.state);
}

static void writeLogits(const lfm2_step *step, int32_t token, uint64_t sum) {
  float *row = step->logits + int64_t(token) * vocabulary;
  for (uint32_t v = 0; v < vocabulary; ++v)
    row[v] = number(sum, v + 2000);
}

template <bool perToken>
static void run(const lfm2_step *step, int32_t thread) {
  // Cells of the texts, which stand behind each other without gaps.
  if (thread == 0)
    for (int32_t r = 0, at = 0; r < step->num_runs; ++r) {
      const lfm2_run &run = step->runs[r];
      bool sound = run.first == at && run.count > 0 && run.position == 0 &&
                   run.context % LFM2_CONTEXT_GRANULE == 0 &&
                   run.count <= run.context;
      if (!sound)
        __builtin_trap();
      for (int32_t i = 0; i < run.context; ++i)
        cellsOf(step, run)[i] =
            i < run.count ? uint64_t(step->tokens[at + i]) : 0;
      at += run.count;
    }
  if (wait(step, thread))
    return;
  int32_t first = firstOf(step, thread, step->num_runs);
  int32_t end = firstOf(step, thread + 1, step->num_runs);
  for (int32_t r = first; r < end; ++r) {
    const lfm2_run &run = step->runs[r];
    const uint64_t *cells = cellsOf(step, run);
    if (step->vectors && !perToken)
      writeVector(step->vectors + uint64_t(r) * vectorChannels,
                  sumOf(cells, uint32_t(run.count), wholeText));
    for (int32_t i = 0; i < run.count; ++i) {
      uint64_t sum = sumOf(cells, uint32_t(run.count), i);
      uint64_t row = uint64_t(run.first + i);
      if (step->hidden)
        writeHidden(step->hidden + row * hidden, sum);
      if (step->vectors && perToken)
        writeVector(step->vectors + row * vectorChannels, sum);
      if (step->vectors && step->tokens[row] == brokenToken)
        step->vectors[(perToken ? row : uint64_t(r)) * vectorChannels] =
            __builtin_nanf("");
      if (step->num_logits == step->count)
        writeLogits(step, run.first + i, sum);
    }
  }
  wait(step, thread);
}

#define FAKE_PROGRAM(name, perToken, channels, outputs)                        \
  static const lfm2_entry name##Entries[] = {{textChunk, 0, 64, run<perToken>, \
                                              nullptr, nullptr, 0, 0, nullptr, \
                                              nullptr}};                       \
  static const lfm2_variant name##Variants[] = {                               \
      {"any", nullptr, 0, 1, name##Entries, nullptr, 0, LFM2_CODE_CPU}};       \
  const lfm2_program name = {                                                  \
      LFM2_ABI_VERSION,                                                        \
      vocabulary,                                                              \
      {'f', 'a', 'k', 'e', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},             \
      textChunk,                                                               \
      1,                                                                       \
      name##Variants,                                                          \
      0,                                                                       \
      sizeof(uint64_t),                                                        \
      weightBytes,                                                             \
      hidden,                                                                  \
      channels,                                                                \
      (outputs) | LFM2_OUTPUT_HIDDEN,                                          \
      LFM2_PROGRAM_BIDIRECTIONAL,                                              \
      sizeof(uint64_t),                                                        \
      0,                                                                       \
      nullptr}

FAKE_PROGRAM(textVectors, false, vectorChannels,
             LFM2_OUTPUT_VECTORS | LFM2_OUTPUT_LOGITS);
#ifndef FAKE_READS_TEXTS
FAKE_PROGRAM(tokenVectors, true, vectorChannels, LFM2_OUTPUT_TOKEN_VECTORS);
FAKE_PROGRAM(masked, false, 0, LFM2_OUTPUT_LOGITS);
#endif

} // namespace fake
