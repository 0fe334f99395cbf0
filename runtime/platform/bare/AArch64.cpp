// What an AArch64 at EL1 or above tells of itself.
#include "runtime/cpu/HwCap.h"
#include "runtime/platform/Platform.h"

namespace lfm2rt::platform {
namespace {
// The field of four bits at `bit` of an identification register.
#define LFM2_FIELD(name, bit)                                                  \
  ([] {                                                                        \
    uint64_t value;                                                            \
    __asm__("mrs %0, " name : "=r"(value));                                    \
    return value >> bit & 15;                                                  \
  }())
} // namespace

void yield() { __asm__ volatile("yield"); }
uint32_t cores() { return 1; }

uint64_t nanoseconds() {
  uint64_t count, perSecond;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
  __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(perSecond));
  return count / perSecond * 1000000000 +
         count % perSecond * 1000000000 / perSecond;
}

// As Linux would, what cpu/AArch64.cpp looks at, from the registers that Linux
// has them from. Fields of 15 mean: none.
uint64_t atStart(uint64_t kind) {
  uint64_t sve = LFM2_FIELD("id_aa64pfr0_el1", 32);
  if (kind == hwcap::Word)
    return uint64_t(LFM2_FIELD("id_aa64pfr0_el1", 16) == 1) << hwcap::FullFP16 |
           uint64_t(LFM2_FIELD("id_aa64isar0_el1", 44) != 0) << hwcap::DotProd |
           uint64_t(sve != 0) << hwcap::SVE;
  if (kind == hwcap::Word2)
    return uint64_t(LFM2_FIELD("id_aa64isar1_el1", 52) != 0) << hwcap::I8MM |
           uint64_t(LFM2_FIELD("id_aa64isar1_el1", 44) != 0) << hwcap::BF16 |
           uint64_t(sve != 0 && LFM2_FIELD("s3_0_c0_c4_4", 0) != 0)
               << hwcap::SVE2 |
           uint64_t(LFM2_FIELD("id_aa64pfr1_el1", 24) != 0) << hwcap::SME;
  return 0;
}

} // namespace lfm2rt::platform
