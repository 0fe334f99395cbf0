// Hugging Face directories, good and damaged in every way that has a message.

#include "HFDamage.h"
#include "frontends/gguf/GGUFFrontend.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

void editConfig(HFBuilder &builder, const char *from, const char *to) {
  builder.edit("config.json", from, to);
}

TinyTensor &tensorOf(HFBuilder &builder, llvm::StringRef name) {
  for (TinyTensor &tensor : builder.tensors)
    if (tensor.hfName == name)
      return tensor;
  abort();
}

void expectLikeGGUF(const HFBuilder &hf, bool moe) {
  TemporaryDirectory directory;
  auto fromHF = readBuilt(hf, directory);
  ASSERT_TRUE(bool(fromHF)) << llvm::toString(fromHF.takeError());
  std::vector<uint8_t> bytes = GGUFBuilder(moe).build();
  auto fromGGUF = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(fromGGUF)) << llvm::toString(fromGGUF.takeError());
  // The name of the split brings llama.cpp's spelling of it, and its flag.
  TokenizerSpec &named = (*fromGGUF)->tokenizer;
  EXPECT_TRUE(named.ignoreMerges);
  named.ignoreMerges = false;
  named.splits = (*fromHF)->tokenizer.splits;
  expectSame(**fromGGUF, **fromHF);
  EXPECT_TRUE((*fromHF)->warnings.empty()) << (*fromHF)->warnings.front();
}

TEST(Safetensors, DenseIsLikeGGUF) { expectLikeGGUF(HFBuilder(), false); }

TEST(Safetensors, ExpertsOneByOneAreLikeGGUF) {
  expectLikeGGUF(HFBuilder(/*moe=*/true), true);
}

TEST(Safetensors, StackedExpertsAreLikeGGUF) {
  expectLikeGGUF(HFBuilder(/*moe=*/true, /*stackedExperts=*/true), true);
}

TEST(Safetensors, ShardsAreLikeGGUF) {
  HFBuilder builder(/*moe=*/true);
  builder.packShards(5); // Splits the experts of a layer, too.
  expectLikeGGUF(builder, true);
}

TEST(Safetensors, NamesWithoutPrefixAreLikeGGUF) {
  HFBuilder builder;
  for (TinyTensor &tensor : builder.tensors)
    tensor.hfName = tensor.hfName.substr(strlen("model."));
  builder.pack();
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, OldKeysAreLikeGGUF) {
  HFBuilder builder;
  builder.edit("config.json",
               R"("rope_parameters": {"rope_theta": 1000000.0, )"
               R"("rope_type": "default"},)",
               R"("theta": 1000000.0,)");
  builder.edit("config.json", R"("tie_word_embeddings": true,)",
               R"("tie_embedding": true, "tie_word_embeddings": false,)");
  builder.edit("config.json", R"("layer_types": ["conv", "full_attention"],)",
               R"("full_attn_idxs": [1],)");
  // 2/3 of 100 is 66, and the next multiple of 32 is 96.
  builder.edit("config.json", R"("block_auto_adjust_ff_dim": false,)",
               R"("block_auto_adjust_ff_dim": true, "block_multiple_of": 32,
                  "block_ffn_dim_multiplier": 1.0, "block_ff_dim": 100,)");
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, MergesAsTextsAreLikeGGUF) {
  HFBuilder builder;
  builder.edit("tokenizer.json", R"([["a", "b"], ["ab", "c"]])",
               R"(["a b", "ab c"])");
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, TheTemplateOfTheTokenizerConfigCountsAlone) {
  HFBuilder builder;
  builder.files.erase("chat_template.jinja");
  builder.edit("tokenizer_config.json", "\"unused\"",
               R"([{"name": "other", "template": "x"},
                   {"name": "default", "template": "{{ bos_token }}"}])");
  expectLikeGGUF(builder, false);
}

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

class SafetensorsDamage : public testing::TestWithParam<HFChange> {};

TEST_P(SafetensorsDamage, IsRefusedInOneLine) { expectRefused(GetParam()); }

