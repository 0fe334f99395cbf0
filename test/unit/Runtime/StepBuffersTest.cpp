// What a step on a device reads and leaves, and where.
#include "runtime/device/StepBuffers.h"

#include "gtest/gtest.h"

#include <cstring>
#include <vector>

using namespace lfm2rt;

namespace {

class StepBuffersTest : public testing::Test {
protected:
  StepBuffersTest() {
    program.vocabulary = 100;
    program.hidden = 4;
    program.vector = 3;
    program.outputs =
        LFM2_OUTPUT_LOGITS | LFM2_OUTPUT_HIDDEN | LFM2_OUTPUT_VECTORS;
    layOut();
  }
  void layOut() {
    buffers.layOut(program, {0, 0, /*tokens=*/16, /*runs=*/5, /*logits=*/7});
    inputs.assign(buffers.inputBytes(), 0xa5);
  }
  lfm2_device_step write(const lfm2_step &step) {
    buffers.writeInputs(inputs.data(), at, step);
    lfm2_device_step block;
    std::memcpy(&block, inputs.data(), sizeof(block));
    return block;
  }
  template <typename T> std::vector<T> behind(uint64_t address, size_t count) {
    EXPECT_LE(address - at.inputs + count * sizeof(T), inputs.size());
    std::vector<T> values(count);
    std::memcpy(values.data(), inputs.data() + (address - at.inputs),
                count * sizeof(T));
    return values;
  }

  lfm2_program program = {};
  StepBuffers buffers;
  std::vector<uint8_t> inputs;
  const StepBuffers::Addresses at = {1 << 20, 2 << 20, 3 << 20, 4 << 20};
};

TEST_F(StepBuffersTest, AStepOfOneTokenIsItsFields) {
  const int32_t token = 42;
  lfm2_step step = {};
  step.state = reinterpret_cast<uint8_t *>(uintptr_t(5 << 20));
  step.tokens = &token;
  step.count = 1;
  step.position = 9;
  step.context = 32;
  const lfm2_device_step block = write(step);
  EXPECT_EQ(block.weights, at.weights);
  EXPECT_EQ(block.scratch, at.scratch);
  EXPECT_EQ(block.state, uint64_t(5 << 20));
  EXPECT_EQ(behind<int32_t>(block.tokens, 1)[0], 42);
  EXPECT_EQ(block.count, 1);
  EXPECT_EQ(block.position, 9);
  EXPECT_EQ(block.context, 32);
  EXPECT_EQ(block.num_logits, 0);
  for (uint64_t address : {block.embeddings, block.hidden, block.vectors,
                           block.runs, block.token_runs, block.logit_tokens})
    EXPECT_EQ(address, 0u);
  StepBuffers::Result list[StepBuffers::mostResults];
  EXPECT_EQ(buffers.listResults(list, step), 0u);
}

TEST_F(StepBuffersTest, RunsAndResultsAreListed) {
  const std::vector<int32_t> tokens = {1, 2, 3}, tokenRuns = {0, 0, 1},
                             logitTokens = {1, 2};
  const lfm2_run runs[] = {{0, 2, 7, 16, -64}, {2, 1, 0, 32, 128}};
  float logits[200], hidden[12], vectors[6];
  lfm2_step step = {};
  step.tokens = tokens.data();
  step.count = 3;
  step.runs = runs;
  step.num_runs = 2;
  step.token_runs = tokenRuns.data();
  step.logit_tokens = logitTokens.data();
  step.num_logits = 2;
  step.logits = logits;
  step.hidden = hidden;
  step.vectors = vectors;
  const lfm2_device_step block = write(step);
  EXPECT_EQ(behind<int32_t>(block.tokens, 3), tokens);
  EXPECT_EQ(behind<int32_t>(block.token_runs, 3), tokenRuns);
  EXPECT_EQ(behind<int32_t>(block.logit_tokens, 2), logitTokens);
  EXPECT_EQ(behind<lfm2_run>(block.runs, 2)[1].state, 128);
  EXPECT_EQ(block.num_runs, 2);
  StepBuffers::Result list[StepBuffers::mostResults];
  ASSERT_EQ(buffers.listResults(list, step), 3u);
  const void *to[] = {logits, hidden, vectors};
  const uint64_t bytes[] = {sizeof(logits), sizeof(hidden), sizeof(vectors)},
                 addresses[] = {block.logits, block.hidden, block.vectors};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(list[i].to, to[i]);
    EXPECT_EQ(list[i].bytes, bytes[i]);
    EXPECT_EQ(at.results + list[i].offset, addresses[i]);
    EXPECT_EQ(addresses[i] % 256, 0u);
    EXPECT_LE(list[i].offset + list[i].bytes, buffers.resultBytes());
  }
  program.outputs = LFM2_OUTPUT_TOKEN_VECTORS;
  layOut();
  step.logits = step.hidden = nullptr;
  ASSERT_EQ(buffers.listResults(list, step), 1u);
  EXPECT_EQ(list[0].bytes, 3 * 3 * sizeof(float));
}

TEST_F(StepBuffersTest, OfRowsOnlyThoseOfTheStepAreTaken) {
  const std::vector<int32_t> tokens = {-3, 5, -1, -3};
  std::vector<float> rows(5 * program.hidden);
  for (size_t i = 0; i < rows.size(); ++i)
    rows[i] = float(i);
  lfm2_step step = {};
  step.tokens = tokens.data();
  step.count = 4;
  step.embeddings = rows.data();
  const lfm2_device_step block = write(step);
  EXPECT_EQ(behind<int32_t>(block.tokens, 4),
            (std::vector<int32_t>{-1, 5, -2, -3}));
  EXPECT_EQ(behind<float>(block.embeddings, 12),
            (std::vector<float>{8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11}));
}

} // namespace
