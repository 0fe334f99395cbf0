#include "lib/Quantize/RecipeWords.h"

#include "lib/Weights/TensorNames.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace lfm2c;
using llvm::StringRef;

namespace {
struct Role {
  StringRef word;
  llvm::SmallVector<StringRef, 4> leaves; ///< without ".weight"
};
} // namespace

static llvm::ArrayRef<Role> roles() {
  static const Role roles[] = {
      {"in_proj", {"shortconv.in_proj"}},
      {"out_proj", {"shortconv.out_proj"}},
      {"attention", {"attn_q", "attn_k", "attn_v", "attn_output"}},
      {"attn_q", {"attn_q"}},
      {"attn_k", {"attn_k"}},
      {"attn_v", {"attn_v"}},
      {"attn_output", {"attn_output"}},
      {"feed_forward", {"ffn_gate", "ffn_up", "ffn_down"}},
      {"experts", {"ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"}},
      {"ffn_gate", {"ffn_gate", "ffn_gate_exps"}},
      {"ffn_up", {"ffn_up", "ffn_up_exps"}},
      {"ffn_down", {"ffn_down", "ffn_down_exps"}},
  };
  return roles;
}

bool lfm2c::isRoleWord(StringRef word) {
  return word == "embedding" || word == "head" ||
         llvm::any_of(roles(),
                      [&](const Role &role) { return role.word == word; });
}

bool lfm2c::hasRole(const WeightFacts &weight, StringRef word) {
  if (word == "embedding")
    return weight.isEmbedding && !weight.isHead;
  if (word == "head")
    return weight.isHead;
  StringRef leaf = splitTensorName(weight.name, "blk.").leaf;
  leaf.consume_back(".weight");
  return llvm::any_of(roles(), [&](const Role &role) {
    return role.word == word && llvm::is_contained(role.leaves, leaf);
  });
}

/// A number behind a word, at least `least`.
static bool readNumber(StringRef text, int64_t least, int64_t &number) {
  return !text.getAsInteger(10, number) && number >= least && number < 1 << 16;
}

/// "2" of 8 is 2, "1/8" of 16 is 2; none if it is neither.
static std::optional<int64_t> readPart(StringRef text, int64_t count) {
  int64_t number;
  if (text.consume_front("1/"))
    return readNumber(text, 1, number) ? std::optional(count / number)
                                       : std::nullopt;
  return readNumber(text, 1, number) ? std::optional(number) : std::nullopt;
}

/// Whether the word is one; `among` is then what isAmong() says.
static bool readLayers(StringRef word, int64_t number, int64_t index,
                       int64_t count, bool &among) {
  if (word == "edges") {
    const int64_t eighth = count / 8;
    among =
        index < eighth || index >= 7 * count / 8 || (index - eighth) % 3 == 2;
    return true;
  }
  if (word.consume_front("first")) {
    const std::optional<int64_t> part = readPart(word, count);
    among = part && index < *part;
    return part.has_value();
  }
  if (word.consume_front("last")) {
    const std::optional<int64_t> part = readPart(word, count);
    among = part && index >= count - *part;
    return part.has_value();
  }
  const auto [from, to] = word.split('-');
  int64_t first, last;
  if (!readNumber(from, 0, first) ||
      !readNumber(word.contains('-') ? to : from, first, last))
    return false;
  among = number >= first && number <= last;
  return true;
}

bool lfm2c::isLayerWord(StringRef word) {
  bool among;
  return readLayers(word, 0, 0, 1, among);
}

bool lfm2c::isAmong(StringRef word, int64_t number, int64_t index,
                    int64_t count) {
  bool among = false;
  readLayers(word, number, index, count, among);
  return among;
}
