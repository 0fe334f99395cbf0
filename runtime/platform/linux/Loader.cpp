// What loads the drivers of devices.
#include "runtime/platform/Loader.h"

namespace lfm2rt::platform {

static void *(*openLibrary)(const char *, int);
static void *(*findSymbol)(void *, const char *);

void setLoader(void *(*open)(const char *, int),
               void *(*find)(void *, const char *)) {
  openLibrary = open;
  findSymbol = find;
}

} // namespace lfm2rt::platform
