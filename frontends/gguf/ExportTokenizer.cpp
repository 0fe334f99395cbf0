// The tokenizer as tokenizer.* keys, for llama.cpp's byte-level BPE.
//
// That has fewer words than tokenizer.json. A split has a name there, or none;
// tokens are control or user-defined, without the other flags of added tokens;
// there is no normalizer. Whatever could give a text other ids is a warning.

#include "frontends/gguf/GGUFExport.h"
#include "lib/Model/PreTokenizers.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

namespace {

class TokenizerWriter {
public:
  TokenizerWriter(const TokenizerSpec &spec, int64_t rows, GGUFMetadata &out,
                  std::vector<std::string> &warnings)
      : spec(spec), rows(size_t(rows)), out(out), warnings(warnings) {}

  Error run();

private:
  template <typename... Words> void warn(const char *format, Words... words) {
    warnings.push_back(llvm::formatv(format, words...).str());
  }
  void addTokens();
  void addMerges();
  void addIds();
  void warnOfFlags();

  const TokenizerSpec &spec;
  const size_t rows;
  GGUFMetadata &out;
  std::vector<std::string> &warnings;
};

} // namespace

/// llama.cpp's converter takes tokens of this form for control ones, whatever
/// their flag: tool calls of some models are not special in tokenizer.json, so
/// that they are shown.
static bool looksSpecial(StringRef token) {
  return token.size() > 4 && token.starts_with("<|") && token.ends_with("|>");
}

void TokenizerWriter::addTokens() {
  std::vector<std::string> tokens = spec.tokens;
  std::vector<int32_t> types;
  for (TokenType type : spec.types)
    types.push_back(int32_t(type));
  for (const AddedToken &token : spec.added) {
    const bool control = token.special || looksSpecial(token.content);
    tokens[token.id] = token.content;
    types[token.id] =
        int32_t(control ? TokenType::Control : TokenType::UserDefined);
  }
  if (tokens.size() > rows)
    warn("the tokenizer has {0} tokens, but the embedding has {1} rows; the "
         "tokens behind them are left out",
         tokens.size(), rows);
  // Each row has a token in a GGUF file.
  for (size_t i = tokens.size(); i < rows; ++i) {
    tokens.push_back("[PAD" + std::to_string(i) + "]");
    types.push_back(int32_t(TokenType::Unused));
  }
  tokens.resize(rows);
  types.resize(rows);
  out.setStrings("tokenizer.ggml.tokens", tokens);
  out.setInts("tokenizer.ggml.token_type", types);
}

void TokenizerWriter::addMerges() {
  llvm::StringSet<> left;
  for (size_t i = rows; i < spec.tokens.size(); ++i)
    left.insert(spec.tokens[i]);
  std::vector<std::string> merges;
  for (const auto &[first, second] : spec.merges) {
    const std::string merge = llvm::join_items(' ', first, second);
    if (left.empty() || (!left.contains(first) && !left.contains(second) &&
                         !left.contains(first + second)))
      merges.push_back(merge);
  }
  out.setStrings("tokenizer.ggml.merges", merges);
}

void TokenizerWriter::addIds() {
  std::vector<int32_t> more; // Stop tokens that llama.cpp would not know.
  auto isKnown = [&](int32_t id) {
    const std::string &text = spec.tokens[id];
    return text == "<|im_end|>" || text == "<|endoftext|>";
  };
  std::optional<int32_t> eos = spec.eos;
  // add_eos_token puts the eos token there.
  if (spec.end) {
    if (eos && eos != spec.end)
      more.push_back(*eos);
    eos = spec.end;
  }
  for (int32_t id : spec.stop)
    if (id != eos && !isKnown(id) && !llvm::is_contained(more, id))
      more.push_back(id);
  const struct {
    const char *key;
    std::optional<int32_t> id;
  } ids[] = {
      {"tokenizer.ggml.bos_token_id", spec.bos},
      {"tokenizer.ggml.eos_token_id", eos},
      {"tokenizer.ggml.padding_token_id", spec.pad},
      {"tokenizer.ggml.eot_token_id",
       more.empty() ? std::nullopt : std::optional(more[0])},
      {"tokenizer.ggml.eom_token_id",
       more.size() < 2 ? std::nullopt : std::optional(more[1])},
  };
  for (const auto &entry : ids)
    if (entry.id && size_t(*entry.id) < rows)
      out.setInt(entry.key, uint32_t(*entry.id));
  if (more.size() > 2)
    warn("{0} tokens end an answer beside eos, of which a GGUF file names 2; "
         "token {1} and those behind it are left out",
         more.size(), more[2]);
  out.setBool("tokenizer.ggml.add_bos_token", spec.addBos && spec.bos);
  out.setBool("tokenizer.ggml.add_eos_token", spec.end.has_value());
  out.setBool("tokenizer.ggml.add_sep_token", false);
}

void TokenizerWriter::warnOfFlags() {
  if (spec.normalizer == Normalizer::NFC)
    warn("the tokenizer brings texts to NFC first, which a GGUF file cannot "
         "say: llama.cpp gives other ids to texts in another form");
  for (const AddedToken &token : spec.added)
    if (token.lstrip || token.rstrip || token.singleWord)
      return warn("added token {0} has {1}, which a GGUF file cannot say: "
                  "llama.cpp finds it elsewhere, too, and leaves white space "
                  "around it",
                  quoted(token.content),
                  token.singleWord ? "single_word"
                  : token.lstrip   ? "lstrip"
                                   : "rstrip");
}

Error TokenizerWriter::run() {
  auto pre = findPreTokenizer(spec);
  if (!pre)
    return pre.takeError();
  if (!*pre)
    return makeError("llama.cpp has no name for the way in which the tokenizer "
                     "splits texts ({0}); --pre=NAME writes another one's",
                     spec.splits.empty() ? "not at all"
                                         : quoted(spec.splits.front().pattern));
  if (!(*pre)->exact)
    warn("the tokenizer {0} merges where a whole word is a token, and "
         "llama.cpp's '{1}' {2}: few words get other ids",
         spec.ignoreMerges ? "ignores" : "follows", (*pre)->name,
         spec.ignoreMerges ? "does not" : "ignores them");
  warnOfFlags();
  out.setString("tokenizer.ggml.model", "gpt2");
  out.setString("tokenizer.ggml.pre", (*pre)->name);
  addTokens();
  addMerges();
  addIds();
  if (!spec.chatTemplate.empty())
    out.setString("tokenizer.chat_template", spec.chatTemplate);
  return Error::success();
}

Error lfm2c::exportGGUFTokenizer(const TokenizerSpec &spec, int64_t rows,
                                 GGUFMetadata &out,
                                 std::vector<std::string> &warnings) {
  return TokenizerWriter(spec, rows, out, warnings).run();
}
