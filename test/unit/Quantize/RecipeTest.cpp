// Recipes: what words, patterns and layers mean, and what presets choose.

#include "lib/Quantize/Recipe.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

/// The matrices of a model whose layers 2, 5, 8, ... have attention, layers
/// below `dense` no experts.
std::vector<WeightFacts> makeWeights(int layers, int dense, bool tied) {
  std::vector<WeightFacts> weights = {{"token_embd.weight", true, tied}};
  if (!tied)
    weights.push_back({"output.weight", false, true});
  for (int i = 0; i < layers; ++i) {
    const std::string prefix = "blk." + std::to_string(i) + ".";
    std::vector<const char *> leaves = {"shortconv.in_proj",
                                        "shortconv.out_proj"};
    if (i % 3 == 2)
      leaves = {"attn_q", "attn_k", "attn_v", "attn_output"};
    for (const char *leaf : leaves)
      weights.push_back({prefix + leaf + ".weight"});
    for (const char *leaf : {"ffn_gate", "ffn_up", "ffn_down"})
      weights.push_back(
          {prefix + leaf + (i < dense ? "" : "_exps") + ".weight"});
  }
  return weights;
}

/// Names of the weights that get `format`, without "blk." and ".weight".
std::string chosen(const Recipe &recipe, llvm::ArrayRef<WeightFacts> weights,
                   llvm::StringRef format) {
  auto rules = applyRecipe(recipe, weights);
  if (!rules)
    return llvm::toString(rules.takeError());
  std::string names;
  for (size_t i = 0; i < weights.size(); ++i)
    if ((*rules)[i] && getFormatInfo((*rules)[i]->format).name == format) {
      llvm::StringRef name = weights[i].name;
      name.consume_front("blk.");
      name.consume_back(".weight");
      names += (names.empty() ? "" : " ") + name.str();
    }
  return names;
}

std::string chosenBy(llvm::StringRef pattern) {
  const std::vector<WeightFacts> weights = makeWeights(6, 3, false);
  auto recipe = parseRecipe((pattern + " q8_0").str(), "r");
  return recipe ? chosen(*recipe, weights, "q8_0")
                : llvm::toString(recipe.takeError());
}

} // namespace

TEST(RecipeTest, WordsAreRoles) {
  EXPECT_EQ(chosenBy("embedding"), "token_embd");
  EXPECT_EQ(chosenBy("head"), "output");
  EXPECT_EQ(chosenBy("attention"), "2.attn_q 2.attn_k 2.attn_v 2.attn_output "
                                   "5.attn_q 5.attn_k 5.attn_v 5.attn_output");
  EXPECT_EQ(chosenBy("in_proj"), "0.shortconv.in_proj 1.shortconv.in_proj "
                                 "3.shortconv.in_proj 4.shortconv.in_proj");
  EXPECT_EQ(chosenBy("out_proj@0"), "0.shortconv.out_proj");
  EXPECT_EQ(chosenBy("feed_forward@1-2"), "1.ffn_gate 1.ffn_up 1.ffn_down "
                                          "2.ffn_gate 2.ffn_up 2.ffn_down");
  EXPECT_EQ(chosenBy("experts@5"),
            "5.ffn_gate_exps 5.ffn_up_exps 5.ffn_down_exps");
  EXPECT_EQ(chosenBy("ffn_down"), "0.ffn_down 1.ffn_down 2.ffn_down "
                                  "3.ffn_down_exps 4.ffn_down_exps "
                                  "5.ffn_down_exps");
}

TEST(RecipeTest, TheHeadOfATiedModelIsItsEmbedding) {
  const std::vector<WeightFacts> weights = makeWeights(1, 1, true);
  auto recipe = parseRecipe("embedding q4_0\nhead q8_0\n", "r");
  ASSERT_TRUE(bool(recipe));
  recipe->isPreset = true; // The first line fits nothing then.
  EXPECT_EQ(chosen(*recipe, weights, "q8_0"), "token_embd");
  EXPECT_EQ(chosen(*recipe, weights, "q4_0"), "");
}

TEST(RecipeTest, PatternsMatchNames) {
  EXPECT_EQ(chosenBy("blk.5.attn_v.weight"), "5.attn_v");
  EXPECT_EQ(chosenBy("blk.5.attn_v"), "5.attn_v");
  EXPECT_EQ(chosenBy("*attn_[kv]"), "2.attn_k 2.attn_v 5.attn_k 5.attn_v");
  EXPECT_EQ(chosenBy("*.{in_proj,attn_q}.weight@last1"), "5.attn_q");
}

TEST(RecipeTest, LayersAreCountedAmongThoseThatFit) {
  EXPECT_EQ(chosenBy("attn_v@first1"), "2.attn_v");
  EXPECT_EQ(chosenBy("attn_v@last1/2"), "5.attn_v");
  EXPECT_EQ(chosenBy("attn_v@edges"), "5.attn_v");
  // Of 16: two at each end, and each third one between.
  const std::vector<WeightFacts> weights = makeWeights(16, 16, true);
  auto recipe = parseRecipe("ffn_down@edges q6_k", "r");
  ASSERT_TRUE(bool(recipe));
  EXPECT_EQ(chosen(*recipe, weights, "q6_k"),
            "0.ffn_down 1.ffn_down 4.ffn_down 7.ffn_down 10.ffn_down "
            "13.ffn_down 14.ffn_down 15.ffn_down");
}

TEST(RecipeTest, EveryPresetIsARecipe) {
  EXPECT_GE(listPresets().size(), 12u);
  const std::vector<WeightFacts> weights = makeWeights(6, 3, false);
  for (const Preset &preset : listPresets()) {
    EXPECT_FALSE(preset.description.empty()) << preset.word.str();
    auto recipe = findRecipe(preset.word);
    ASSERT_TRUE(bool(recipe)) << llvm::toString(recipe.takeError());
    auto rules = applyRecipe(*recipe, weights);
    ASSERT_TRUE(bool(rules)) << llvm::toString(rules.takeError());
    for (size_t i = 0; i < weights.size(); ++i)
      EXPECT_NE((*rules)[i], nullptr)
          << preset.word.str() << " leaves " << weights[i].name;
  }
}

TEST(RecipeTest, FallsBackAsLlamaQuantize) {
  EXPECT_EQ(fallBack(Format::Q4_K, 512), Format::Q4_K);
  EXPECT_EQ(fallBack(Format::Q4_K, 288), Format::Q5_0);
  EXPECT_EQ(fallBack(Format::Q5_K, 288), Format::Q5_1);
  EXPECT_EQ(fallBack(Format::Q6_K, 288), Format::Q8_0);
  EXPECT_EQ(fallBack(Format::Q3_K, 288), Format::Q4_0);
  EXPECT_EQ(fallBack(Format::IQ4_XS, 288), Format::IQ4_NL);
  EXPECT_EQ(fallBack(Format::Q4_K, 40), Format::F16);
  EXPECT_EQ(fallBack(Format::Q4_0, 40), Format::F16);
}
