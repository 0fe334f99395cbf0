// The hash of archives, marks and saved states.
#ifndef LFM2RT_SRC_HASH_H
#define LFM2RT_SRC_HASH_H

#include <stdint.h>

namespace lfm2rt {

// Bytes that are taken at a time; what is hashed is a multiple of it, so that
// there is no code for a rest.
constexpr uint64_t hashStep = 32;

// XXH64 with seed 0 of one step or more, at any address; of none, some number.
// Where one word of 64 bits differs, so does the hash.
uint64_t hash(const void *data, uint64_t bytes);

} // namespace lfm2rt

#endif // LFM2RT_SRC_HASH_H
