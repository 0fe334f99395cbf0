// A program as the compiler makes them, but by hand: a toy model whose every
// logit depends on all tokens before it, through a state of both kinds, and
// comes out the same for any threads and pieces. Freestanding, so that it also
// stands in for generated code behind the runtime's command line.
//
// The most likely next token follows a phrase by position, so that texts can be
// foretold: bytes of "héllo wörld 😀\n", with token 258 (the end of a turn) at
// positions 63, 127, ...
#ifndef LFM2C_TEST_UNIT_RUNTIME_FAKEPROGRAM_H
#define LFM2C_TEST_UNIT_RUNTIME_FAKEPROGRAM_H

#include "runtime/include/lfm2rt/abi.h"

namespace fake {

constexpr uint32_t vocabulary = 300;
constexpr int32_t stopToken = 258;
constexpr uint64_t weightBytes = 3 << 19; // One piece of hashing and a half.
constexpr uint64_t fixedBytes = 64, bytesPerToken = 16;
constexpr int32_t chunk = 16;
constexpr uint32_t hidden = 8;
// Of each thread, with one token; twice as many in a chunk.
constexpr uint32_t nearBytes = 128;
constexpr char phrase[] = "h\xc3\xa9llo w\xc3\xb6rld \xf0\x9f\x98\x80\n";

// The token that the model finds most likely at `position`.
int32_t expectedToken(int32_t position);

#ifdef FAKE_ON_DEVICES
extern const lfm2_program program;
#elif !defined(FAKE_READS_TEXTS)
extern const lfm2_program program __asm__("lfm2_program");
#endif
/// The steps of `program`, on any CPU.
constexpr uint32_t numEntries = 3;
extern const lfm2_entry entries[numEntries];

// Called by thread 0 in front of every barrier of a step, when set.
extern void (*beforeBarrier)(const lfm2_step *step);
// Called by every thread in every step, when set.
extern void (*inStep)(const lfm2_step *step, int32_t thread);

// Numbers of both programs.
inline uint64_t mix(uint64_t a, uint64_t b) {
  a ^= b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2);
  a *= 0xbf58476d1ce4e5b9u;
  return a ^ a >> 29;
}
inline float number(uint64_t a, uint64_t b) {
  return float(mix(a, b) >> 40) / (1 << 24) - 0.5f;
}
inline void writeHidden(float *row, uint64_t sum) {
  for (uint32_t c = 0; c < hidden; ++c)
    row[c] = number(sum, c + 1000);
}

// Waits at a barrier of the step; whether it is given up.
inline bool wait(const lfm2_step *step, int32_t thread) {
  if (thread == 0 && beforeBarrier)
    beforeBarrier(step);
  return step->barrier(step, thread) != 0;
}

// The first of the thread's items, of n.
inline int32_t firstOf(const lfm2_step *step, int32_t thread, int32_t n) {
  return int32_t(uint64_t(n) * step->shares[thread] / LFM2_SHARES_ONE);
}

} // namespace fake

#endif // LFM2C_TEST_UNIT_RUNTIME_FAKEPROGRAM_H