void setHeader(HFBuilder &builder, llvm::StringRef header,
               size_t dataBytes = 0) {
  Bytes out;
  out.u64(header.size());
  out.data.insert(out.data.end(), header.begin(), header.end());
  out.data.resize(out.data.size() + dataBytes);
  builder.files["model.safetensors"].assign(out.data.begin(), out.data.end());
}

const HFChange damages[] = {
    {"an adapter alone",
     [](HFBuilder &b) {
       b.files.erase("config.json");
       b.files["adapter_config.json"] = "{}";
     },
     "is an adapter (adapter_config.json) without its model; merge it into "
     "the model first (merge_and_unload() of PEFT)"},
    {"no config", [](HFBuilder &b) { b.files.erase("config.json"); },
     "has no config.json"},
    {"config is no JSON",
     [](HFBuilder &b) { b.files["config.json"] = "{hello"; }, "is not JSON"},
    {"config is a list", [](HFBuilder &b) { b.files["config.json"] = "[1]"; },
     "should hold a JSON object, '{...}'"},
    {"config is empty", [](HFBuilder &b) { b.files["config.json"] = ""; },
     "is not JSON"},
    {"config nests without end",
     [](HFBuilder &b) { b.files["config.json"] = std::string(100000, '['); },
     "nests more than 64 levels deep"},
    {"config with a million values",
     [](HFBuilder &b) {
       std::string text = "{\"x\": [0";
       for (int i = 0; i < 1000000; ++i)
         text += ",0";
       b.files["config.json"] = text + "]}";
     },
     "has more than 65536 values"},
    {"config key twice",
     [](HFBuilder &b) {
       editConfig(b, "\"vocab_size\": 40",
                  "\"vocab_size\": 40, "
                  "\"vocab_size\": 50");
     },
     "key 'vocab_size' occurs twice"},
    {"model type lfm3",
     [](HFBuilder &b) { editConfig(b, "\"lfm2_moe\"", "\"lfm3\""); },
     "model type 'lfm3' is not supported; supported are lfm2 and lfm2_moe"},
    {"no model type",
     [](HFBuilder &b) { editConfig(b, "\"model_type\"", "\"x\""); },
     "key 'model_type' is missing"},
    {"NaN epsilon", [](HFBuilder &b) { editConfig(b, "1e-05", "NaN"); },
     "config.json: key 'norm_eps' should be a number but is NaN"},
    {"epsilon 0", [](HFBuilder &b) { editConfig(b, "1e-05", "0"); },
     "epsilon of the norms"},
    {"epsilon is a string",
     [](HFBuilder &b) { editConfig(b, "1e-05", "\"small\""); },
     "key 'norm_eps' should be a number but is a string"},
    {"zero heads",
     [](HFBuilder &b) {
       editConfig(b, "\"num_attention_heads\": 2",
                  "\"num_attention_heads\": 0");
     },
     "head count must lie between 1 and 4096, but the checkpoint says 0 "
     "(num_attention_heads in config.json)"},
    {"a fraction of a head",
     [](HFBuilder &b) {
       editConfig(b, "\"num_attention_heads\": 2",
                  "\"num_attention_heads\": 1.5");
     },
     "should be an integer but is a number (1.5"},
    {"half a layer list",
     [](HFBuilder &b) {
       editConfig(b, "[\"conv\", \"full_attention\"]", "[\"conv\"]");
     },
     "layer_types should have an entry for each of the 2 layers but has 1"},
    {"unknown layer type",
     [](HFBuilder &b) { editConfig(b, "\"full_attention\"", "\"mamba\""); },
     "layer 1 has type 'mamba'"},
    {"too many layers",
     [](HFBuilder &b) {
       editConfig(b, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 5000");
     },
     "num_hidden_layers should lie between 1 and 4096 but is 5000"},
    {"attention index outside",
     [](HFBuilder &b) {
       editConfig(b, "\"layer_types\": [\"conv\", \"full_attention\"]",
                  "\"full_attn_idxs\": [2]");
     },
     "full_attn_idxs names layer 2"},
    {"convolution bias",
     [](HFBuilder &b) {
       editConfig(b, "\"conv_bias\": false", "\"conv_bias\": true");
     },
     "conv_bias is true"},
    {"positions scaled by the length of the text",
     [](HFBuilder &b) {
       editConfig(b, "\"rope_theta\": 1000000.0",
                  "\"rope_theta\": 1e6, \"rope_scaling\": {\"type\": "
                  "\"dynamic\"}");
     },
     "RoPE type 'dynamic' is not supported"},
    {"no experts",
     [](HFBuilder &b) {
       editConfig(b, "\"num_experts\": 4", "\"num_experts\": 0");
     },
     "num_experts should be 1 or more but is 0"},
    {"more experts used than there",
     [](HFBuilder &b) {
       editConfig(b, "\"num_experts_per_tok\": 2",
                  "\"num_experts_per_tok\": 5");
     },
     "count of experts used of layer 1 must lie between 1 and 4"},
    {"no weights", [](HFBuilder &b) { b.files.erase("model.safetensors"); },
     "has a config.json but no weights; expected a GGUF file or"},
    {"weights cut inside the length",
     [](HFBuilder &b) { b.files["model.safetensors"].resize(7); },
     "begins with 8 bytes of header length, but it has 7 bytes"},
    {"weights cut inside the header",
     [](HFBuilder &b) { b.files["model.safetensors"].resize(100); },
     "is cut short: its header should take"},
    {"weights cut inside the data",
     [](HFBuilder &b) {
       std::string &file = b.files["model.safetensors"];
       file.resize(file.size() - 1);
     },
     "is cut short: tensor"},
    {"bytes after the data",
     [](HFBuilder &b) { b.files["model.safetensors"] += "more"; },
     "4 bytes follow the last tensor"},
    {"header too long",
     [](HFBuilder &b) {
       for (int i = 4; i < 8; ++i)
         b.files["model.safetensors"][i] = '\xff';
     },
     "announces a header of 184467"},
    {"header is no JSON", [](HFBuilder &b) { setHeader(b, "{\"a\": }"); },
     "the header of"},
    {"header is no object", [](HFBuilder &b) { setHeader(b, "[]"); },
     "should hold a JSON object"},
    {"entry is a number", [](HFBuilder &b) { setHeader(b, "{\"a\": 1}"); },
     "tensor 'a' should be described by an object"},
    {"entry without type",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"shape": [], "data_offsets": [0, 0]}})");
     },
     "key 'dtype' is missing"},
    {"offsets backwards",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [4, 0]}})",
                 4);
     },
     "begin <= end"},
    {"offsets outside",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [2],
                        "data_offsets": [0, 8]}})",
                 4);
     },
     "takes bytes 0 to 8 of the data, but there are 4"},
    {"offsets near 2^63",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
          "data_offsets": [9223372036854775803, 9223372036854775807]}})",
                 4);
     },
     "is cut short"},
    {"offsets beyond 2^64",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [0, 18446744073709551620]}})",
                 4);
     },
     "should be a list of integers"},
    {"tensors overlap",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [0, 4]},
                        "b": {"dtype": "F32", "shape": [1],
                        "data_offsets": [2, 6]}})",
                 6);
     },
     "tensor 'b' overlaps the tensor before it"},
    {"gap between tensors",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [4, 8]}})",
                 8);
     },
     "tensor 'a' leaves a gap"},
    {"shape and offsets disagree",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [3],
                        "data_offsets": [0, 8]}})",
                 8);
     },
     "should take 12 bytes, but its data_offsets span 8"},
    {"shape beyond 2^63",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32",
                        "shape": [4611686018427387904, 4611686018427387904],
                        "data_offsets": [0, 8]}})",
                 8);
     },
     "no possible size"},
    {"tensor twice in the header",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [0, 4]},
                        "a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [0, 4]}})",
                 4);
     },
     "key 'a' occurs twice"},
    {"type F8",
     [](HFBuilder &b) {
       setHeader(b, R"({"lm_head.weight": {"dtype": "F8_E4M3", "shape": [4],
                        "data_offsets": [0, 4]}})",
                 4);
     },
     "tensor 'lm_head.weight' has type 'F8_E4M3', which is not supported; "
     "supported are F64, F32, F16 and BF16"},
    {"tensor missing",
     [](HFBuilder &b) {
       b.tensors.erase(b.tensors.begin() + 1);
       b.pack();
     },
     "tensor 'model.embedding_norm.weight' of shape [64] is missing from the "
     "checkpoint; get the whole checkpoint"},
    {"tensor under another name",
     [](HFBuilder &b) {
       tensorOf(b, "model.embedding_norm.weight").hfName =
           "model.final_norm.weight";
       b.pack();
     },
     "tensor 'model.embedding_norm.weight' of shape [64] is missing; there is "
     "'model.final_norm.weight', which has no place; rename it if it is the "
     "missing one, or get the whole checkpoint"},
    {"tensor of a layer under another name",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.operator_norm.weight").hfName =
           "model.layers.1.input_layernorm.weight";
       b.pack();
     },
     "tensor 'model.layers.1.operator_norm.weight' of shape [64] is missing; "
     "there is 'model.layers.1.input_layernorm.weight'"},
    {"weights of an adapter",
     [](HFBuilder &b) {
       TinyTensor lora = tensorOf(b, "model.embedding_norm.weight");
       lora.hfName = "base_model.model.model.layers.1.self_attn.q_proj."
                     "lora_A.default.weight";
       b.tensors.push_back(lora);
       b.pack();
     },
     "lora_A.default....' is of an adapter that is not merged into the "
     "weights; "
     "merge it first (merge_and_unload() of PEFT)"},
    {"a bias of the head",
     [](HFBuilder &b) {
       TinyTensor bias = tensorOf(b, "model.embedding_norm.weight");
       bias.hfName = "lm_head.bias";
       b.tensors.push_back(bias);
       b.pack();
     },
     "tensor 'lm_head.bias' has no place in this model; it is of a variant "
     "that is not supported"},
    {"more layers than the config says",
     [](HFBuilder &b) {
       TinyTensor norm = tensorOf(b, "model.layers.1.operator_norm.weight");
       norm.hfName = "model.layers.2.operator_norm.weight";
       b.tensors.push_back(norm);
       b.pack();
     },
     "tensor 'model.layers.2.operator_norm.weight' is of layer 2, but "
     "num_hidden_layers in config.json says that the last is 1"},
    {"expert missing",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.feed_forward.experts.1.w3.weight").hfName =
           "model.layers.1.feed_forward.experts.4.w3.weight";
       b.pack();
     },
     "expert 1 is missing, though "
     "'model.layers.1.feed_forward.experts.4.w3.weight' is there"},
    {"an expert of another shape",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.feed_forward.experts.1.w3.weight").shape = {
           64, 32};
       b.pack();
     },
     "should be like those of the other experts"},
    {"the bias of the experts missing",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.feed_forward.expert_bias").hfName = "other";
       b.pack();
     },
     "use_expert_bias is true, but tensor "
     "'model.layers.1.feed_forward.expert_bias' is missing"},
    {"shapes contradicting each other",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.0.conv.in_proj.weight").shape = {64, 192};
       b.pack();
     },
     "tensor 'model.layers.0.conv.in_proj.weight' should have shape [192, 64] "
     "but has [64, 192]"},
    {"a shard missing",
     [](HFBuilder &b) {
       b.packShards(8);
       b.files.erase("model-2.safetensors");
     },
     "model-2.safetensors is missing, though model.safetensors.index.json says "
     "it holds 8 tensors"},
    {"index that leaves the directory",
     [](HFBuilder &b) {
       b.packShards(8);
       b.edit("model.safetensors.index.json", "model-1.safetensors",
              "../model-1.safetensors");
     },
     "should be mapped to the name of a file in this directory"},
    {"index without map",
     [](HFBuilder &b) {
       b.packShards(8);
       b.files["model.safetensors.index.json"] = "{}";
     },
     "key 'weight_map' is missing"},
    {"tensor not in its shard",
     [](HFBuilder &b) {
       b.packShards(8);
       b.edit("model.safetensors.index.json", "embed_tokens", "lost_tokens");
     },
     "tensor 'model.lost_tokens.weight' is missing, though the index says it "
     "is there"},
    {"a negative hidden size",
     [](HFBuilder &b) {
       editConfig(b, "\"hidden_size\": 64", "\"hidden_size\": -5");
     },
     "hidden size must lie between 1 and"},
    {"true where a number belongs",
     [](HFBuilder &b) {
       editConfig(b, "\"use_expert_bias\": true", "\"use_expert_bias\": 1");
     },
     "key 'use_expert_bias' should be true or false but is a number (1"},
    {"number where text belongs",
     [](HFBuilder &b) { editConfig(b, "\"lfm2_moe\"", "2"); },
     "key 'model_type' should be a string but is a number (2"},
    {"classes that are no texts",
     [](HFBuilder &b) { editConfig(b, "[\"Lfm2MoeForCausalLM\"]", "[1]"); },
     "key 'architectures' should be a list of strings but is a list"},
    {"an adjustment that gives no size",
     [](HFBuilder &b) {
       b = HFBuilder();
       editConfig(b, "\"block_auto_adjust_ff_dim\": false",
                  "\"block_multiple_of\": 0");
     },
     "feed-forward size 96, block_ffn_dim_multiplier 1"},
    {"an end token beyond all",
     [](HFBuilder &b) {
       editConfig(b, "\"eos_token_id\": 4", "\"eos_token_id\": 4294967296");
     },
     "eos_token_id is 4294967296, which is no token"},
    {"sampling beyond reason",
     [](HFBuilder &b) {
       b.files["generation_config.json"] =
           R"({"do_sample": true, "temperature": -1})";
     },
     "the sampling's temperature must lie between 0 and 100, but the "
     "checkpoint says -1"},
    {"sampling of more tokens than there can be",
     [](HFBuilder &b) {
       b.files["generation_config.json"] =
           R"({"do_sample": true, "top_k": 4294967336})";
     },
     "top-k of sampling must lie between 0 and 2147483647, but the checkpoint "
     "says 4294967336"},
    {"a text file of 100 MB",
     [](HFBuilder &b) {
       b.files["chat_template.jinja"] = std::string(100 << 20, ' ');
     },
     "has 104857600 bytes, but at most"},
    {"an index without files",
     [](HFBuilder &b) {
       b.packShards(8);
       b.files["model.safetensors.index.json"] = R"({"weight_map": {}})";
     },
     "weight_map names no file"},
    {"a tensor of nine dimensions",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1,1,1,1,1,1,1,1,1],
                        "data_offsets": [0, 4]}})",
                 4);
     },
     "should have at most 8 dimensions but has 9"},
    {"an empty tensor",
     [](HFBuilder &b) {
       setHeader(b, R"({"lm_head.weight": {"dtype": "F32", "shape": [0],
                        "data_offsets": [0, 0]}})");
     },
     "tensor 'lm_head.weight' of shape [0] is empty or a scalar"},
    {"a tensor under two names",
     [](HFBuilder &b) {
       b.tensors.push_back(b.tensors[1]);
       b.tensors.back().hfName = "embedding_norm.weight";
       b.pack();
     },
     "tensor 'embedding_norm.weight' occurs twice in the checkpoint: "
     "'model.embedding_norm.weight' in "},
    {"an expert under two names",
     [](HFBuilder &b) {
       TinyTensor expert =
           tensorOf(b, "model.layers.1.feed_forward.experts.1.w3.weight");
       expert.hfName = "layers.1.feed_forward.experts.1.w3.weight";
       b.tensors.push_back(expert);
       b.pack();
     },
     "occurs twice in the checkpoint"},
    {"an expert that is a vector",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.feed_forward.experts.0.w1.weight").shape = {
           64 * 32};
       b.pack();
     },
     "should be a matrix but has shape [2048]"},
    {"stacked experts of an odd size",
     [](HFBuilder &b) {
       b = HFBuilder(/*moe=*/true, /*stackedExperts=*/true);
       tensorOf(b, "model.layers.1.feed_forward.experts.gate_up_proj").shape = {
           4, 1, 4096};
       b.pack();
     },
     "should have shape [experts, 2 * size, hidden] but has [4, 1, 4096]"},
};

