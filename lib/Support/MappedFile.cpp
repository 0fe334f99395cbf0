#include "lib/Support/MappedFile.h"
#include "lib/Support/Error.h"
#include "lib/Support/InputFiles.h"
#include "llvm/Support/Signals.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace lfm2c;

static llvm::Error systemError(llvm::StringRef path, int code) {
  return makeErrorText("cannot read " + path.str() + ": " + strerror(code));
}

/// A mapping as the handler of SIGBUS sees it: in a list that only grows, with
/// places that are used again.
struct MappedFile::Watched {
  std::atomic<bool> isUsed{true};
  std::atomic<const uint8_t *> begin{nullptr}; // Null: holds no mapping.
  size_t size = 0;
  std::string message;
  Watched *next = nullptr;

  static std::atomic<Watched *> first;
  static Watched &take() {
    for (Watched *w = first; w; w = w->next)
      if (!w->isUsed.exchange(true))
        return *w;
    Watched *added = new Watched;
    added->next = first;
    while (!first.compare_exchange_weak(added->next, added))
      ;
    return *added;
  }
};

std::atomic<MappedFile::Watched *> MappedFile::Watched::first = nullptr;

static const char *toolName = nullptr;
static struct sigaction handlerBefore;
static uintptr_t pageBytes = 0;

// What follows runs in handlers: nothing here allocates or locks.
const MappedFile::Watched *MappedFile::watchedAt(const uint8_t *at) {
  for (const Watched *w = Watched::first; w; w = w->next) {
    const uint8_t *begin = w->begin;
    if (begin && at >= begin && at < begin + w->size)
      return w;
  }
  return nullptr;
}

void MappedFile::putZeros(int, siginfo_t *info, void *) {
  auto at = static_cast<uint8_t *>(info->si_addr);
  if (const Watched *w = watchedAt(at)) {
    // All behind the end of the file, which lies before this page.
    uint8_t *page = at - reinterpret_cast<uintptr_t>(at) % pageBytes;
    if (mmap(page, w->begin + w->size - page, PROT_READ,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
      return;
  }
  sigaction(SIGBUS, &handlerBefore, nullptr);
}

void MappedFile::onBusError(int, siginfo_t *info, void *) {
  auto say = [](const char *text, size_t length) {
    ssize_t written = write(STDERR_FILENO, text, length);
    (void)written;
  };
  if (const Watched *w =
          watchedAt(static_cast<const uint8_t *>(info->si_addr))) {
    // Of several threads that meet the same hole, one tells of it.
    static std::atomic<bool> isTold{false};
    while (isTold.exchange(true))
      pause();
    if (isatty(STDERR_FILENO))
      say("\r\x1b[K", 4); // The line of progress.
    say(toolName, strlen(toolName));
    say(": error: ", 9);
    say(w->message.data(), w->message.size());
    llvm::sys::RunInterruptHandlers();
    _exit(1);
  }
  // Not ours: the access is tried again, with the handler that was there.
  sigaction(SIGBUS, &handlerBefore, nullptr);
}

static void handleBusErrors(void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &handlerBefore);
}

void MappedFile::exitWhereFilesAreCut(const char *tool) {
  toolName = tool;
  handleBusErrors(onBusError);
}

MappedFile::CutFilesReadZeros::CutFilesReadZeros() {
  pageBytes = sysconf(_SC_PAGESIZE);
  handleBusErrors(putZeros);
}

MappedFile::CutFilesReadZeros::~CutFilesReadZeros() {
  sigaction(SIGBUS, &handlerBefore, nullptr);
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
  InputFiles::note(path, status);
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

MappedFile::MappedFile(std::string path, const uint8_t *data, size_t size)
    : path(std::move(path)), data(data), size(size), watched(&Watched::take()) {
  watched->size = size;
  watched->message = printable(this->path) +
                     " changed while it was read; run again when it is whole\n";
  watched->begin = data;
}

MappedFile::~MappedFile() {
  watched->begin = nullptr;
  watched->isUsed = false;
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
