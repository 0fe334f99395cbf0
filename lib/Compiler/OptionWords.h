// Options as a user writes them, in words, whoever takes them: the command line
// or a function of the Python package.
#ifndef LFM2C_LIB_COMPILER_OPTIONWORDS_H
#define LFM2C_LIB_COMPILER_OPTIONWORDS_H

#include "lib/Compiler/Options.h"
#include <map>

namespace lfm2c {

/// What was given, by names as --help of lfm2-compile has them: "kv" is "q8_0".
class OptionWords {
public:
  /// One more word for the option. Of a switch the word is "true".
  void give(llvm::StringRef name, llvm::StringRef word) {
    given[name.str()].push_back(word.str());
  }
  bool isGiven(llvm::StringRef name) const { return !all(name).empty(); }
  /// The last word; empty where none was given.
  llvm::StringRef get(llvm::StringRef name) const {
    return isGiven(name) ? llvm::StringRef(all(name).back()) : "";
  }
  llvm::ArrayRef<std::string> all(llvm::StringRef name) const {
    const auto found = given.find(name);
    if (found == given.end())
      return {};
    return found->second;
  }

private:
  std::map<std::string, std::vector<std::string>, std::less<>> given;
};

/// What the words mean, with no model and no output. Fails on a word that its
/// option has not, and on options that exclude each other.
llvm::Expected<CompileOptions> readOptions(const OptionWords &words);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_OPTIONWORDS_H