INSTANTIATE_TEST_SUITE_P(All, SafetensorsDamage, testing::ValuesIn(damages));

TEST(Safetensors, NegativeIdsMeanNone) {
  HFBuilder builder;
  editConfig(builder, "\"pad_token_id\": 0", "\"pad_token_id\": -1");
  editConfig(builder, "\"eos_token_id\": 4", "\"eos_token_id\": [-1, 4]");
  builder.files["generation_config.json"] = R"({"pad_token_id": -1})";
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->tokenizer.eos, 4);
}

TEST(Safetensors, WholeNumbersMayBeWrittenAsFractions) {
  HFBuilder builder;
  editConfig(builder, "\"num_attention_heads\": 2",
             "\"num_attention_heads\": 2.0");
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, ContextsBeyondThePositionsAreLimited) {
  for (const char *length :
       {"2147483632", "2147483647", "9223372036854775807"}) {
    HFBuilder builder;
    editConfig(builder, "\"max_position_embeddings\": 1000",
               ("\"max_position_embeddings\": " + std::string(length)).c_str());
    TemporaryDirectory directory;
    auto read = readBuilt(builder, directory);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_EQ((*read)->config.contextLength, 1073741824);
    ASSERT_EQ((*read)->warnings.size(), 1u);
    EXPECT_EQ((*read)->warnings[0], "the metadata says a context of " +
                                        std::string(length) +
                                        " tokens; using 1073741824, the "
                                        "longest of a program");
  }
}

