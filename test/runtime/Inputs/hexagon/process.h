// What a test's own program for Hexagon under Linux is made of: a start,
// output, files. Without a C library, on the runtime's system calls.
#include "runtime/platform/Platform.h"
#include "runtime/platform/linux/Syscall.h"
#include "runtime/src/Message.h"
#include "runtime/src/Support.h"

using namespace lfm2rt;

__asm__(".globl _start\n"
        "_start:\n"
        "  { r0 = r29\n"
        "    r29 = and(r29, #-8) }\n"
        "  jump start\n");

[[noreturn]] inline void end(int status) {
  for (;;)
    platform::systemCall(platform::SysExitGroup, status);
}

inline void print(const char *text) {
  platform::systemCall(platform::SysWrite, 1, platform::pointer(text),
                       long(length(text)));
}

// Pages of zeros, in which code may stand.
inline uint8_t *pages(uint64_t bytes) {
  constexpr long all = 7, privateAnonymous = 0x22;
  long at = platform::map(bytes, all, privateAnonymous, -1, 0);
  if (platform::isError(at)) {
    print("no memory\n");
    end(1);
  }
  return reinterpret_cast<uint8_t *>(at);
}

inline uint8_t *readWhole(const char *path, uint64_t &bytes) {
  int64_t file = platform::openForReading(path);
  bytes = file < 0 ? 0 : uint64_t(platform::fileBytes(file));
  uint8_t *to = pages(bytes + 1);
  if (file < 0 || platform::readAt(file, to, bytes, 0) != int64_t(bytes)) {
    print("cannot read a file\n");
    end(1);
  }
  return to;
}
