// Options of LLVM that no interface sets but its command line, which are the
// whole process's: set while code of a target is emitted, and put back after.
#ifndef LFM2C_TARGETS_LLVMOPTIONS_H
#define LFM2C_TARGETS_LLVMOPTIONS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace llvm::cl {
class Option;
} // namespace llvm::cl

namespace lfm2c {

class LLVMOptions {
public:
  /// Looks up the options of `words`, each "name=value"; of two with one name
  /// the later counts, and one that LLVM does not have is left out. To be made
  /// while LLVM's options are registered with its command line, as those of a
  /// tool are before it takes them away.
  explicit LLVMOptions(llvm::ArrayRef<llvm::StringRef> words);

  /// The options have their values as long as this lives, and then LLVM's own
  /// again. One that the command line of the process gave stays as it is. One
  /// at a time in a process, and on the thread that emits.
  class Scope {
  public:
    explicit Scope(const LLVMOptions &options);
    ~Scope();
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    std::vector<llvm::cl::Option *> set;
  };

private:
  struct Setting {
    llvm::cl::Option *option; ///< LLVM's
    std::string name, value;
  };
  std::vector<Setting> settings;
};

} // namespace lfm2c

#endif // LFM2C_TARGETS_LLVMOPTIONS_H
