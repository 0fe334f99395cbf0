// Four lanes, each of a multiplication and a rotation a word: two bytes a cycle
// and more where products of 64 bits are an instruction.
#include "runtime/src/Hash.h"

namespace lfm2rt {
namespace {

constexpr uint64_t prime1 = 0x9e3779b185ebca87, prime2 = 0xc2b2ae3d27d4eb4f,
                   prime3 = 0x165667b19e3779f9, prime4 = 0x85ebca77c2b2ae63;

// The words of a mark may stand anywhere.
typedef uint64_t Word __attribute__((aligned(1), may_alias));

uint64_t rotate(uint64_t value, int bits) {
  return value << bits | value >> (64 - bits);
}

uint64_t take(uint64_t lane, uint64_t word) {
  return rotate(lane + word * prime2, 31) * prime1;
}

} // namespace

uint64_t hash(const void *data, uint64_t bytes) {
  auto *at = static_cast<const Word *>(data);
  uint64_t lanes[4] = {prime1 + prime2, prime2, 0, 0 - prime1};
  for (uint64_t left = bytes; left >= hashStep; left -= hashStep, at += 4)
    for (int i = 0; i < 4; ++i)
      lanes[i] = take(lanes[i], at[i]);
  uint64_t sum = rotate(lanes[0], 1) + rotate(lanes[1], 7) +
                 rotate(lanes[2], 12) + rotate(lanes[3], 18);
  for (uint64_t lane : lanes)
    sum = (sum ^ take(0, lane)) * prime1 + prime4;
  sum += bytes;
  sum = (sum ^ sum >> 33) * prime2;
  sum = (sum ^ sum >> 29) * prime3;
  return sum ^ sum >> 32;
}

} // namespace lfm2rt
