// Where generated code finds the fields of what it shares with the runtime, on
// machines of 64 and of 32 bits, and that what is in files is the same on both.
// Words of 64 bits are aligned to 8 bytes on either.
#include "runtime/include/lfm2rt/abi.h"
#include "runtime/include/lfm2rt/tokenizer_format.h"

#include <stddef.h>

namespace {

constexpr size_t at(size_t with64, size_t with32) {
  return sizeof(void *) == 8 ? with64 : with32;
}
static_assert(sizeof(void *) == 8 || sizeof(void *) == 4, "a known machine");

#define LFM2_AT(type, field, with64, with32)                                   \
  static_assert(offsetof(type, field) == at(with64, with32), #type "." #field)
#define LFM2_SIZE(type, with64, with32)                                        \
  static_assert(sizeof(type) == at(with64, with32), #type)

LFM2_AT(lfm2_step, weights, 0, 0);
LFM2_AT(lfm2_step, state, 8, 4);
LFM2_AT(lfm2_step, scratch, 16, 8);
LFM2_AT(lfm2_step, tokens, 24, 12);
LFM2_AT(lfm2_step, logits, 32, 16);
LFM2_AT(lfm2_step, count, 40, 20);
LFM2_AT(lfm2_step, position, 44, 24);
LFM2_AT(lfm2_step, context, 48, 28);
LFM2_AT(lfm2_step, logits_mode, 52, 32);
LFM2_AT(lfm2_step, threads, 56, 36);
LFM2_AT(lfm2_step, near_bytes, 60, 40);
LFM2_AT(lfm2_step, barrier, 64, 44);
LFM2_AT(lfm2_step, user, 72, 48);
LFM2_AT(lfm2_step, shares, 80, 52);
LFM2_AT(lfm2_step, near, 88, 56);
LFM2_SIZE(lfm2_step, 96, 60);

LFM2_AT(lfm2_stretch, phase, 8, 4);
LFM2_AT(lfm2_stretch, weight_bytes, 16, 8);
LFM2_AT(lfm2_stretch, flags, 56, 48);
LFM2_SIZE(lfm2_stretch, 64, 56);
LFM2_SIZE(lfm2_place, 4, 4);

LFM2_AT(lfm2_entry, scratch_bytes, 8, 8);
LFM2_AT(lfm2_entry, run, 16, 16);
LFM2_AT(lfm2_entry, stretches, 24, 20);
LFM2_AT(lfm2_entry, places, 32, 24);
LFM2_AT(lfm2_entry, num_stretches, 40, 28);
LFM2_AT(lfm2_entry, near_bytes, 44, 32);
LFM2_SIZE(lfm2_entry, 48, 40);

LFM2_AT(lfm2_variant, features, 8, 4);
LFM2_AT(lfm2_variant, num_features, 16, 8);
LFM2_AT(lfm2_variant, num_entries, 20, 12);
LFM2_AT(lfm2_variant, entries, 24, 16);
LFM2_SIZE(lfm2_variant, 32, 20);

LFM2_AT(lfm2_program, identity, 8, 8);
LFM2_AT(lfm2_program, context_max, 24, 24);
LFM2_AT(lfm2_program, variants, 32, 32);
LFM2_AT(lfm2_program, state_fixed_bytes, 40, 40);
LFM2_AT(lfm2_program, state_bytes_per_token, 48, 48);
LFM2_AT(lfm2_program, weights_bytes, 56, 56);
LFM2_SIZE(lfm2_program, 64, 64);

LFM2_SIZE(lfm2_defaults, 40, 40);
LFM2_AT(lfm2_footer, hash, 96, 96);
LFM2_SIZE(lfm2_footer, 112, 112);
LFM2_SIZE(lfm2_tokenizer_header, 216, 216);

} // namespace
