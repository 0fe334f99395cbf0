// The files of one folder of a checkpoint.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFFOLDER_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFFOLDER_H

#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace lfm2c {

/// Whether a text that a file holds may be taken for the name of another file
/// or folder beside it.
bool isNameInFolder(llvm::StringRef name);

class HFFolder {
public:
  /// Files that are read become sources of `checkpoint`, which must outlive
  /// this.
  HFFolder(llvm::StringRef path, Checkpoint &checkpoint)
      : path(path), checkpoint(&checkpoint) {}

  const std::string &getPath() const { return path; }
  std::string join(llvm::StringRef name) const;
  /// Also of what cannot be looked at: opening it then says why.
  bool exists(llvm::StringRef name) const;

  /// Calls `use` with the text of a file and its path; the text lives no
  /// longer. Fails where the file cannot be read, is larger than any text file
  /// of a checkpoint, or as `use` does.
  using TextUse = llvm::function_ref<llvm::Error(llvm::StringRef text,
                                                 llvm::StringRef path)>;
  llvm::Error withText(llvm::StringRef name, TextUse use) const;

private:
  std::string path;
  Checkpoint *checkpoint; // Never null.
};

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFFOLDER_H
