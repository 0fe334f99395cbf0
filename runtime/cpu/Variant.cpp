// Features by index and name, and the first variant of a program that this CPU
// runs.
#include "runtime/cpu/Cpu.h"

namespace lfm2rt {

static bool has(uint64_t present, uint32_t feature) {
  return feature < 64 && (present >> feature & 1);
}

const lfm2_variant *chooseVariant(const lfm2_program &program,
                                  uint64_t present) {
  for (uint32_t i = 0; i < program.num_variants; ++i) {
    const lfm2_variant &variant = program.variants[i];
    bool runs = variant.code == LFM2_CODE_CPU;
    for (uint32_t f = 0; f < variant.num_features; ++f)
      runs &= has(present, variant.features[f]);
    if (runs)
      return &variant;
  }
  return nullptr;
}

const lfm2_variant *acquireVariant(const lfm2_program &program,
                                   uint64_t &present, uint64_t &refused,
                                   UseRegisters ask) {
  refused = 0;
  while (const lfm2_variant *variant = chooseVariant(program, present)) {
    uint64_t now = refusedFeatures(*variant, ask);
    if (now == 0)
      return variant;
    refused |= now;
    present &= ~now;
  }
  return nullptr;
}

void listMissing(Message &message, const lfm2_variant &variant,
                 uint64_t present) {
  const char *separator = "";
  for (uint32_t f = 0; f < variant.num_features; ++f) {
    if (has(present, variant.features[f]))
      continue;
    const char *name = cpuFeatureName(variant.features[f]);
    message << separator;
    if (*name)
      message << name;
    else
      message << "feature " << variant.features[f];
    separator = ", ";
  }
}

} // namespace lfm2rt
