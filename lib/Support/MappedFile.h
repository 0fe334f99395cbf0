// A file as read-only memory.
//
// Checkpoints are gigabytes: they are mapped, never copied, and pages that have
// been used can be given back while the compiler goes on.

#ifndef LFM2C_LIB_SUPPORT_MAPPEDFILE_H
#define LFM2C_LIB_SUPPORT_MAPPEDFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>

namespace lfm2c {

class MappedFile {
public:
  /// Maps the regular file at `path`. Fails, naming the path and the reason of
  /// the system, if it is missing, unreadable or a directory.
  static llvm::Expected<std::unique_ptr<MappedFile>> open(llvm::StringRef path);

  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  /// The bytes; valid as long as this object lives.
  llvm::ArrayRef<uint8_t> bytes() const { return {data, size}; }
  llvm::StringRef text() const {
    return {reinterpret_cast<const char *>(data), size};
  }
  llvm::StringRef getPath() const { return path; }

  /// Tells the system that `count` bytes from `offset` were used up. They stay
  /// readable (from the file again); only whole pages inside are given back.
  void release(uint64_t offset, uint64_t count) const;
  /// The same for a range of memory; one that is not of this file is ignored.
  void release(llvm::ArrayRef<uint8_t> range) const;

  /// From now on this process ends, with status 1, one line on stderr that
  /// starts with the tool's name, and without its temporary files, where it
  /// reads bytes of a mapped file that were cut off since. Call once, after
  /// LLVM has taken over the signals; `tool` must live on.
  static void exitWhereFilesAreCut(const char *tool);

  /// As long as it lives, such bytes are zeros instead, for a process that has
  /// more to do: InputFiles::checkUnchanged() then says what happened. One at a
  /// time.
  class CutFilesReadZeros {
  public:
    CutFilesReadZeros();
    ~CutFilesReadZeros();
    CutFilesReadZeros(const CutFilesReadZeros &) = delete;
    CutFilesReadZeros &operator=(const CutFilesReadZeros &) = delete;
  };

private:
  struct Watched;
  MappedFile(std::string path, const uint8_t *data, size_t size);
  static const Watched *watchedAt(const uint8_t *at);
  static void onBusError(int, siginfo_t *info, void *);
  static void putZeros(int, siginfo_t *info, void *);

  std::string path;
  const uint8_t *data;
  size_t size;
  Watched *watched;
};

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_MAPPEDFILE_H
