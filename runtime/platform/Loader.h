// How shared libraries are loaded, which only programs and libraries that use a
// device do.
#ifndef LFM2RT_PLATFORM_LOADER_H
#define LFM2RT_PLATFORM_LOADER_H

namespace lfm2rt::platform {

// Says with what, as dlopen() and dlsym(), before anything is loaded.
void setLoader(void *(*open)(const char *, int),
               void *(*find)(void *, const char *));

} // namespace lfm2rt::platform

#endif // LFM2RT_PLATFORM_LOADER_H
