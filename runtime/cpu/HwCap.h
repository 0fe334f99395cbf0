// Where Linux tells of features of AArch64. Other systems that are asked for
// them answer in its words.
#ifndef LFM2RT_CPU_HWCAP_H
#define LFM2RT_CPU_HWCAP_H

#include <stdint.h>

namespace lfm2rt::hwcap {

/// Kinds of platform::atStart(): AT_HWCAP and AT_HWCAP2.
enum : uint8_t { Word = 16, Word2 = 26 };

/// Bits of AT_HWCAP.
enum : uint8_t { FullFP16 = 10, DotProd = 20, SVE = 22 };

/// Bits of AT_HWCAP2.
enum : uint8_t { SVE2 = 1, I8MM = 13, BF16 = 14, SME = 23 };

} // namespace lfm2rt::hwcap

#endif // LFM2RT_CPU_HWCAP_H
