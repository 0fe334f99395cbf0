// Files that were read, so that nothing which is written replaces one.
//
// Every file that is opened for reading is noted in one place (MappedFile), and
// every file that is written asks in one place (OutputFile) before it takes its
// name. Files are known by device and inode: a link, another spelling or
// another case of the name is the same file.

#ifndef LFM2C_LIB_SUPPORT_INPUTFILES_H
#define LFM2C_LIB_SUPPORT_INPUTFILES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>

namespace lfm2c {

/// Remembers the files that its thread opens while it lives: those of one
/// compilation. Of several that live at once the youngest remembers.
class InputFiles {
public:
  InputFiles();
  ~InputFiles();
  InputFiles(const InputFiles &) = delete;
  InputFiles &operator=(const InputFiles &) = delete;

  /// Notes that the file with this identity was opened as `path`.
  static void note(llvm::StringRef path, dev_t device, ino_t inode);

  /// Fails where the output `path` names a file that was noted. Where nobody
  /// remembers, nothing is refused.
  static llvm::Error checkNotRead(llvm::StringRef path);

private:
  std::map<std::pair<dev_t, ino_t>, std::string> paths;
  InputFiles *const outer;
};

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_INPUTFILES_H
