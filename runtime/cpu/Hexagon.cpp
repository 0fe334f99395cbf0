// Features of Hexagon. A program cannot ask for them: Linux says nothing of
// them at a process's start, and the registers that tell are the system's. What
// is known is known when code is loaded: its ELF header has the version of the
// architecture that it was compiled for, the highest of all objects linked, and
// the system (and qemu) compares it with the processor's. So all features are
// taken as present; on a DSP the application asks its system before it loads
// the library.
#include "runtime/cpu/Cpu.h"

namespace lfm2rt {

uint64_t cpuFeatures() {
  return (uint64_t(1) << LFM2_HEXAGON_NUM_FEATURES) - 1;
}

// All registers are there for all processes; the vector ones are locked by each
// thread of a DSP's process, which is the application's to do.
uint64_t refusedFeatures(const lfm2_variant &, UseRegisters) { return 0; }

const char *cpuFeatureName(uint32_t index) {
  static const char *const names[] = {
#define LFM2_FEATURE_NAME(id, name) name,
      LFM2_HEXAGON_FEATURES(LFM2_FEATURE_NAME)
#undef LFM2_FEATURE_NAME
  };
  return index < LFM2_HEXAGON_NUM_FEATURES ? names[index] : "";
}

} // namespace lfm2rt
