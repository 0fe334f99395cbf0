// One row for each split; its names share it. The ids of llama.cpp are what a
// GGUF file was tested with, so patterns say what llama.cpp splits by, also
// where the model's own tokenizer.json says a little else: contractions in the
// 52 letters alone, upper and lower case told apart in ASCII alone.
//
// Names, which patterns they stand for and their flags are facts of llama.cpp's
// vocabulary of byte-level BPE (August 2026).

#include "lib/Model/PreTokenizers.h"
#include "lib/Model/SplitEquality.h"
#include "lib/Model/TokenizerTables.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::StringRef;

// What patterns share. Numbers of more than a digit are told apart by how many
// go into one piece.
#define CONTRACTION "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
#define WORD "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
#define SYMBOLS " ?[^\\s\\p{L}\\p{N}]+"
#define SPACES "\\s+(?!\\S)|\\s+"
#define LINES_SPACES "\\s*[\\r\\n]+|" SPACES
#define GPT4(NUMBER)                                                           \
  CONTRACTION "|" WORD "|" NUMBER "|" SYMBOLS "[\\r\\n]*|" LINES_SPACES
#define GPT2 "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|" SYMBOLS "|" SPACES
// A word in which a lower letter ends a run of capitals.
#define CASED(UPPER, LOWER, TAIL)                                              \
  "[^\\r\\n\\p{L}\\p{N}]?" UPPER "*" LOWER "+" TAIL                            \
  "|[^\\r\\n\\p{L}\\p{N}]?" UPPER "+" LOWER "*" TAIL
#define NOT_LOWER "[^\\P{L}a-z]"
#define NOT_UPPER "[^\\P{L}A-Z]"
#define PATHS_SPACES SYMBOLS "[\\r\\n/]*|" LINES_SPACES
#define CHINESE_KANA "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"
#define ASCII_SYMBOL "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]"
#define DEEPSEEK(BEHIND_SYMBOLS)                                               \
  ASCII_SYMBOL "[A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"         \
               "| ?[\\p{P}\\p{S}]+" BEHIND_SYMBOLS "|" SPACES
// U+0800 to the ideographs and Hangul, without the white space among them.
#define EASTERN                                                                \
  "[\u4e00-\u9fa5\u0800-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-"  \
  "\u205e\u2060-\u2fff\u3001-\u4e00\uac00-\ud7ff]+"
// Threes from the right of a number, each with what stands before the number.
#define THREES_FROM_RIGHT "[^\\p{N}]*\\p{N}{1,3}(?=(?:\\p{N}{3})*(?!\\p{N}))"
#define HAN                                                                    \
  "\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002ebef"       \
  "\uf900-\ufaff\U0002f800-\U0002fa1f"
#define NO_SENTENCE_END                                                        \
  " ?[^(\\s|.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c)]+"

const char *const lfm2c::gpt2Split = GPT2;

