// The tokenizer of a file as a spec, by the front ends' own readers, and a
// section opened on memory of its own.

#ifndef LFM2C_TEST_UNIT_TOKENIZER_TOKENIZERFILE_H
#define LFM2C_TEST_UNIT_TOKENIZER_TOKENIZERFILE_H

#include "lib/Model/TokenizerSpec.h"
#include "runtime/tokenizer/tokenizer.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace lfm2c {

/// Reads a tokenizer.json or a GGUF file, whose warnings are dropped. bos and
/// eos of the former are the family's, if it has them.
llvm::Expected<TokenizerSpec> readTokenizerFile(llvm::StringRef path);

/// A section and the tokenizer opened on it; memory of the size asked for.
class OpenTokenizer {
public:
  explicit OpenTokenizer(std::vector<uint8_t> section);
  static llvm::Expected<OpenTokenizer> fromSpec(const TokenizerSpec &spec);

  const lfm2_tokenizer &get() const { return tokenizer; }
  const std::vector<uint64_t> &getWords() const { return words; }
  uint64_t getBytes() const { return bytes; }

  std::vector<int32_t>
  encode(llvm::StringRef text,
         int32_t flags = LFM2_TOKENIZE_PARSE_SPECIAL) const;
  std::string decode(llvm::ArrayRef<int32_t> ids) const;

private:
  uint64_t bytes;
  std::vector<uint64_t> words; // The section, aligned.
  lfm2_tokenizer tokenizer;
};

} // namespace lfm2c

#endif // LFM2C_TEST_UNIT_TOKENIZER_TOKENIZERFILE_H