TEST(Safetensors, TopKBelowZeroIsOff) {
  HFBuilder builder;
  builder.files["generation_config.json"] =
      R"({"do_sample": true, "top_k": -1, "min_p": null, "top_p": null})";
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.sampling.topK, 0);
  EXPECT_EQ((*read)->config.sampling.topP, 1);
}

class SafetensorsLeniency : public testing::TestWithParam<HFChange> {};

TEST_P(SafetensorsLeniency, IsReadWithAWarning) {
  HFBuilder plain(/*moe=*/true), builder(/*moe=*/true);
  GetParam().apply(builder);
  TemporaryDirectory plainDirectory, directory;
  auto expected = readBuilt(plain, plainDirectory);
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(expected && read) << llvm::toString(read.takeError());
  expectSame((*expected)->config, (*read)->config);
  ASSERT_EQ((*read)->warnings.size(), 1u);
  EXPECT_NE((*read)->warnings[0].find(GetParam().expected), std::string::npos)
      << (*read)->warnings[0];
}

const HFChange leniencies[] = {
    {"a dense layer that has experts",
     [](HFBuilder &b) {
       editConfig(b, "\"num_dense_layers\": 1", "\"num_dense_layers\": 2");
     },
     "num_dense_layers in config.json says that layer 1 is dense, but "
     "'model.layers.1.feed_forward.experts.0.w1.weight' shows that it has 4 "
     "experts"},
    {"stacked experts in a dense layer",
     [](HFBuilder &b) {
       b = HFBuilder(/*moe=*/true, /*stackedExperts=*/true);
       editConfig(b, "\"num_dense_layers\": 1", "\"num_dense_layers\": 2");
     },
     "'model.layers.1.feed_forward.experts.gate_up_proj' shows that it has 4"},
    {"a layer of experts that is dense",
     [](HFBuilder &b) {
       editConfig(b, "\"num_dense_layers\": 1", "\"num_dense_layers\": 0");
     },
     "num_dense_layers in config.json says that layer 0 has experts, but "
     "'model.layers.0.feed_forward.w1.weight' shows that it is dense"},
    {"an adapter beside the model",
     [](HFBuilder &b) { b.files["adapter_config.json"] = "{}"; },
     "the adapter beside the model (adapter_config.json) is not applied"},
    {"a layer type too many",
     [](HFBuilder &b) {
       editConfig(b, "[\"conv\", \"full_attention\"]",
                  "[\"conv\", \"full_attention\", \"conv\"]");
     },
     "layer_types has 3 entries for 2 layers"},
    {"another feed-forward size",
     [](HFBuilder &b) {
       editConfig(b, "\"intermediate_size\": 96", "\"intermediate_size\": 7");
     },
     "intermediate_size in config.json says feed-forward size 7, but "
     "'model.layers.0.feed_forward.w1.weight' shows 96"},
    {"no list of layers",
     [](HFBuilder &b) {
       editConfig(b, "\"layer_types\": [\"conv\", \"full_attention\"],", "");
     },
     "the tensors of layer 0 are those of a convolution layer, which "
     "layer_types in config.json does not say"},
    {"fewer experts in the config",
     [](HFBuilder &b) {
       editConfig(b, "\"num_experts\": 4", "\"num_experts\": 3");
     },
     "expert count 3, but "
     "'model.layers.1.feed_forward.experts.0.w1.weight' shows 4"},
    {"no tokenizer", [](HFBuilder &b) { b.files.erase("tokenizer.json"); },
     "has no tokenizer"},
};