namespace {

enum Flags : unsigned { None = 0, IgnoreMerges = 1, AddBos = 2 };

struct Row {
  const char *names; // Separated by spaces.
  unsigned flags;
  std::initializer_list<const char *> patterns;
};

const Row rows[] = {
    {"lfm2 llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 "
     "jina-v5-nano",
     IgnoreMerges | AddBos,
     {GPT4("\\p{N}{1,3}")}},
    {"dbrx smaug-bpe glm4 chatglm-bpe", None, {GPT4("\\p{N}{1,3}")}},
    {"jais-2",
     None,
     {CONTRACTION "|" WORD "|\\p{N}{1,3}|" SYMBOLS "[\\r\\n]*|\\s*[\\r\\n]+"
                  "|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)"
                  "|\\s{64}(?!\\S)|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)"
                  "|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s"}},
    {"default",
     None,
     {"[\\p{P}$+<=>^~|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"}},
    {"gpt-2 phi-2 jina-es jina-de gigachat jina-v2-es jina-v2-de a.x-4.0 "
     "mellum modern-bert jina-v1-en jina-v2-code roberta-bpe mpt olmo jais "
     "trillion granite-docling exaone4",
     None,
     {GPT2}},
    {"starcoder refact command-r smollm codeshell exaone minerva-7b mellum2",
     None,
     {"\\p{N}", GPT2}},
    {"falcon", None, {"[\\p{P}$+<=>^~|`]+", GPT2, "[0-9][0-9][0-9]"}},
    {"qwen2 deepseek-r1-qwen kormo f2llmv2 megrez stablelm2 hunyuan solar-open "
     "grok-2",
     None,
     {GPT4("\\p{N}")}},
    {"qwen35",
     None,
     {CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
                  "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" LINES_SPACES}},
    {"laguna", None, {"[^\\n]+|\\n+", GPT4("\\p{N}")}},
    {"ufakzeka", None, {WORD "|\\p{N}|" SYMBOLS "[\\r\\n]*|" LINES_SPACES}},
    {"minicpm5", IgnoreMerges, {"\\p{N}{1,3}", GPT4("\\p{N}+")}},
    {"seed-coder",
     None,
     {CONTRACTION "|" WORD "|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+"
                  "|" LINES_SPACES}},
    {"bailingmoe bailingmoe2 llada-moe",
     None,
     {"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|" WORD "|\\p{N}|" SYMBOLS
      "[\\r\\n]*|\\s*[\\r\\n]|" SPACES}},
    {"exaone-moe",
     None,
     {CONTRACTION
      "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}"
      "|" SYMBOLS "[\\r\\n/]?|\\s*[\\r\\n]|" SPACES}},
    {"tekken",
     IgnoreMerges | AddBos,
     {CASED(NOT_LOWER, NOT_UPPER, "") "|\\p{N}|" PATHS_SPACES}},
    {"gpt-4o llama4 kanana2 talkie minimax-m2",
     None,
     {CASED(NOT_LOWER, NOT_UPPER, CONTRACTION "?") "|\\p{N}{1,3}"
                                                   "|" PATHS_SPACES}},
    {"granite-embed-multi-97m",
     IgnoreMerges,
     {CASED("(?:\\p{M}|" NOT_LOWER ")", "(?:\\p{M}|" NOT_UPPER ")",
            CONTRACTION "?") "|\\p{N}{1,3}|" PATHS_SPACES}},
    {"tiny_aya cohere2moe",
     None,
     {THREES_FROM_RIGHT, "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+" CONTRACTION
                         "?|\\p{N}{1,3}|" PATHS_SPACES}},
    {"youtu",
     IgnoreMerges,
     {"[\uac00-\ud7a3\u3131-\u318e]+"
      "|[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c\u3001-"
      "\u303f\ufe30-\ufe4f]+|[\u3105-\u312f]+|" CHINESE_KANA,
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+" CONTRACTION
      "?|\\p{N}|" PATHS_SPACES}},
    {"deepseek-llm",
     None,
     {"[\\r\\n]",
      "\\s?[A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf"
      "\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f"
      "\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-"
      "\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba"
      "\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-"
      "\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-"
      "\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-"
      "\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107"
      "\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-"
      "\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b"
      "\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-"
      "\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17"
      "\uff21-\uff3a\uff41-\uff5a\U00010400-\U0001044f\U000104b0-\U000104d3"
      "\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2"
      "\U000118a0-\U000118df\U0001e900-\U0001e943]+",
      "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3001\u3002]+",
      "\\s+(?![\\s\\S])", EASTERN, "\\p{N}+"}},
    {"deepseek-coder",
     None,
     {"[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", EASTERN, "\\p{N}"}},
    {"deepseek-v3 hunyuan-dense joyai-llm hy_v4",
     None,
     {"\\p{N}{1,3}", CHINESE_KANA, DEEPSEEK("[\\r\\n]*|\\s*[\\r\\n]+")}},
    {"spark2_5",
     None,
     {"\\p{N}{1,3}", CHINESE_KANA, DEEPSEEK("|[\\r\\n]"), "\\p{N}"}},
    {"afmoe",
     None,
     {THREES_FROM_RIGHT,
      "[\u4e00-\u9fff\u3400-\u4dbf\u8c48-\ufaff\u3040-\u309f\u30a0-"
      "\u30ff\uff65-"
      "\uff9f\u2f00-\u2fdf\u0e40-\u0e7f\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f"
      "\uaa60-\uaa7f\ua9e0-\ua9ff\uac00-\ud7af\u1100-\u11ff]+",
      DEEPSEEK("[\\r\\n]*|\\s*[\\r\\n]+")}},
    {"kimi-k2",
     None,
     {"[" HAN "]+|[^\\r\\n\\p{L}\\p{N}]?[^\\P{L}" HAN "]+" CONTRACTION
      "?|\\p{N}{1,3}|" SYMBOLS "[\\r\\n]*|" LINES_SPACES}},
    {"superbpe", None, {"\\p{N}+", "[\\s\\S]+?(?=(?:[0-9]{3})+(?![0-9]))"}},
    {"poro-chat bloom gpt3-finnish", None, {NO_SENTENCE_END}},
    {"viking", None, {NO_SENTENCE_END, "\\p{N}"}},
    {"chameleon",
     AddBos,
     {"<sentinel:[0-9]+>", "IMGIMG[A-I]{1,4}Z", "[\\t\\n]|    |  ", "\\p{N}",
      "[\\p{P}!-/:-@\\[-`{-~]", GPT2}},
};

/// Pre-tokenizers of llama.cpp whose tokens are no bytes in GPT-2's form.
constexpr StringRef otherKinds[] = {"gemma4", "granite-embed-multi-311m",
                                    "sarvam-moe", "whitespace"};

} // namespace

