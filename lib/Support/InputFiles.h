// Files that were read, so that nothing which is written replaces one.
//
// They are also compared with what they were, before anything made of them gets
// its name: a model that was downloaded again meanwhile would be half old.
//
// Every file that is opened for reading is noted in one place (MappedFile), and
// every file that is written asks in one place (OutputFile) before it takes its
// name. Files are known by device and inode: a link, another spelling or
// another case of the name is the same file.

#ifndef LFM2C_LIB_SUPPORT_INPUTFILES_H
#define LFM2C_LIB_SUPPORT_INPUTFILES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <ctime>
#include <map>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace lfm2c {

/// Remembers the files that its thread opens while it lives: those of one
/// compilation. Of several that live at once the youngest remembers.
class InputFiles {
public:
  InputFiles();
  ~InputFiles();
  InputFiles(const InputFiles &) = delete;
  InputFiles &operator=(const InputFiles &) = delete;

  /// Notes that a file with this status was opened as `path`.
  static void note(llvm::StringRef path, const struct stat &status);

  /// Fails where the output `path` names a file that was noted. Where nobody
  /// remembers, nothing is refused.
  static llvm::Error checkNotRead(llvm::StringRef path);

  /// Fails where the file of a name that was noted is another by now, or has
  /// another size or time of change. A file that was removed is no failure.
  static llvm::Error checkUnchanged();

  /// The names of those that were noted, as they were opened, sorted.
  static std::vector<std::string> list();

private:
  struct File {
    std::string path;
    off_t size;
    timespec changed;
  };
  std::map<std::pair<dev_t, ino_t>, File> files;
  InputFiles *const outer;
};

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_INPUTFILES_H
