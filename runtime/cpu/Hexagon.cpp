// Features of Hexagon. A program cannot ask for them: Linux says nothing of
// them at a process's start, and the registers that tell are the system's.
// Which version of the architecture code is for stands in its ELF header, which
// the system (and qemu) compares with the processor's when it loads the code,
// unless it is told otherwise. So instructions are tried where that harms
// nobody, and their results looked at: an emulator may have integers on vectors
// and no floats, or wrong ones. On a DSP the application asks its system before
// it loads the library.
#include "runtime/cpu/Cpu.h"
#include "runtime/include/lfm2rt/features_hexagon.h"
#include "runtime/platform/Trial.h"

namespace lfm2rt {

LFM2RT_FEATURE_NAMES(LFM2_HEXAGON_FEATURES)

namespace {

struct alignas(128) Vectors {
  uint32_t words[2][32]; // The operands; the first becomes the result.
};

// Whether every lane of `code`, on lanes of `a` and `b`, becomes `expected`.
// Instructions are given as words, one a packet, since the assembler is told of
// the oldest architecture alone; registers that they change no compiler knows
// of.
#define LFM2_TRIAL(a, b, expected, code)                                       \
  [] {                                                                         \
    Vectors vectors;                                                           \
    for (int lane = 0; lane < 32; ++lane)                                      \
      vectors.words[0][lane] = (a), vectors.words[1][lane] = (b);              \
    __asm__ volatile("r0 = %0\n"                                               \
                     ".word 0x2800c000 // v0 = vmem(r0+#0)\n"                  \
                     ".word 0x2800c101 // v1 = vmem(r0+#1)\n" code             \
                     ".word 0x2820c000 // vmem(r0+#0) = v0\n"                  \
                     :                                                         \
                     : "r"(&vectors)                                           \
                     : "r0", "memory");                                        \
    bool equal = true;                                                         \
    for (int lane = 0; lane < 32; ++lane)                                      \
      equal &= vectors.words[0][lane] == (expected);                           \
    return equal;                                                              \
  }

constexpr uint32_t one = 0x3f800000, two = 0x40000000, three = 0x40400000;

struct Trial {
  uint8_t feature; // And those up to the next trial's.
  bool (*run)();
};
constexpr Trial trials[] = {
    {LFM2_HEXAGON_HVXV66,
     LFM2_TRIAL(0x01020304, 0x01ff0203, 4 * 3 + 3 * 2 - 2 + 1,
                ".word 0x1c01c040 // v0.w = vrmpy(v0.ub,v1.b)\n")},
    {LFM2_HEXAGON_HVXV68,
     LFM2_TRIAL(one, two, three,
                ".word 0x1fa1e020 // v0.qf32 = vadd(v0.sf,v1.sf)\n"
                ".word 0x1e04e000 // v0.sf = v0.qf32\n")},
    {LFM2_HEXAGON_HVXV73,
     LFM2_TRIAL(3, 0, three, ".word 0x1e05e060 // v0.sf = v0.w\n")},
};

} // namespace

uint64_t cpuFeatures() {
  uint64_t present = 0;
  constexpr uint32_t count = sizeof(trials) / sizeof(trials[0]);
  for (uint32_t i = 0; i < count; ++i) {
    if (!platform::survives(trials[i].run))
      break; // Each version has all of those before it.
    uint32_t end = i + 1 < count ? trials[i + 1].feature
                                 : uint32_t(LFM2_HEXAGON_NUM_FEATURES);
    for (uint32_t f = trials[i].feature; f < end; ++f)
      present |= uint64_t(1) << f;
  }
  return present;
}

// All registers are there for all processes; the vector ones are locked by each
// thread of a DSP's process, which is the application's to do.
uint64_t refusedFeatures(const lfm2_variant &, UseRegisters) { return 0; }

} // namespace lfm2rt
