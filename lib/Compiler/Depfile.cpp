#include "lib/Compiler/Depfile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

using namespace lfm2c;

/// As compilers write names there.
static std::string escape(llvm::StringRef path) {
  std::string text;
  for (char c : path) {
    if (c == ' ' || c == '#')
      text += '\\';
    if (c == '$')
      text += '$';
    text += c;
  }
  return text;
}

std::string lfm2c::formatDepfile(llvm::StringRef output,
                                 llvm::ArrayRef<std::string> inputs) {
  std::string text = escape(output) + ":";
  for (const std::string &input : inputs) {
    // Whoever reads this may run in another folder.
    llvm::SmallString<256> path(input);
    if (!llvm::sys::fs::make_absolute(path))
      text += " \\\n  " + escape(path);
  }
  return text + "\n";
}
