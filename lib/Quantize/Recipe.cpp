#include "lib/Quantize/Recipe.h"

#include "lib/Quantize/EncodeRow.h"
#include "lib/Quantize/RecipeWords.h"
#include "lib/Support/Error.h"
#include "lib/Support/MappedFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

/// No recipe is larger, by far.
static constexpr uint64_t maxRecipeBytes = 1 << 20;

static const char presetText[] =
#include "lib/Quantize/Presets.inc"
    ;

static Error parseRule(StringRef text, StringRef name, unsigned line,
                       RecipeRule &rule) {
  auto [pattern, rest] = text.split(' ');
  const StringRef format = rest.trim();
  if (format.empty() || format.contains(' '))
    return makeError("{0}:{1}: expected a pattern and a format, as in 'head "
                     "q6_k', found {2}",
                     name, line, quoted(text));
  const std::optional<Format> found = formatFromName(format);
  if (!found || !canEncode(*found))
    return makeError("{0}:{1}: {2} {3}; expected one of {4}", name, line,
                     found ? "nothing here encodes" : "unknown format",
                     quoted(format), encodableFormatNames());
  auto [what, layers] = pattern.split('@');
  rule.pattern = what.str();
  rule.layers = layers.str();
  rule.format = *found;
  rule.line = line;
  if (pattern.contains('@') && !isLayerWord(layers))
    return makeError("{0}:{1}: expected layers as edges, first2, last1/8, 3 or "
                     "3-5 behind '@', found {2}",
                     name, line, quoted(layers));
  if (isRoleWord(what))
    return Error::success();
  llvm::Expected<llvm::GlobPattern> glob =
      llvm::GlobPattern::create(rule.pattern, /*MaxSubPatterns=*/1024);
  if (!glob)
    return makeError("{0}:{1}: cannot read the pattern {2}: {3}", name, line,
                     quoted(what), llvm::toString(glob.takeError()));
  rule.glob = std::move(*glob);
  return Error::success();
}

llvm::Expected<Recipe> lfm2c::parseRecipe(StringRef text, StringRef name) {
  Recipe recipe;
  recipe.name = name.str();
  recipe.text = text.str();
  text.consume_front("\xEF\xBB\xBF"); // As some editors begin a file.
  unsigned line = 0;
  while (!text.empty()) {
    auto [own, rest] = text.split('\n');
    text = rest;
    ++line;
    std::string words = own.split('#').first.trim().str();
    std::replace(words.begin(), words.end(), '\t', ' ');
    if (words.empty())
      continue;
    if (Error error = parseRule(words, name, line, recipe.rules.emplace_back()))
      return error;
  }
  if (recipe.rules.empty())
    return makeError("{0}: expected lines with a pattern and a format, as in "
                     "'* q4_k', found none",
                     name);
  return recipe;
}

namespace {
struct PresetTable {
  std::vector<Preset> presets;
  std::vector<StringRef> texts;

  PresetTable() {
    StringRef all = presetText;
    for (all = all.split("\n[").second; !all.empty();) {
      auto [own, rest] = all.split("\n[");
      auto [head, rules] = own.split('\n');
      auto [name, description] = head.split("] ");
      presets.push_back({name, description});
      texts.push_back(rules);
      all = rest;
    }
  }
};
} // namespace

static const PresetTable &presetTable() {
  static const PresetTable table;
  return table;
}

llvm::ArrayRef<Preset> lfm2c::listPresets() { return presetTable().presets; }

std::string lfm2c::presetNames() {
  std::vector<StringRef> names;
  for (const Preset &preset : listPresets())
    names.push_back(preset.word);
  return llvm::join(names, ", ");
}

Error lfm2c::checkRecipeWord(StringRef word) {
  std::vector<StringRef> names = {"keep"};
  for (const Preset &preset : listPresets())
    names.push_back(preset.word);
  if (llvm::is_contained(names, word) || llvm::sys::fs::exists(word))
    return Error::success();
  return makeError("unknown --quantize={0}{1}; expected keep, one of {2}, or a "
                   "file with a recipe",
                   word, nearestNames(word, names), presetNames());
}

llvm::Expected<Recipe> lfm2c::findRecipe(StringRef word) {
  const PresetTable &table = presetTable();
  for (size_t i = 0; i < table.presets.size(); ++i)
    if (table.presets[i].word == word) {
      llvm::Expected<Recipe> recipe = parseRecipe(table.texts[i], word);
      if (recipe)
        recipe->isPreset = true;
      return recipe;
    }
  if (Error error = checkRecipeWord(word))
    return error;
  auto file = MappedFile::open(word);
  if (!file)
    return file.takeError();
  const llvm::ArrayRef<uint8_t> bytes = (*file)->bytes();
  if (bytes.size() > maxRecipeBytes)
    return makeError("{0}: expected a recipe, lines with a pattern and a "
                     "format, found {1} bytes",
                     word, bytes.size());
  return parseRecipe(llvm::toStringRef(bytes), word);
}

Format lfm2c::fallBack(Format wanted, int64_t columns) {
  auto fits = [&](Format format) {
    return columns % getFormatInfo(format).blockElements == 0;
  };
  if (fits(wanted))
    return wanted;
  const StringRef name = getFormatInfo(wanted).name;
  const StringRef smaller = llvm::StringSwitch<StringRef>(name)
                                .Cases({"q2_k", "q3_k"}, "q4_0")
                                .Case("q4_k", "q5_0")
                                .Case("q5_k", "q5_1")
                                .Case("q6_k", "q8_0")
                                .StartsWith("iq", "iq4_nl")
                                .Default("");
  const std::optional<Format> found = formatFromName(smaller);
  return found && canEncode(*found) && fits(*found) ? *found : Format::F16;
}
