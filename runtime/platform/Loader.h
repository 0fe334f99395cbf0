// How shared libraries are loaded, which only programs and libraries that use a
// device do.
#ifndef LFM2RT_PLATFORM_LOADER_H
#define LFM2RT_PLATFORM_LOADER_H

namespace lfm2rt::platform {

// A library of the system's, and a function of it; nullptr where there is none,
// or where this process cannot have any.
void *openLibrary(const char *name);
void *findSymbol(void *library, const char *name);

// In a program without a C library of its own: with what, as dlopen() and
// dlsym(). Before it is called there are no libraries.
void setLoader(void *(*open)(const char *, int),
               void *(*find)(void *, const char *));

} // namespace lfm2rt::platform

#endif // LFM2RT_PLATFORM_LOADER_H
