#include "runtime/cli/Probe.h"

namespace lfm2rt {
namespace {

// Reads memory with all threads: each its own part, upwards, in streams that
// are equally far apart.
struct Probe {
  const uint8_t *start;
  uint64_t lines; // Of 64 bytes.
  int32_t threads;
  uint64_t ahead; // Bytes of software prefetch; 0: none.
  uint64_t sums[Pool::maxThreads];

  template <uint64_t streams> static void share(void *user, int32_t thread) {
    typedef unsigned long long Vector __attribute__((vector_size(16)));
    auto &probe = *static_cast<Probe *>(user);
    uint64_t from = probe.lines * uint64_t(thread) / uint64_t(probe.threads);
    uint64_t to = probe.lines * uint64_t(thread + 1) / uint64_t(probe.threads);
    uint64_t each = (to - from) / streams;
    const uint8_t *at = probe.start + from * 64, *end = at + each * 64;
    uint64_t ahead = probe.ahead;
    Vector a = {}, b = {}, c = {}, d = {};
    for (; at != end; at += 64)
      for (uint64_t i = 0; i < streams; ++i) {
        auto *line = reinterpret_cast<const Vector *>(at + i * each * 64);
        if (ahead) // Harmless past the end.
          __builtin_prefetch(at + i * each * 64 + ahead);
        a ^= line[0], b ^= line[1], c ^= line[2], d ^= line[3];
      }
    a ^= b ^ c ^ d;
    probe.sums[thread] = a[0] ^ a[1];
  }
};

// No way of reading is the fastest everywhere: the hardware looks ahead in each
// stream for itself, and software prefetch helps some cores and costs others. A
// thread of a Zen 3 reads 16-19 GB/s in one stream with it, 18-21 without, and
// 26-28 in four. So all are tried, and the best is what the memory gives.
struct Way {
  void (*share)(void *, int32_t);
  uint64_t ahead;
};
constexpr Way ways[] = {{Probe::share<1>, 0},    {Probe::share<1>, 2048},
                        {Probe::share<1>, 8192}, {Probe::share<4>, 0},
                        {Probe::share<4>, 2048}, {Probe::share<4>, 8192}};

} // namespace

double readBandwidth(Session &session) {
  if (session.model.device)
    return 0;
  Probe probe = {session.weights.section[LFM2_SECTION_WEIGHTS],
                 session.weights.bytes[LFM2_SECTION_WEIGHTS] / 64,
                 int32_t(session.context->pool.size()),
                 0,
                 {}};
  // Small weights are read several times, so that the clock has something to
  // see.
  uint64_t rounds = 1 + (uint64_t(64) << 20) / (probe.lines * 64 + 1);
  double best = 0;
  for (const Way &way : ways) {
    probe.ahead = way.ahead;
    uint64_t start = system::nanoseconds();
    for (uint64_t i = 0; i < rounds; ++i)
      session.context->pool.run(way.share, &probe);
    best = max(best, double(probe.lines) * 64 * double(rounds) /
                         double(system::nanoseconds() - start));
  }
  return best;
}

} // namespace lfm2rt
