// For libraries: the C library has kept what the kernel said.
#include "runtime/platform/Platform.h"

extern "C" unsigned long getauxval(unsigned long kind);

namespace lfm2rt::platform {

uint64_t atStart(uint64_t kind) { return getauxval((unsigned long)kind); }

} // namespace lfm2rt::platform
