// Where generated code finds the fields of what it shares with the runtime, on
// machines of 64 and of 32 bits, and that what is in files is the same on both.
// Words of 64 bits are aligned to 8 bytes on either.
#include "runtime/include/lfm2rt/abi.h"
#include "runtime/include/lfm2rt/step_layout.h"
#include "runtime/include/lfm2rt/tokenizer_format.h"

#include <stddef.h>

namespace lfm2rt {
namespace {

constexpr size_t at(size_t with64, size_t with32) {
  return sizeof(void *) == 8 ? with64 : with32;
}
static_assert(sizeof(void *) == 8 || sizeof(void *) == 4, "a known machine");

#define LFM2_AT(type, field, with64, with32)                                   \
  static_assert(offsetof(type, field) == at(with64, with32), #type "." #field)
#define LFM2_SIZE(type, with64, with32)                                        \
  static_assert(sizeof(type) == at(with64, with32), #type)

// As the compiler has it, for this machine.
#define LFM2_STEP_FIELD(kind, type, name)                                      \
  static_assert(                                                               \
      offsetof(lfm2_step, name) ==                                             \
          stepOffset(findStepField(#name, sizeof(#name) - 1), sizeof(void *)), \
      "lfm2_step." #name);
LFM2_STEP_FIELDS(LFM2_STEP_FIELD)
#undef LFM2_STEP_FIELD
static_assert(stepOffset(nullptr, 8) == 152 && stepOffset(nullptr, 4) == 88,
              "a field was added: so is a version of the interface");
LFM2_SIZE(lfm2_step, 152, 88);
LFM2_AT(lfm2_step, near, 88, 56);
LFM2_AT(lfm2_step, num_runs, 128, 76);
LFM2_AT(lfm2_run, state, 16, 16);
LFM2_SIZE(lfm2_run, 24, 24);

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
LFM2_AT(lfm2_entry, dispatches, 48, 36);
LFM2_AT(lfm2_entry, arguments, 56, 40);
LFM2_SIZE(lfm2_entry, 64, 48);

LFM2_AT(lfm2_variant, features, 8, 4);
LFM2_AT(lfm2_variant, num_features, 16, 8);
LFM2_AT(lfm2_variant, num_entries, 20, 12);
LFM2_AT(lfm2_variant, entries, 24, 16);
LFM2_AT(lfm2_variant, kernels, 32, 20);
LFM2_AT(lfm2_variant, num_kernels, 40, 24);
LFM2_AT(lfm2_variant, code, 44, 28);
LFM2_SIZE(lfm2_variant, 48, 32);

LFM2_AT(lfm2_kernel, code, 8, 4);
LFM2_AT(lfm2_kernel, code_bytes, 16, 8);
LFM2_AT(lfm2_kernel, num_arguments, 28, 20);
LFM2_SIZE(lfm2_kernel, 32, 24);
LFM2_SIZE(lfm2_dispatch, 16, 16);

// Of devices, whatever this machine is.
#define LFM2_STEP_FIELD(kind, type, name)                                      \
  static_assert(offsetof(lfm2_device_step, name) ==                            \
                    stepOffset(findStepField(#name, sizeof(#name) - 1), 8),    \
                "lfm2_device_step." #name);
LFM2_STEP_FIELDS(LFM2_STEP_FIELD)
#undef LFM2_STEP_FIELD
LFM2_SIZE(lfm2_device_step, 152, 152);

LFM2_AT(lfm2_program, identity, 8, 8);
LFM2_AT(lfm2_program, context_max, 24, 24);
LFM2_AT(lfm2_program, variants, 32, 32);
LFM2_AT(lfm2_program, state_fixed_bytes, 40, 40);
LFM2_AT(lfm2_program, state_bytes_per_token, 48, 48);
LFM2_AT(lfm2_program, weights_bytes, 56, 56);
LFM2_AT(lfm2_program, hidden, 64, 64);
LFM2_AT(lfm2_program, flags, 76, 76);
LFM2_AT(lfm2_program, state_head_bytes, 80, 80);
LFM2_AT(lfm2_program, state_form, 84, 84);
LFM2_AT(lfm2_program, driver, 88, 88);
LFM2_SIZE(lfm2_program, 96, 96);

LFM2_SIZE(lfm2_defaults, 40, 40);
LFM2_SIZE(lfm2_embedding, 24, 24);
LFM2_AT(lfm2_footer, hash, 128, 128);
LFM2_SIZE(lfm2_footer, 144, 144);
LFM2_SIZE(lfm2_tokenizer_header, 216, 216);

} // namespace
} // namespace lfm2rt
