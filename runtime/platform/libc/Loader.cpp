// Libraries by the C library, of which nothing is included: this is also
// compiled for systems whose headers are not there.
#include "runtime/platform/Loader.h"

extern "C" void *dlopen(const char *name, int flags);
extern "C" void *dlsym(void *library, const char *name);

namespace lfm2rt::platform {

void *openLibrary(const char *name) {
  constexpr int now = 2; // RTLD_NOW
  return dlopen(name, now);
}

void *findSymbol(void *library, const char *name) {
  return dlsym(library, name);
}

} // namespace lfm2rt::platform