std::vector<StringRef> lfm2c::getPreTokenizerNames() {
  std::vector<StringRef> names;
  for (const Row &row : rows) {
    llvm::SmallVector<StringRef> split;
    StringRef(row.names).split(split, ' ');
    llvm::append_range(names, split);
  }
  llvm::sort(names);
  return names;
}

static std::vector<SplitStep> getSteps(const Row &row) {
  std::vector<SplitStep> steps;
  for (StringRef pattern : row.patterns)
    steps.push_back({pattern.str()});
  return steps;
}

/// Puts contractions as tokenizer.json spells them into `steps`; false where
/// there are none.
static bool spellContractions(std::vector<SplitStep> &steps) {
  static constexpr StringRef ours = CONTRACTION,
                             theirs = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  bool found = false;
  for (SplitStep &step : steps) {
    const size_t at = step.pattern.find(ours);
    if (at == std::string::npos)
      continue;
    step.pattern.replace(at, ours.size(), theirs);
    found = true;
  }
  return found;
}

static bool splitsLike(const Row &row, llvm::ArrayRef<SplitStep> steps) {
  std::vector<SplitStep> own = getSteps(row);
  return splitAlike(steps, own) ||
         (spellContractions(own) && splitAlike(steps, own));
}

llvm::Expected<std::optional<PreTokenizerName>>
lfm2c::findPreTokenizer(const TokenizerSpec &spec) {
  llvm::Expected<bool> matters = hasWordsBeyondMerges(spec);
  if (!matters)
    return matters.takeError();
  std::optional<PreTokenizerName> found;
  for (const Row &row : rows) {
    const bool exact =
        !*matters || bool(row.flags & IgnoreMerges) == spec.ignoreMerges;
    llvm::SmallVector<StringRef> names;
    StringRef(row.names).split(names, ' ');
    const bool isOwn = llvm::is_contained(names, spec.pre);
    const bool isBetter = !found || (exact && (!found->exact || isOwn));
    if (isBetter && splitsLike(row, spec.splits))
      found = {(isOwn ? StringRef(spec.pre) : names.front()).str(), exact};
  }
  return found;
}

/// The three known names that the fewest edits make `name` of.
static std::string nearest(StringRef name) {
  std::vector<StringRef> names = getPreTokenizerNames();
  llvm::sort(names, [&](StringRef a, StringRef b) {
    return std::pair(name.edit_distance(a), a) <
           std::pair(name.edit_distance(b), b);
  });
  names.resize(3);
  return llvm::join(names, ", ");
}

llvm::Error lfm2c::usePreTokenizer(StringRef name, StringRef where,
                                   TokenizerSpec &spec) {
  if (llvm::is_contained(otherKinds, name))
    return makeError("{0}: pre-tokenizer {1} is not supported: its tokens are "
                     "not bytes in GPT-2's form",
                     where, quoted(name));
  for (const Row &row : rows) {
    llvm::SmallVector<StringRef> names;
    StringRef(row.names).split(names, ' ');
    if (!llvm::is_contained(names, name))
      continue;
    spec.pre = name.str();
    spec.splits.clear();
    for (const char *pattern : row.patterns)
      spec.splits.push_back({pattern});
    spec.ignoreMerges = row.flags & IgnoreMerges;
    spec.addBos = row.flags & AddBos;
    return llvm::Error::success();
  }
  return makeError("{0}: pre-tokenizer {1} is not known; the nearest names are "
                   "{2}; --pre=NAME names one",
                   where, quoted(name), nearest(name));
}