INSTANTIATE_TEST_SUITE_P(All, SafetensorsLeniency,
                         testing::ValuesIn(leniencies));

TEST(Safetensors, BiasOfExpertsIsLeftOutWhereTheConfigSaysSo) {
  HFBuilder builder(/*moe=*/true);
  editConfig(builder, "\"use_expert_bias\": true",
             "\"use_expert_bias\": false");
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_FALSE((*read)->config.layers[1].hasExpertBias);
  EXPECT_EQ((*read)->find("blk.1.exp_probs_b.bias"), nullptr);
}

TEST(Safetensors, GenerationConfigAddsStopsAndSampling) {
  HFBuilder builder;
  builder.files["generation_config.json"] =
      R"({"eos_token_id": [4, 9], "do_sample": true, "temperature": 0.7,
          "top_k": 11})";
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->tokenizer.stop, (std::vector<int32_t>{2, 4, 9}));
  EXPECT_EQ((*read)->config.sampling.temperature, 0.7);
  EXPECT_EQ((*read)->config.sampling.topK, 11);
}

TEST(Safetensors, AreCalledAsTheirRepositoryInTheCacheOfTheHub) {
  HFBuilder builder;
  TemporaryDirectory directory;
  const std::string folder = directory.file(
      "models--LiquidAI--LFM2.5-1.2B-Thinking/snapshots/0a1b2c3d");
  ASSERT_FALSE(llvm::sys::fs::create_directories(folder));
  builder.write(folder);
  auto read = readCheckpoint(folder);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.name, "LFM2.5-1.2B-Thinking");
  EXPECT_EQ((*read)->config.sampling.temperature, 0.05);
}

