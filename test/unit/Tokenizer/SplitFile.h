// Splits that test/tokenizer/make_split_goldens.py wrote down.

#ifndef LFM2C_TEST_UNIT_TOKENIZER_SPLITFILE_H
#define LFM2C_TEST_UNIT_TOKENIZER_SPLITFILE_H

#include "lib/Model/TokenizerSpec.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

namespace lfm2c {

struct SplitGolden {
  std::vector<SplitStep> steps;
  std::vector<std::string> texts;
  std::vector<std::vector<std::string>> pieces; // By text.
};

llvm::Expected<std::vector<SplitGolden>> readSplitFile(llvm::StringRef path);

/// The words of a text.
std::vector<std::string> splitWords(const OpenTokenizer &tokenizer,
                                    llvm::StringRef text);

/// A tokenizer of the 256 bytes that splits by these steps.
llvm::Expected<OpenTokenizer> openSplit(std::vector<SplitStep> steps);

} // namespace lfm2c

#endif // LFM2C_TEST_UNIT_TOKENIZER_SPLITFILE_H
