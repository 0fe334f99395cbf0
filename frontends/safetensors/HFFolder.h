// The files of text of one folder of a checkpoint, or texts that stand for
// them.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFFOLDER_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFFOLDER_H

#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <string>

namespace lfm2c {

/// Whether a text that a file holds may be taken for the name of another file
/// or folder beside it.
bool isNameInFolder(llvm::StringRef name);

/// Texts by the names of their files.
using HFTexts = std::map<std::string, std::string, std::less<>>;

class HFFolder {
public:
  /// Files that are read become sources of `checkpoint`. With `texts`, these
  /// are all that there is, and `path` is a name for messages. Both must
  /// outlive this.
  HFFolder(llvm::StringRef path, Checkpoint &checkpoint,
           const HFTexts *texts = nullptr)
      : path(path), checkpoint(&checkpoint), texts(texts) {}
  /// A folder in this one. Texts have none.
  HFFolder below(llvm::StringRef name) const {
    return HFFolder(join(name), *checkpoint, texts ? &noTexts() : nullptr);
  }

  const std::string &getPath() const { return path; }
  std::string join(llvm::StringRef name) const;
  /// Only of what can be looked at.
  bool canSee(llvm::StringRef name) const;
  /// Also of what cannot be looked at: opening it then says why.
  bool exists(llvm::StringRef name) const;

  /// Calls `use` with the text of a file and its path; the text lives no
  /// longer. Fails where the file cannot be read, is larger than any text file
  /// of a checkpoint, or as `use` does.
  using TextUse = llvm::function_ref<llvm::Error(llvm::StringRef text,
                                                 llvm::StringRef path)>;
  llvm::Error withText(llvm::StringRef name, TextUse use) const;

private:
  static const HFTexts &noTexts();

  std::string path;
  Checkpoint *checkpoint; // Never null.
  const HFTexts *texts;   // Null: files.
};

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFFOLDER_H
