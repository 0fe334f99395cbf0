// No program can read what a Hexagon has. Which version of the architecture it was
// compiled for stands in the ELF header, which the system compares when it loads
// it.
#include "runtime/cpu/Cpu.h"

namespace lfm2rt {

uint64_t cpuFeatures() { return ~uint64_t(0); }

uint64_t refusedFeatures(const lfm2_variant &, UseRegisters) { return 0; }

const char *cpuFeatureName(uint32_t) { return ""; }

} // namespace lfm2rt
