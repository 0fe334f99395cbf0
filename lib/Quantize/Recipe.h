// Which format each weight gets: lines of a pattern and a format.
//
//   # Comments and empty lines count for nothing.
//   head              q6_k     a word for a role
//   ffn_down@edges    q6_k     in some layers only
//   blk.3.attn_*      q8_0     a canonical name (GGUF's), with * ? [a-z] {a,b}
//   *                 q4_k     all others
//
// The first line whose pattern fits a weight decides; a weight that none fits
// stays as it is. The words:
//
//   embedding, head            token_embd; output, or token_embd where it is
//   tied in_proj, out_proj          of the short convolutions attention attn_q,
//   attn_k, attn_v and attn_output feed_forward, experts      gate, up and
//   down; of dense layers, of experts ffn_gate, ffn_up, ffn_down of both;
//   attn_q ... attn_output alone
//
// The layers, counted among those that have a weight that the pattern fits:
//
//   @edges      the first eighth, the last eighth, each third one between them
//   @firstN     the first N; @first1/N: the first of N parts; @lastN, @last1/N
//   @N, @N-M    layers by number, blk.N to blk.M

#ifndef LFM2C_LIB_QUANTIZE_RECIPE_H
#define LFM2C_LIB_QUANTIZE_RECIPE_H

#include "lib/Quantize/RecipeWords.h"
#include "lib/Weights/Format.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/GlobPattern.h"
#include <string>
#include <vector>

namespace lfm2c {

struct RecipeRule {
  std::string pattern; ///< a word or a name, without what follows @
  std::string layers;  ///< what follows @, or empty
  Format format;
  unsigned line;
  std::optional<llvm::GlobPattern> glob; ///< where it is no word
};

struct Recipe {
  std::string name; ///< of the preset, or the path of the file
  std::string text; ///< as it was parsed
  bool isPreset = false;
  std::vector<RecipeRule> rules;
};

struct Preset {
  llvm::StringRef word, description;
};
/// All presets, in the order of Presets.recipes.
llvm::ArrayRef<Preset> listPresets();
/// Their names, ", " between.
std::string presetNames();

/// Fails where `word` is neither "keep" nor a preset nor a file.
llvm::Error checkRecipeWord(llvm::StringRef word);
/// The preset `word`, or else the recipe in the file of that name. Errors name
/// file and line.
llvm::Expected<Recipe> findRecipe(llvm::StringRef word);
/// The recipe in `text`, which comes from `name`.
llvm::Expected<Recipe> parseRecipe(llvm::StringRef text, llvm::StringRef name);

/// For each weight the rule that decides, or null. Fails where a line of a
/// recipe that is no preset fits no weight.
llvm::Expected<std::vector<const RecipeRule *>>
applyRecipe(const Recipe &recipe, llvm::ArrayRef<WeightFacts> weights);

/// What a weight gets in place of `wanted` if rows of `columns` are no whole
/// blocks of it: as llama-quantize, a format of smaller blocks, or f16.
Format fallBack(Format wanted, int64_t columns);

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_RECIPE_H
