// The tiny checkpoint as a bidirectional model, with what sentence-transformers
// and PyLate put around it.

#ifndef LFM2C_TEST_UNIT_FRONTENDS_STBUILDER_H
#define LFM2C_TEST_UNIT_FRONTENDS_STBUILDER_H

#include "HFDamage.h"

namespace lfm2c::test {

/// A model without a head: nothing around it yet.
inline HFBuilder bidirectional(const char *name = "Lfm2BidirectionalModel") {
  HFBuilder builder;
  editConfig(builder, "Lfm2ForCausalLM", name);
  return builder;
}

inline std::string moduleText(llvm::StringRef folder, llvm::StringRef type) {
  return ("{\"idx\": 0, \"name\": \"0\", \"path\": \"" + folder +
          "\", \"type\": \"" + type + "\"}")
      .str();
}

/// The weights of a projection: zeros.
inline std::string denseWeights(int64_t outputs, int64_t inputs,
                                const char *name = "linear.weight") {
  return packSafetensors({{"",
                           name,
                           {outputs, inputs},
                           std::vector<uint8_t>(outputs * inputs * 4)}});
}

/// A vector of 8 elements for each text: the first token's, through 16.
inline HFBuilder embedder() {
  HFBuilder b = bidirectional();
  b.files["modules.json"] =
      "[" + moduleText("", "sentence_transformers.models.Transformer") + ", " +
      moduleText("1_Pooling", "sentence_transformers.models.Pooling") + ", " +
      moduleText("2_Dense", "sentence_transformers.models.Dense") + ", " +
      moduleText("3_Dense", "sentence_transformers.models.Dense") + "]";
  b.files["1_Pooling/config.json"] =
      R"({"word_embedding_dimension": 64, "pooling_mode_cls_token": true,
          "pooling_mode_mean_tokens": false, "include_prompt": true})";
  const char rest[] =
      R"("bias": false,
         "activation_function": "torch.nn.modules.linear.Identity"})";
  b.files["2_Dense/config.json"] =
      std::string(R"({"in_features": 64, "out_features": 16, )") + rest;
  b.files["3_Dense/config.json"] =
      std::string(R"({"in_features": 16, "out_features": 8, )") + rest;
  b.files["2_Dense/model.safetensors"] = denseWeights(16, 64);
  b.files["3_Dense/model.safetensors"] = denseWeights(8, 16);
  b.files["config_sentence_transformers.json"] =
      R"({"prompts": {"query": "ask: ", "document": ""},
          "default_prompt_name": "query", "similarity_fn_name": "cosine"})";
  b.files["sentence_bert_config.json"] =
      R"({"max_seq_length": 77, "do_lower_case": false})";
  return b;
}

/// A vector of 8 elements for each token, with a prefix and tokens to skip.
inline HFBuilder lateInteraction() {
  HFBuilder b = embedder();
  b.files["modules.json"] =
      "[" + moduleText("", "sentence_transformers.models.Transformer") + ", " +
      moduleText("1_Dense", "pylate.models.Dense.Dense") + "]";
  b.files["1_Dense/config.json"] =
      R"({"in_features": 64, "out_features": 8, "bias": false})";
  b.files["1_Dense/model.safetensors"] = denseWeights(8, 64);
  b.files["config_sentence_transformers.json"] =
      R"({"prompts": {"query": "", "document": "text "},
          "query_prefix": "<think>", "document_prefix": "<|im_start|>",
          "query_length": 32, "document_length": 300,
          "do_query_expansion": false, "skiplist_words": ["z", "a", "?", "z"],
          "similarity_fn_name": "MaxSim"})";
  return b;
}

} // namespace lfm2c::test

#endif // LFM2C_TEST_UNIT_FRONTENDS_STBUILDER_H
