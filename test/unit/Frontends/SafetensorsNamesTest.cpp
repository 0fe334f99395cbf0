// Names of tensors in Hugging Face directories: prefixes of what wraps a model,
// heads, parts of other models, other names and shapes for the same.

#include "HFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

TEST(Safetensors, AHeadEqualToTheEmbeddingIsTied) {
  HFBuilder builder;
  builder.tensors.push_back(builder.tensors[0]);
  builder.tensors.back().hfName = "lm_head.weight";
  builder.pack();
  expectLikeGGUF(builder, false);
}

/// Reads what must be read, and gives its only warning.
std::unique_ptr<Checkpoint> readWarned(const HFBuilder &builder,
                                       TemporaryDirectory &directory,
                                       const std::string &warning) {
  auto read = readBuilt(builder, directory);
  if (!read) {
    ADD_FAILURE() << llvm::toString(read.takeError());
    return nullptr;
  }
  EXPECT_EQ((*read)->warnings, std::vector<std::string>{warning});
  return std::move(*read);
}

TEST(Safetensors, AHeadThatDiffersFromTheEmbeddingIsUsed) {
  HFBuilder builder;
  builder.tensors.push_back(builder.tensors[0]);
  builder.tensors.back().hfName = "lm_head.weight";
  builder.tensors.back().bytes[2] ^= 1;
  builder.pack();
  TemporaryDirectory directory;
  auto read = readWarned(
      builder, directory,
      "config.json says that 'lm_head.weight' and 'model.embed_tokens.weight' "
      "are tied, but they differ; using both, as transformers 5 does");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->config.tiedHead);
  EXPECT_NE(read->find("output.weight"), nullptr);
}

TEST(Safetensors, ATiedHeadAloneIsTheEmbeddingToo) {
  HFBuilder builder;
  builder.tensors[0].hfName = "lm_head.weight";
  builder.pack();
  TemporaryDirectory directory;
  auto read = readWarned(
      builder, directory,
      "there is no 'model.embed_tokens.weight', but config.json says that it "
      "is tied to 'lm_head.weight', which is used for both");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->config.tiedHead);
  EXPECT_NE(read->find("token_embd.weight"), nullptr);
  EXPECT_EQ(read->find("output.weight"), nullptr);
}

/// The name with `prefix` in place of "model.".
void setPrefix(HFBuilder &builder, llvm::StringRef prefix) {
  for (TinyTensor &tensor : builder.tensors)
    tensor.hfName = prefix.str() + tensor.hfName.substr(strlen("model."));
  builder.pack();
}

TEST(Safetensors, WhatWrapsAModelIsNoPartOfItsNames) {
  for (const char *prefix :
       {"_orig_mod.model.", "module.model.", "module._orig_mod.model.",
        "base_model.model.model.", "model.language_model.",
        "language_model.model.", "_orig_mod.model.language_model.",
        "anything.else."}) {
    HFBuilder builder(/*moe=*/true);
    setPrefix(builder, prefix);
    expectLikeGGUF(builder, true);
  }
}

TEST(Safetensors, WrappersOfOneLayerAreNoPartOfItsNames) {
  HFBuilder builder;
  for (TinyTensor &tensor : builder.tensors)
    if (llvm::StringRef(tensor.hfName).starts_with("model.layers.1."))
      tensor.hfName.insert(strlen("model.layers.1."), "_orig_mod.");
  builder.pack();
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, AHeadOutsideOfThePrefixIsFound) {
  for (const char *head : {"lm_head.weight", "_orig_mod.lm_head.weight",
                           "_orig_mod.model.lm_head.weight"}) {
    HFBuilder builder;
    editConfig(builder, "\"tie_word_embeddings\": true",
               "\"tie_word_embeddings\": false");
    builder.tensors.push_back(builder.tensors[0]);
    setPrefix(builder, "_orig_mod.model.language_model.");
    builder.tensors.back().hfName = head;
    builder.pack();
    TemporaryDirectory directory;
    auto read = readBuilt(builder, directory);
    ASSERT_TRUE(bool(read)) << head << llvm::toString(read.takeError());
    EXPECT_FALSE((*read)->config.tiedHead);
    EXPECT_TRUE((*read)->warnings.empty()) << (*read)->warnings.front();
  }
}

