// Weights meet the lines of a recipe.
#include "lib/Quantize/Recipe.h"
#include "lib/Support/Error.h"
#include "lib/Weights/TensorNames.h"
#include "llvm/ADT/StringExtras.h"
#include <set>

using namespace lfm2c;
using llvm::StringRef;

static bool fits(const RecipeRule &rule, const WeightFacts &weight) {
  if (!rule.glob)
    return hasRole(weight, rule.pattern);
  StringRef name = weight.name;
  return rule.glob->match(name) ||
         (name.consume_back(".weight") && rule.glob->match(name));
}

/// Of each weight, whether the rule fits it.
static std::vector<bool> findFitting(const RecipeRule &rule,
                                     llvm::ArrayRef<WeightFacts> weights) {
  std::vector<bool> fitting(weights.size());
  std::set<int64_t> layers;
  for (size_t i = 0; i < weights.size(); ++i)
    if (fits(rule, weights[i])) {
      fitting[i] = true;
      layers.insert(splitTensorName(weights[i].name, "blk.").layer);
    }
  layers.erase(-1);
  if (rule.layers.empty())
    return fitting;
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto at = layers.find(splitTensorName(weights[i].name, "blk.").layer);
    fitting[i] = fitting[i] && at != layers.end() &&
                 isAmong(rule.layers, *at, std::distance(layers.begin(), at),
                         int64_t(layers.size()));
  }
  return fitting;
}

static llvm::Error fitsNone(const Recipe &recipe, const RecipeRule &rule,
                            llvm::ArrayRef<WeightFacts> weights) {
  std::vector<StringRef> names;
  for (const WeightFacts &weight : weights)
    names.push_back(weight.name);
  const std::string pattern =
      rule.layers.empty() ? rule.pattern : rule.pattern + "@" + rule.layers;
  return makeError("{0}:{1}: the pattern {2} fits none of the {3} matrices of "
                   "the model{4}; remove the line, or name one of them, as {5}",
                   recipe.name, rule.line, quoted(pattern), weights.size(),
                   nearestNames(rule.pattern, names),
                   names.empty() ? "there is none" : quoted(names.front()));
}

llvm::Expected<std::vector<const RecipeRule *>>
lfm2c::applyRecipe(const Recipe &recipe, llvm::ArrayRef<WeightFacts> weights) {
  std::vector<const RecipeRule *> chosen(weights.size());
  for (const RecipeRule &rule : recipe.rules) {
    const std::vector<bool> fitting = findFitting(rule, weights);
    bool any = false;
    for (size_t i = 0; i < weights.size(); ++i) {
      any |= fitting[i];
      if (fitting[i] && !chosen[i])
        chosen[i] = &rule;
    }
    if (!any && !recipe.isPreset)
      return fitsNone(recipe, rule, weights);
  }
  return chosen;
}
