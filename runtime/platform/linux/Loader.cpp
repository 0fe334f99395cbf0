// What loads the drivers of devices.
#include "runtime/platform/Loader.h"

namespace lfm2rt::platform {

static void *(*loaderOpen)(const char *, int);
static void *(*loaderFind)(void *, const char *);

void setLoader(void *(*open)(const char *, int),
               void *(*find)(void *, const char *)) {
  loaderOpen = open;
  loaderFind = find;
}

void *openLibrary(const char *name) {
  constexpr int now = 2; // RTLD_NOW
  return loaderOpen ? loaderOpen(name, now) : nullptr;
}

void *findSymbol(void *library, const char *name) {
  return loaderFind(library, name);
}

} // namespace lfm2rt::platform