TEST(Safetensors, SnapshotsOfSomebodyElseAreCalledAsTheirFolder) {
  HFBuilder builder;
  TemporaryDirectory directory;
  const std::string folder = directory.file("training/snapshots/step-100");
  ASSERT_FALSE(llvm::sys::fs::create_directories(folder));
  builder.write(folder);
  auto read = readCheckpoint(folder);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.name, "step-100");
}

TEST(Safetensors, AdjustsTheFeedForwardSizeAsTheFamilyDoes) {
  // Sizes as published: what the config says, and what the tensors have.
  const int64_t sizes[][2] = {{6656, 4608}, {10240, 6912}, {12288, 8192}};
  for (const auto &size : sizes) {
    HFBuilder builder;
    editConfig(builder, "\"block_auto_adjust_ff_dim\": false,", "");
    editConfig(builder, "\"intermediate_size\": 96",
               ("\"intermediate_size\": " + std::to_string(size[0])).c_str());
    TemporaryDirectory directory;
    auto read = readBuilt(builder, directory);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    // The tiny tensors disagree, of course; the warning shows the number.
    ASSERT_EQ((*read)->warnings.size(), 1u);
    EXPECT_NE((*read)->warnings[0].find("feed-forward size " +
                                        std::to_string(size[1]) + ","),
              std::string::npos)
        << (*read)->warnings[0];
  }
}

} // namespace
