// Features of AArch64: what the operating system says at a process's start,
// which is what the CPU has and the system saves the registers of.
#include "runtime/cpu/Cpu.h"
#include "runtime/cpu/HwCap.h"
#include "runtime/include/lfm2rt/features_aarch64.h"
#include "runtime/platform/Platform.h"

namespace lfm2rt {

LFM2RT_FEATURE_NAMES(LFM2_AARCH64_FEATURES)

namespace {

struct Place {
  uint8_t feature, word, bit;
};
constexpr uint64_t words[] = {hwcap::Word, hwcap::Word2};
constexpr Place places[] = {
    {LFM2_AARCH64_FULLFP16, 0, hwcap::FullFP16},
    {LFM2_AARCH64_DOTPROD, 0, hwcap::DotProd},
    {LFM2_AARCH64_I8MM, 1, hwcap::I8MM},
    {LFM2_AARCH64_BF16, 1, hwcap::BF16},
    {LFM2_AARCH64_SVE, 0, hwcap::SVE},
    {LFM2_AARCH64_SVE2, 1, hwcap::SVE2},
    {LFM2_AARCH64_SME, 1, hwcap::SME},
};

// Of this machine's vectors; to be asked for only where there is SVE.
uint64_t sveBytes() {
  uint64_t bytes;
  // rdvl x0, #1, for assemblers that are not told of SVE.
  __asm__ volatile(".inst 0x04bf5020\n  mov %0, x0" : "=r"(bytes) : : "x0");
  return bytes;
}

// The same of vectors in SME's streaming mode, in any mode.
uint64_t streamingBytes() {
  uint64_t bytes;
  // rdsvl x0, #1
  __asm__ volatile(".inst 0x04bf5820\n  mov %0, x0" : "=r"(bytes) : : "x0");
  return bytes;
}

} // namespace

uint64_t cpuFeatures() {
  uint64_t told[] = {platform::atStart(words[0]), platform::atStart(words[1])};
  uint64_t present = 0;
  for (const Place &place : places)
    present |= (told[place.word] >> place.bit & 1) << place.feature;
  if (present >> LFM2_AARCH64_SVE & 1) {
    uint64_t bytes = sveBytes();
    present |= uint64_t(bytes >= 32) << LFM2_AARCH64_SVE256;
    present |= uint64_t(bytes >= 64) << LFM2_AARCH64_SVE512;
  }
  if (present >> LFM2_AARCH64_SME & 1)
    present |= uint64_t(streamingBytes() >= 64) << LFM2_AARCH64_SME512;
  return present;
}

// All registers are there for all processes.
uint64_t refusedFeatures(const lfm2_variant &, UseRegisters) { return 0; }

} // namespace lfm2rt
