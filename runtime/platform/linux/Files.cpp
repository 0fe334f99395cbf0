// Files by system calls: opened, mapped, written, renamed.
#include "runtime/platform/Platform.h"
#include "runtime/platform/linux/Syscall.h"

namespace lfm2rt::platform {

int64_t openForReading(const char *path) {
  constexpr long readOnlyCloseOnExec = 02000000;
  return systemCall(SysOpenat, AtCwd, pointer(path),
                    readOnlyCloseOnExec | LargeFiles);
}

int64_t fileBytes(int64_t file) {
  FileStatus status;
  long result = systemCall(SysFstat, long(file), pointer(&status));
  if (result < 0)
    return result;
  constexpr uint32_t typeMask = 0170000, directory = 0040000;
  constexpr int64_t isDirectory = -21;
  return (status.mode & typeMask) == directory ? isDirectory : status.size;
}

int64_t readAt(int64_t file, void *to, uint64_t bytes, uint64_t offset) {
  uint64_t done = 0;
  while (done < bytes) {
    long n = readFrom(long(file), static_cast<char *>(to) + done,
                      size_t(bytes - done), offset + done);
    if (n == ErrorInterrupted)
      continue;
    if (n < 0)
      return n;
    if (n == 0)
      break;
    done += uint64_t(n);
  }
  return int64_t(done);
}

int64_t mapFile(int64_t file, uint64_t offset, uint64_t bytes, void **mapping) {
  constexpr long protRead = 1, mapShared = 1;
  long result = map(bytes, protRead, mapShared, long(file), offset);
  if (isError(result))
    return result;
  *mapping = reinterpret_cast<void *>(result);
  return 0;
}

void closeFile(int64_t file) { systemCall(SysClose, long(file)); }

void unmap(void *mapping, uint64_t bytes) {
  systemCall(SysMunmap, pointer(mapping), long(bytes));
}

} // namespace lfm2rt::platform
