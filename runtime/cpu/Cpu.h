// What this machine's CPU, and its operating system's saving of registers,
// allow.
#ifndef LFM2RT_CPU_CPU_H
#define LFM2RT_CPU_CPU_H

#include "runtime/include/lfm2rt/abi.h"
#include "runtime/src/Message.h"

namespace lfm2rt {

// Bit i stands for feature i of lfm2rt/features_<architecture>.h.
uint64_t cpuFeatures();

// "" for an index that this runtime does not know. The names are those of
// lfm2rt/features_<architecture>.h, which the architecture's file here gives.
const char *cpuFeatureName(uint32_t index);
#define LFM2RT_NAME_OF_FEATURE(id, name) name,
#define LFM2RT_FEATURE_NAMES(FEATURES)                                         \
  const char *cpuFeatureName(uint32_t index) {                                 \
    static const char *const names[] = {FEATURES(LFM2RT_NAME_OF_FEATURE)};     \
    return index < sizeof(names) / sizeof(names[0]) ? names[index] : "";       \
  }

// The first variant whose features are all in `present`, or nullptr.
const lfm2_variant *chooseVariant(const lfm2_program &program,
                                  uint64_t present);

// Asks the system for registers that it gives only to processes that ask; 0, or
// -errno. See platform::useRegisters().
using UseRegisters = int64_t (*)(uint32_t component);

// The features of `variant` that the system refuses when asked.
uint64_t refusedFeatures(const lfm2_variant &variant, UseRegisters ask);

// As chooseVariant(), and asks for what the variant needs. What the system
// refuses is left in `refused` and taken from `present`: the next best variant
// runs.
const lfm2_variant *acquireVariant(const lfm2_program &program,
                                   uint64_t &present, uint64_t &refused,
                                   UseRegisters ask);

// "avx2, fma": the features of `variant` that are not in `present`.
void listMissing(Message &message, const lfm2_variant &variant,
                 uint64_t present);

} // namespace lfm2rt

#endif // LFM2RT_CPU_CPU_H
