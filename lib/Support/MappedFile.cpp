#include "lib/Support/MappedFile.h"
#include "lib/Support/Error.h"
#include "lib/Support/InputFiles.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace lfm2c;

static llvm::Error systemError(llvm::StringRef path, int code) {
  return makeErrorText("cannot read " + path.str() + ": " + strerror(code));
}

llvm::Expected<std::unique_ptr<MappedFile>>
MappedFile::open(llvm::StringRef path) {
  std::string name = path.str();
  // O_NONBLOCK: opening a pipe that nobody writes to must not hang.
  int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return systemError(path, errno);
  struct stat status;
  if (fstat(fd, &status) != 0) {
    int code = errno;
    ::close(fd);
    return systemError(path, code);
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(fd);
    return makeErrorText(
        "cannot read " + name + ": expected a regular file" +
        (S_ISDIR(status.st_mode) ? ", found a directory" : ""));
  }
  InputFiles::note(path, status.st_dev, status.st_ino);
  size_t size = status.st_size;
  void *memory = nullptr;
  if (size != 0) { // An empty mapping is an error for mmap, not for us.
    memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) {
      int code = errno;
      ::close(fd);
      return systemError(path, code);
    }
  }
  ::close(fd);
  return std::unique_ptr<MappedFile>(
      new MappedFile(name, static_cast<const uint8_t *>(memory), size));
}

MappedFile::~MappedFile() {
  if (data)
    munmap(const_cast<uint8_t *>(data), size);
}

void MappedFile::release(uint64_t offset, uint64_t count) const {
  const uint64_t page = sysconf(_SC_PAGESIZE);
  if (offset > size)
    return;
  uint64_t end = offset + std::min<uint64_t>(count, size - offset);
  uint64_t first = (offset + page - 1) / page * page;
  // The last page of the file is given back even if the file ends inside it.
  uint64_t last = end == size ? end : end / page * page;
  if (first < last)
    madvise(const_cast<uint8_t *>(data) + first, last - first, MADV_DONTNEED);
}

void MappedFile::release(llvm::ArrayRef<uint8_t> range) const {
  uintptr_t begin = reinterpret_cast<uintptr_t>(data);
  uintptr_t at = reinterpret_cast<uintptr_t>(range.data());
  if (at >= begin && at - begin < size)
    release(at - begin, range.size());
}
