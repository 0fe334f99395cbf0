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

/// A token that is found in a text before it is split into words. Flags are
/// those of tokenizer.json.
struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool special = false;
  bool lstrip = false;     // Takes the white space before it along.
  bool rstrip = false;     // And behind it.
  bool singleWord = false; // Found only where no letter, number or '_' touches.
  bool normalized =
      false; // Looked for in the normalised text, behind the rest.
  bool inVocabulary = false; // Of the model, too: with ignore_merges, a word.
};

/// What becomes of the matches of a pattern and of what lies between them;
/// names and meaning are those of the `tokenizers` package.
enum class SplitBehavior {
  Isolated,
  Removed,
  MergedWithPrevious,
  MergedWithNext,
  Contiguous
};

/// The family's split, which is llama3's too.
extern const char *const familySplit;

/// One step of the pre-tokenizer: a regular expression in Oniguruma's spelling,
/// matched leftmost first.
struct SplitStep {
  std::string pattern;
  SplitBehavior behavior = SplitBehavior::Isolated;
  bool invert = false; // What lies between the matches counts as the matches.
};

enum class Normalizer { None, NFC };

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
  std::optional<int32_t> end; // Stands behind each text.
  bool ignoreMerges = false;  // A whole pre-token in the vocabulary is taken.
  std::string pre = "lfm2";   // The pre-tokenizer's name; for messages.
  Normalizer normalizer = Normalizer::None;
  // In order; each splits the pieces that the one before it left. None: a text
  // between two added tokens is one word.
  std::vector<SplitStep> splits;
  std::string chatTemplate; // Jinja; empty if the checkpoint has none.

  bool empty() const { return tokens.empty(); }
};

/// Completes `stop` by the tokens that end a turn or a text in every model of
/// the family, wherever the vocabulary has them, and sorts it.
void finishTokenizer(TokenizerSpec &spec);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_TOKENIZERSPEC_H
