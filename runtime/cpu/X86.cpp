// Features of x86-64 by cpuid, cut down to those whose registers the operating
// system saves: a CPU with AVX under a kernel without it must not run AVX.
#include "runtime/cpu/Cpu.h"
#include "runtime/include/lfm2rt/features_x86.h"

namespace lfm2rt {

LFM2RT_FEATURE_NAMES(LFM2_X86_FEATURES)

namespace {

struct Leaf {
  uint32_t a, b, c, d;
};

Leaf cpuid(uint32_t leaf, uint32_t part) {
  Leaf r;
  __asm__ volatile("cpuid"
                   : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
                   : "a"(leaf), "c"(part));
  return r;
}

uint64_t savedRegisters() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

// Where a feature stands. `from` indexes the leaves below.
enum Source : uint8_t { L1C, L7B, L7C, L7D, L71A, L71D, E1C };
enum Needs : uint8_t { Nothing, Ymm, Zmm, Tiles };
struct Place {
  uint8_t feature, from, bit, needs;
};

constexpr Place places[] = {
    {LFM2_X86_SSE3, L1C, 0, Nothing},
    {LFM2_X86_PCLMUL, L1C, 1, Nothing},
    {LFM2_X86_SSSE3, L1C, 9, Nothing},
    {LFM2_X86_FMA, L1C, 12, Ymm},
    {LFM2_X86_CX16, L1C, 13, Nothing},
    {LFM2_X86_SSE4_1, L1C, 19, Nothing},
    {LFM2_X86_SSE4_2, L1C, 20, Nothing},
    {LFM2_X86_MOVBE, L1C, 22, Nothing},
    {LFM2_X86_POPCNT, L1C, 23, Nothing},
    {LFM2_X86_AES, L1C, 25, Nothing},
    {LFM2_X86_XSAVE, L1C, 26, Nothing},
    {LFM2_X86_AVX, L1C, 28, Ymm},
    {LFM2_X86_F16C, L1C, 29, Ymm},
    {LFM2_X86_BMI, L7B, 3, Nothing},
    {LFM2_X86_AVX2, L7B, 5, Ymm},
    {LFM2_X86_BMI2, L7B, 8, Nothing},
    {LFM2_X86_AVX512F, L7B, 16, Zmm},
    {LFM2_X86_AVX512DQ, L7B, 17, Zmm},
    {LFM2_X86_AVX512IFMA, L7B, 21, Zmm},
    {LFM2_X86_AVX512CD, L7B, 28, Zmm},
    {LFM2_X86_AVX512BW, L7B, 30, Zmm},
    {LFM2_X86_AVX512VL, L7B, 31, Zmm},
    {LFM2_X86_AVX512VBMI, L7C, 1, Zmm},
    {LFM2_X86_AVX512VBMI2, L7C, 6, Zmm},
    {LFM2_X86_GFNI, L7C, 8, Nothing},
    {LFM2_X86_VAES, L7C, 9, Ymm},
    {LFM2_X86_VPCLMULQDQ, L7C, 10, Ymm},
    {LFM2_X86_AVX512VNNI, L7C, 11, Zmm},
    {LFM2_X86_AVX512BITALG, L7C, 12, Zmm},
    {LFM2_X86_AVX512VPOPCNTDQ, L7C, 14, Zmm},
    {LFM2_X86_AVX512FP16, L7D, 23, Zmm},
    {LFM2_X86_AMX_TILE, L7D, 24, Tiles},
    {LFM2_X86_AMX_INT8, L7D, 25, Tiles},
    {LFM2_X86_AVXVNNI, L71A, 4, Ymm},
    {LFM2_X86_AVX512BF16, L71A, 5, Zmm},
    {LFM2_X86_AVXVNNIINT8, L71D, 4, Ymm},
    {LFM2_X86_SAHF, E1C, 0, Nothing},
    {LFM2_X86_LZCNT, E1C, 5, Nothing},
};
static_assert(sizeof(places) / sizeof(places[0]) == LFM2_X86_NUM_FEATURES,
              "every feature has a place");

} // namespace

uint64_t cpuFeatures() {
  uint32_t words[7] = {};
  uint32_t highest = cpuid(0, 0).a;
  words[L1C] = cpuid(1, 0).c;
  if (highest >= 7) {
    Leaf seven = cpuid(7, 0);
    words[L7B] = seven.b, words[L7C] = seven.c, words[L7D] = seven.d;
    if (seven.a >= 1) {
      Leaf more = cpuid(7, 1);
      words[L71A] = more.a, words[L71D] = more.d;
    }
  }
  if (cpuid(0x80000000u, 0).a >= 0x80000001u)
    words[E1C] = cpuid(0x80000001u, 0).c;

  constexpr uint32_t systemSaves = 1u << 27; // xgetbv may be used.
  constexpr uint64_t ymmState = 0x06, zmmState = 0xe6, tileState = 0x60000;
  uint64_t saved = words[L1C] & systemSaves ? savedRegisters() : 0;
  const bool allowed[] = {true, (saved & ymmState) == ymmState,
                          (saved & zmmState) == zmmState,
                          (saved & tileState) == tileState};
  uint64_t present = 0;
  for (const Place &place : places)
    if (words[place.from] >> place.bit & 1 && allowed[place.needs])
      present |= uint64_t(1) << place.feature;
  return present;
}

// The tile registers are 8 KiB more for the kernel to save of each thread, so
// Linux wants to be asked for them (by any thread, for all of the process).
uint64_t refusedFeatures(const lfm2_variant &variant, UseRegisters ask) {
  constexpr uint32_t tileData = 18;
  constexpr uint64_t tiles =
      uint64_t(1) << LFM2_X86_AMX_TILE | uint64_t(1) << LFM2_X86_AMX_INT8;
  bool wanted = false;
  for (uint32_t f = 0; f < variant.num_features; ++f)
    wanted |= variant.features[f] < 64 && (tiles >> variant.features[f] & 1);
  return wanted && ask(tileData) < 0 ? tiles : 0;
}

} // namespace lfm2rt
