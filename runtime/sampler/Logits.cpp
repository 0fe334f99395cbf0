#include "runtime/sampler/Logits.h"
#include "runtime/sampler/Math.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

constexpr float infinity = __builtin_inff();
} // namespace

// Lanes keep the comparison free of a chain of branches: the compiler makes
// vector maxima of them. What is no number never wins.
float highestOf(const float *logits, uint32_t count) {
  constexpr uint32_t lanes = 16;
  float highest[lanes];
  for (float &lane : highest)
    lane = -infinity;
  uint32_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (uint32_t j = 0; j < lanes; ++j)
      highest[j] = logits[i + j] > highest[j] ? logits[i + j] : highest[j];
  for (uint32_t width = lanes / 2; width > 0; width /= 2)
    for (uint32_t j = 0; j < width; ++j)
      highest[j] = max(highest[j], highest[j + width]);
  for (; i < count; ++i)
    highest[0] = logits[i] > highest[0] ? logits[i] : highest[0];
  return highest[0];
}

// What follows calls it, or waits for one sum after the other.
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)

int32_t mostLikely(const float *logits, uint32_t vocabulary) {
  float highest = highestOf(logits, vocabulary);
  for (uint32_t i = 0; i < vocabulary; ++i)
    if (logits[i] == highest)
      return int32_t(i);
  return 0;
}

// A word of the mask at a time: of most masks nearly all are of one kind.
void forbid(float *logits, uint32_t vocabulary, const uint32_t *allowed) {
  for (uint32_t i = 0; i < vocabulary; i += 32)
    for (uint32_t no = ~allowed[i / 32]; no; no &= no - 1) {
      uint32_t id = i + uint32_t(__builtin_ctz(no));
      if (id < vocabulary)
        logits[id] = -infinity;
    }
}

// Sums of float32, one after the other, as llama.cpp makes them: their rounding
// decides about tokens at the border.
void keepTopSigma(float *logits, uint32_t vocabulary, float n) {
  float sum = 0, squares = 0;
  uint32_t finite = 0;
  for (uint32_t i = 0; i < vocabulary; ++i)
    if (logits[i] != -infinity) {
      sum += logits[i];
      ++finite;
    }
  if (finite == 0)
    return;
  float mean = sum / float(finite);
  for (uint32_t i = 0; i < vocabulary; ++i)
    if (logits[i] != -infinity) {
      double difference = logits[i] - mean;
      squares = float(squares + difference * difference);
    }
  float variance = squares / float(finite);
  float deviation = variance > 0 ? float(power(variance, 0.5)) : 0;
  float lowest = highestOf(logits, vocabulary) - n * deviation;
  for (uint32_t i = 0; i < vocabulary; ++i)
    logits[i] = logits[i] < lowest ? -infinity : logits[i];
}

// Each row's highest is a token, so the lowest of the `best` highest ones is
// reached by as many tokens.
float lowestOfBest(const float *logits, uint32_t vocabulary, uint32_t best,
                   Candidate *work) {
  uint32_t rows = 1024;
  while (rows < vocabulary && rows / 2 < best)
    rows *= 2;
  uint32_t width = vocabulary / rows;
  if (width < 8)
    return -infinity;
  float top = -infinity;
  for (uint32_t r = 0; r < rows; ++r) {
    work[r] = {highestOf(logits + r * width, width), int32_t(r)};
    top = max(top, work[r].logit);
  }
  Candidates of(work, rows, rows, top);
  of.arrange(Order::Highest);
  return of[best - 1].logit;
}

// Nearly all rows have none. What is listed overwrites no logit but those that
// were looked at.
uint32_t gather(Candidate *list, const float *logits, uint32_t vocabulary,
                float lowest) {
  uint32_t count = 0;
  lowest = max(lowest, -__FLT_MAX__);
  for (uint32_t i = 0; i < vocabulary;) {
    uint32_t end = min(vocabulary, i + 128);
    if (highestOf(logits + i, end - i) < lowest)
      i = end;
    for (; i < end; ++i)
      if (logits[i] >= lowest)
        list[count++] = {logits[i], int32_t(i)};
  }
  return count;
}

#pragma clang attribute pop

} // namespace lfm2rt
