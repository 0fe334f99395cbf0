#include "lib/Engine/Functions.h"

#include "lib/Engine/Failure.h"

#include <dlfcn.h>

namespace lfm2e {

static void *find(void *handle, const char *path, const char *name) {
  if (void *found = dlsym(handle, name))
    return found;
  throw Failure(LFM2RT_INVALID_ARGUMENT,
                std::string(path) +
                    ": expected a library that this version of lfm2-compile "
                    "made with --emit=shared, found one without " +
                    name + "; compile the model again");
}

void findFunctions(void *handle, const char *path, Functions &functions) {
#define LFM2E_FUNCTION(name)                                                   \
  functions.name = reinterpret_cast<decltype(functions.name)>(                 \
      find(handle, path, "lfm2rt_" #name));
  LFM2E_FUNCTIONS(LFM2E_FUNCTION)
#undef LFM2E_FUNCTION
}

} // namespace lfm2e
