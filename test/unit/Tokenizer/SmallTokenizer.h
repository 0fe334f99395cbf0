// A tokenizer small enough to be followed by hand: the 256 bytes are ids 0-255,
// then what a test adds.

#ifndef LFM2C_TEST_UNIT_TOKENIZER_SMALLTOKENIZER_H
#define LFM2C_TEST_UNIT_TOKENIZER_SMALLTOKENIZER_H

#include "lib/Model/ByteLevel.h"
#include "lib/Model/TokenizerSpec.h"

namespace lfm2c {

class SmallTokenizer {
public:
  TokenizerSpec spec;

  SmallTokenizer() {
    spec.splits.push_back({familySplit});
    for (int byte = 0; byte < 256; ++byte)
      add(byteToCharacter(uint8_t(byte)));
  }

  int32_t add(const std::string &token, TokenType type = TokenType::Normal) {
    spec.tokens.push_back(token);
    spec.types.push_back(type);
    const int32_t id = int32_t(spec.tokens.size()) - 1;
    if (type == TokenType::Control || type == TokenType::UserDefined)
      spec.added.push_back({id, token, type == TokenType::Control});
    return id;
  }

  /// Adds the token that the merge makes; the rank is that of the call.
  int32_t merge(const std::string &left, const std::string &right) {
    spec.merges.emplace_back(left, right);
    return add(left + right);
  }
};

} // namespace lfm2c

#endif // LFM2C_TEST_UNIT_TOKENIZER_SMALLTOKENIZER_H
