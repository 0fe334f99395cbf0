// A file that appears whole or not at all.
//
// It is written beside its place and renamed when it is complete, so that a
// failure (a full disk, an error three phases later, Ctrl-C) leaves neither
// half a file nor a damaged old one.

#ifndef LFM2C_LIB_SUPPORT_OUTPUTFILE_H
#define LFM2C_LIB_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>
#include <string>

namespace lfm2c {

class OutputFile {
public:
  /// Opens a file beside `path` for writing. Its name is short, so that any
  /// name the system takes can be written.
  static llvm::Expected<std::unique_ptr<OutputFile>>
  create(llvm::StringRef path);
  /// Fails where create() or commit() would: `path` is a folder, a device or a
  /// file that was read (see InputFiles), or its folder is not there or takes
  /// no files. For finding out before the work.
  static llvm::Error checkPlace(llvm::StringRef path);

  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;
  /// Removes what was written unless commit() succeeded.
  ~OutputFile();

  /// Until close() or commit().
  llvm::raw_pwrite_stream &os() { return *stream; }
  llvm::StringRef getPath() const { return path; }
  /// Where the bytes are until commit().
  llvm::StringRef getTemporaryPath() const { return temporary; }

  /// Flushes and checks that all was written. Of several files that belong
  /// together, all are closed before the first is committed.
  llvm::Error close();
  /// Closes, makes it executable if asked (less the umask) and renames. Call
  /// once; nothing is left behind after an error, and no file that was read is
  /// replaced.
  llvm::Error commit(bool executable = false);

private:
  OutputFile(std::string path, std::string temporary,
             std::unique_ptr<llvm::raw_fd_ostream> stream)
      : path(std::move(path)), temporary(std::move(temporary)),
        stream(std::move(stream)) {}

  std::string path, temporary;
  std::unique_ptr<llvm::raw_fd_ostream> stream;
};

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_OUTPUTFILE_H
