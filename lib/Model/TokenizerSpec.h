// The tokenizer of a checkpoint: byte-level BPE, as the files hold it.
//
// Both forms of checkpoint are brought to this one: tokens by id, merges by
// rank. Tokens are in the GPT-2 byte-to-character form ("Ġthe"), except control
// and user-defined ones, which are literal text.

#ifndef LFM2C_LIB_MODEL_TOKENIZERSPEC_H
#define LFM2C_LIB_MODEL_TOKENIZERSPEC_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lfm2c {

/// The numbers are those of tokenizer.ggml.token_type.
enum class TokenType : int32_t {
  Normal = 1,
  Unknown = 2,
  Control = 3,     // Special; not shown.
  UserDefined = 4, // Matched literally before the split, and shown.
  Unused = 5,      // A row of the embedding without a token.
  Byte = 6,
};

struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool special = false;
};

struct TokenizerSpec {
  std::vector<std::string> tokens;                         // By id.
  std::vector<TokenType> types;                            // As many as tokens.
  std::vector<std::pair<std::string, std::string>> merges; // By rank.
  // Tokens matched literally before the split; sorted by id.
  std::vector<AddedToken> added;
  std::optional<int32_t> bos, eos, pad;
  // Ids that end a generation: eos, <|im_end|>, <|endoftext|>, and what
  // generation_config.json names; sorted, each once.
  std::vector<int32_t> stop;
  bool addBos = true;
  bool ignoreMerges = false; // A whole pre-token in the vocabulary is taken.
  std::string pre = "lfm2";  // The pre-tokenizer's name.
  std::string chatTemplate;  // Jinja; empty if the checkpoint has none.

  bool empty() const { return tokens.empty(); }
};

/// Completes `stop` by the tokens that end a turn or a text in every model of
/// the family, wherever the vocabulary has them, and sorts it.
void finishTokenizer(TokenizerSpec &spec);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_TOKENIZERSPEC_H
