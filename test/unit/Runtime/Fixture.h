// A model, its weights and contexts over the fake program, for one test.
#ifndef LFM2C_TEST_UNIT_RUNTIME_FIXTURE_H
#define LFM2C_TEST_UNIT_RUNTIME_FIXTURE_H

#include "runtime/include/lfm2rt/lfm2rt.h"
#include "test/unit/Runtime/FakeArchive.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace fake {

/// Memory at a multiple of 4096 that is full of what no code may rely on.
class Memory {
public:
  explicit Memory(uint64_t bytes)
      : bytes((bytes + 4095) / 4096 * 4096),
        start(std::aligned_alloc(4096, this->bytes)) {
    std::memset(start, 0xa5, this->bytes);
  }
  Memory(const Memory &) = delete;
  ~Memory() { std::free(start); }
  void *get() const { return start; }
  const uint64_t bytes;

private:
  void *start;
};

class Context {
public:
  Context(const lfm2rt_model &model, const lfm2rt_weights &weights,
          uint32_t tokens, uint32_t threads,
          lfm2rt_parallel_fn parallel = nullptr, uint32_t turns = 0,
          uint32_t marks = 0, uint32_t drafts = 0) {
    lfm2rt_context_options options = {};
    options.tokens = tokens;
    options.threads = threads;
    options.parallel = parallel;
    options.turns = turns;
    options.marks = marks;
    options.drafts = drafts;
    memory = std::make_unique<Memory>(lfm2rt_context_size(&model, &options));
    lfm2rt_error error = {};
    EXPECT_EQ(lfm2rt_context_create(&context, &weights, &options, memory->get(),
                                    memory->bytes, &error),
              LFM2RT_OK)
        << error.message;
    lfm2rt_sampling greedy = {};
    greedy.top_p = greedy.repeat_penalty = 1;
    lfm2rt_set_sampling(context, &greedy);
  }
  Context(const Context &) = delete;
  ~Context() { lfm2rt_context_destroy(context); }
  operator lfm2rt_context *() const { return context; }

  /// Reads, in one call, and returns the logits of every token.
  std::vector<float> eval(const std::vector<int32_t> &tokens) {
    std::vector<float> logits(tokens.size() * vocabulary);
    lfm2rt_error error = {};
    EXPECT_EQ(lfm2rt_eval(context, tokens.data(), uint32_t(tokens.size()),
                          logits.data(), &error),
              LFM2RT_OK)
        << error.message;
    return logits;
  }
  std::vector<float> lastLogits() const {
    const float *logits = lfm2rt_logits(context);
    return logits ? std::vector<float>(logits, logits + vocabulary)
                  : std::vector<float>();
  }
  std::vector<int32_t> generate(const std::vector<int32_t> &prompt,
                                uint32_t most, uint32_t flags = 0) {
    std::vector<int32_t> ids;
    lfm2rt_error error = {};
    auto add = [](int32_t token, void *user) {
      static_cast<std::vector<int32_t> *>(user)->push_back(token);
      return 0;
    };
    EXPECT_EQ(lfm2rt_generate_tokens(context, prompt.data(),
                                     uint32_t(prompt.size()), most, flags, add,
                                     &ids, &error),
              LFM2RT_OK)
        << error.message;
    return ids;
  }

private:
  std::unique_ptr<Memory> memory;
  lfm2rt_context *context = nullptr;
};

class Runtime : public testing::Test {
protected:
  Runtime() : bytes(makeArchive()), archive(bytes.size()) {
    std::memcpy(archive.get(), bytes.data(), bytes.size());
    EXPECT_EQ(lfm2rt_model_open(&model, &program, &error), LFM2RT_OK)
        << error.message;
    EXPECT_EQ(lfm2rt_weights_open_memory(&weights, &model, archive.get(),
                                         bytes.size(), &error),
              LFM2RT_OK)
        << error.message;
  }
  ~Runtime() override {
    beforeBarrier = nullptr;
    inStep = nullptr;
  }

  /// Ids without meaning, the same for the same arguments.
  static std::vector<int32_t> someTokens(size_t count, uint32_t seed = 1) {
    std::vector<int32_t> ids(count);
    for (int32_t &id : ids)
      id = int32_t((seed = seed * 1664525u + 1013904223u) >> 8) %
           int32_t(vocabulary);
    return ids;
  }
  testing::AssertionResult failed(const char *part) const {
    return std::strstr(error.message, part) ? testing::AssertionSuccess()
                                            : testing::AssertionFailure()
                                                  << error.message << " lacks "
                                                  << part;
  }

  std::vector<uint8_t> bytes;
  Memory archive;
  lfm2rt_model model = {};
  lfm2rt_weights weights = {};
  lfm2rt_error error = {};
};

} // namespace fake

#endif // LFM2C_TEST_UNIT_RUNTIME_FIXTURE_H
