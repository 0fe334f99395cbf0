// Two checkpoints held against each other, whatever files they came from.

#ifndef LFM2C_TEST_UNIT_FRONTENDS_EQUALITY_H
#define LFM2C_TEST_UNIT_FRONTENDS_EQUALITY_H

#include "lib/Weights/Checkpoint.h"
#include "gtest/gtest.h"

namespace lfm2c::test {

inline std::string errorOf(llvm::Expected<std::unique_ptr<Checkpoint>> result) {
  return result ? "" : llvm::toString(result.takeError());
}

inline void expectSame(const EmbeddingConfig &a, const EmbeddingConfig &b) {
  EXPECT_EQ(a.pooling, b.pooling);
  EXPECT_EQ(a.hasVectors, b.hasVectors);
  EXPECT_EQ(a.perToken, b.perToken);
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.projections, b.projections);
  EXPECT_EQ(a.normalize, b.normalize);
  EXPECT_EQ(a.hasLogits, b.hasLogits);
  EXPECT_EQ(a.prompts, b.prompts);
  EXPECT_EQ(a.defaultPrompt, b.defaultPrompt);
  EXPECT_EQ(a.includePrompt, b.includePrompt);
  EXPECT_EQ(a.skipIds, b.skipIds);
  EXPECT_EQ(a.maxTokens, b.maxTokens);
}

inline void expectSame(const ModelConfig &a, const ModelConfig &b) {
  EXPECT_EQ(a.architecture, b.architecture);
  EXPECT_EQ(a.hidden, b.hidden);
  EXPECT_EQ(a.vocab, b.vocab);
  EXPECT_EQ(a.heads, b.heads);
  EXPECT_EQ(a.headSize, b.headSize);
  EXPECT_EQ(a.convTaps, b.convTaps);
  EXPECT_EQ(a.contextLength, b.contextLength);
  EXPECT_FLOAT_EQ(a.normEps, b.normEps); // GGUF holds it in f32.
  EXPECT_EQ(a.ropeTheta, b.ropeTheta);
  EXPECT_EQ(a.causal, b.causal);
  EXPECT_EQ(a.tiedHead, b.tiedHead);
  EXPECT_EQ(a.normTopK, b.normTopK);
  EXPECT_EQ(a.routedScale, b.routedScale);
  expectSame(a.embedding, b.embedding);
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (size_t i = 0; i < a.layers.size(); ++i) {
    EXPECT_EQ(a.layers[i].kind, b.layers[i].kind);
    EXPECT_EQ(a.layers[i].kvHeads, b.layers[i].kvHeads);
    EXPECT_EQ(a.layers[i].ffnSize, b.layers[i].ffnSize);
    EXPECT_EQ(a.layers[i].experts, b.layers[i].experts);
    EXPECT_EQ(a.layers[i].expertsUsed, b.layers[i].expertsUsed);
    EXPECT_EQ(a.layers[i].hasExpertBias, b.layers[i].hasExpertBias);
  }
}

inline void expectSame(const TokenizerSpec &a, const TokenizerSpec &b) {
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.types, b.types);
  EXPECT_EQ(a.merges, b.merges);
  EXPECT_EQ(a.bos, b.bos);
  EXPECT_EQ(a.eos, b.eos);
  EXPECT_EQ(a.pad, b.pad);
  EXPECT_EQ(a.stop, b.stop);
  EXPECT_EQ(a.addBos, b.addBos);
  EXPECT_EQ(a.end, b.end);
  EXPECT_EQ(a.ignoreMerges, b.ignoreMerges);
  EXPECT_EQ(a.pre, b.pre);
  ASSERT_EQ(a.splits.size(), b.splits.size());
  for (size_t i = 0; i < a.splits.size(); ++i) {
    EXPECT_EQ(a.splits[i].pattern, b.splits[i].pattern);
    EXPECT_EQ(a.splits[i].behavior, b.splits[i].behavior);
    EXPECT_EQ(a.splits[i].invert, b.splits[i].invert);
  }
  EXPECT_EQ(a.chatTemplate, b.chatTemplate);
  ASSERT_EQ(a.added.size(), b.added.size());
  for (size_t i = 0; i < a.added.size(); ++i) {
    EXPECT_EQ(a.added[i].id, b.added[i].id);
    EXPECT_EQ(a.added[i].content, b.added[i].content);
    EXPECT_EQ(a.added[i].special, b.added[i].special);
  }
}

inline void expectSame(const Tensor &a, const Tensor &b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.format, b.format);
  ASSERT_EQ(a.shape, b.shape);
  RowBuffer left, right;
  for (int64_t row = 0; row < a.rows(); ++row)
    ASSERT_EQ(llvm::ArrayRef(a.readRow(row, left), a.rowBytes()),
              llvm::ArrayRef(b.readRow(row, right), b.rowBytes()))
        << a.name << " row " << row;
}

/// Everything but the names of model and files.
inline void expectSame(const Checkpoint &a, const Checkpoint &b) {
  expectSame(a.config, b.config);
  expectSame(a.tokenizer, b.tokenizer);
  EXPECT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto &entry : a.tensors) {
    const Tensor *other = b.find(entry.first());
    ASSERT_NE(other, nullptr) << entry.first().str();
    expectSame(entry.second, *other);
  }
}

} // namespace lfm2c::test

#endif // LFM2C_TEST_UNIT_FRONTENDS_EQUALITY_H