TEST(Safetensors, OtherPartsOfAModelAreLeftOutInOneWarning) {
  HFBuilder builder;
  setPrefix(builder, "model.language_model.");
  TinyTensor other = builder.tensors[1];
  for (const char *name :
       {"model.vision_tower.vision_model.encoder.layers.0.self_attn.q_proj."
        "weight",
        "model.vision_tower.vision_model.encoder.layers.0.self_attn.k_proj."
        "weight",
        "model.multi_modal_projector.linear_1.bias",
        "model.language_model.rotary_emb.inv_freq",
        "model.language_model.layers.1.self_attn.rotary_emb.inv_freq"}) {
    other.hfName = name;
    builder.tensors.push_back(other);
  }
  builder.pack();
  TemporaryDirectory directory;
  readWarned(builder, directory,
             "5 tensors are no part of the text model and were left out: "
             "'language_model' (2), 'multi_modal_projector' (1), "
             "'vision_tower' (2)");
}

TEST(Safetensors, ModelsThatSeeHoldTheTextModelsConfig) {
  for (const char *type : {"lfm2_vl", "lfm2-vl"}) {
    HFBuilder builder;
    const std::string start =
        "{\"model_type\": \"" + std::string(type) + "\", ";
    const std::string text = builder.files["config.json"];
    builder.files["config.json"] = start + "\"text_config\": " + text + "}";
    TemporaryDirectory directory;
    auto read = readBuilt(builder, directory);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_EQ((*read)->config.hidden, 64);
    builder.edit("config.json", "\"hidden_size\": 64", "\"hidden_size\": []");
    EXPECT_NE(errorOf(readBuilt(builder, directory))
                  .find("config.json, text_config: key 'hidden_size' should be "
                        "an integer but is a list"),
              std::string::npos);
    builder.files["config.json"] = start + "\"x\": " + text + "}";
    EXPECT_NE(errorOf(readBuilt(builder, directory))
                  .find("config.json: key 'text_config' is missing"),
              std::string::npos);
  }
}

TEST(Safetensors, ErrorsSpellNamesAsTheFolderWould) {
  HFBuilder builder;
  setPrefix(builder, "model.language_model.");
  builder.tensors.erase(builder.tensors.begin() + 2);
  builder.pack();
  TemporaryDirectory directory;
  EXPECT_NE(errorOf(readBuilt(builder, directory))
                .find("tensor 'model.language_model.layers.0.operator_norm."
                      "weight' of shape [64] is missing from the checkpoint"),
            std::string::npos);
}

TEST(Safetensors, TheFilterOfChannelsLastIsTheSame) {
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{64, 3, 1}, std::vector<int64_t>{64, 3}}) {
    HFBuilder builder;
    tensorOf(builder, "model.layers.0.conv.conv.weight").shape = shape;
    builder.pack();
    expectLikeGGUF(builder, false);
  }
}

TEST(Safetensors, DoublesAreReadAsFloats) {
  HFBuilder builder;
  for (const char *name : {"model.embedding_norm.weight",
                           "model.layers.0.feed_forward.w1.weight"}) {
    TinyTensor &tensor = tensorOf(builder, name);
    tensor.bytes = asDoubles(tensor.bytes);
    tensor.type = 28;
  }
  builder.pack();
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, MatricesCalledAsMLXDoesAreFound) {
  HFBuilder builder;
  const std::pair<const char *, const char *> names[] = {
      {"w1.", "gate_proj."}, {"w2.", "down_proj."}, {"w3.", "up_proj."}};
  for (TinyTensor &tensor : builder.tensors)
    for (const auto &[from, to] : names)
      if (size_t at = tensor.hfName.find(from); at != std::string::npos)
        tensor.hfName.replace(at, strlen(from), to);
  builder.pack();
  expectLikeGGUF(builder, false);
}

} // namespace
