#include "runtime/cli/Probe.h"

namespace lfm2rt {
namespace {

// Reads memory with all threads, as generation does: each its own part,
// upwards.
struct Probe {
  const uint8_t *start;
  uint64_t lines; // Of 64 bytes.
  int32_t threads;
  uint64_t sums[Pool::maxThreads];

  static void share(void *user, int32_t thread) {
    typedef unsigned long long Vector __attribute__((vector_size(16)));
    auto &probe = *static_cast<Probe *>(user);
    uint64_t from = probe.lines * uint64_t(thread) / uint64_t(probe.threads);
    uint64_t to = probe.lines * uint64_t(thread + 1) / uint64_t(probe.threads);
    Vector a = {}, b = {}, c = {}, d = {};
    for (uint64_t i = from; i < to; ++i) {
      auto *line = reinterpret_cast<const Vector *>(probe.start + i * 64);
      // Beyond what the hardware looks ahead by itself; harmless past the end.
      __builtin_prefetch(probe.start + i * 64 + 2048, 0, 3);
      a ^= line[0], b ^= line[1], c ^= line[2], d ^= line[3];
    }
    a ^= b ^ c ^ d;
    probe.sums[thread] = a[0] ^ a[1];
  }
};

} // namespace

double readBandwidth(Session &session) {
  Probe probe = {session.weights.section[LFM2_SECTION_WEIGHTS],
                 session.weights.bytes[LFM2_SECTION_WEIGHTS] / 64,
                 int32_t(session.context->pool.size()),
                 {}};
  // Small weights are read several times, so that the clock has something to
  // see.
  uint64_t rounds = 1 + (uint64_t(64) << 20) / (probe.lines * 64 + 1);
  uint64_t start = system::nanoseconds();
  for (uint64_t i = 0; i < rounds; ++i)
    session.context->pool.run(Probe::share, &probe);
  return double(probe.lines) * 64 * double(rounds) /
         double(system::nanoseconds() - start);
}

} // namespace lfm2rt
