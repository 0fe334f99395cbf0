// A model over the fake library, for one test.
#ifndef LFM2C_TEST_UNIT_ENGINE_FIXTURE_H
#define LFM2C_TEST_UNIT_ENGINE_FIXTURE_H

#include "lib/Engine/Failure.h"
#include "lib/Engine/Generation.h"
#include "lib/Engine/Scheduler.h"
#include "test/unit/Runtime/FakeArchive.h"

#include "gtest/gtest.h"

#include <cstdio>
#include <dlfcn.h>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace engine {

class Engine : public testing::Test {
protected:
  Engine() {
    char name[] = "/tmp/engineXXXXXX";
    close(mkstemp(name));
    weights = name;
    const std::vector<uint8_t> archive = fake::makeArchive();
    std::ofstream(weights, std::ios::binary)
        .write(reinterpret_cast<const char *>(archive.data()),
               std::streamsize(archive.size()));
    model = lfm2e::Model::open(LFM2_FAKE_LIBRARY, {weights, ""});
  }
  ~Engine() override { std::remove(weights.c_str()); }

  /// Ids that differ from those of other seeds from the first on.
  static std::vector<int32_t> ids(uint32_t count, uint32_t seed) {
    std::vector<int32_t> tokens(count);
    for (uint32_t i = 0; i < count; ++i)
      tokens[i] = int32_t(fake::mix(seed, i) % 256);
    return tokens;
  }

  /// What is drawn depends on all tokens before, and on the seed.
  static lfm2e::Request request(std::vector<int32_t> prompt, uint32_t most,
                                uint32_t seed = 1) {
    lfm2e::Request request;
    request.prompt = std::move(prompt);
    request.most = most;
    request.ignoresStop = true;
    request.sampling.values.temperature = 9;
    request.sampling.values.top_p = request.sampling.values.repeat_penalty = 1;
    request.sampling.values.typical_p = 1;
    request.sampling.values.top_n_sigma = -1;
    request.sampling.values.seed = seed;
    return request;
  }

  /// The tokens that a conversation by itself draws.
  std::vector<int32_t> alone(const lfm2e::Request &request) {
    lfm2rt_context_options options = {};
    options.tokens = 512;
    options.threads = 1;
    lfm2e::Context context(model, options);
    lfm2e::Generation generation(context, request);
    std::vector<int32_t> drawn, next = request.prompt;
    for (;;) {
      lfm2rt_error error;
      EXPECT_EQ(model->api().eval(context.get(), next.data(),
                                  uint32_t(next.size()), nullptr, &error),
                LFM2RT_OK);
      const lfm2e::Event event = generation.draw();
      next.clear();
      for (const lfm2e::Drawn &token : event.tokens)
        next.push_back(token.token);
      drawn.insert(drawn.end(), next.begin(), next.end());
      if (event.finish != lfm2e::Finish::None)
        return drawn;
    }
  }

  struct Answer {
    std::vector<int32_t> tokens;
    std::string text;
    lfm2e::Finish finish = lfm2e::Finish::None;
    std::string message;
    lfm2e::Usage usage;
  };
  static Answer read(lfm2e::Stream &stream) {
    Answer answer;
    lfm2e::Event event;
    while (stream.next(event)) {
      EXPECT_EQ(answer.finish, lfm2e::Finish::None)
          << "an event behind the last";
      for (const lfm2e::Drawn &drawn : event.tokens)
        answer.tokens.push_back(drawn.token);
      for (const lfm2e::Piece &piece : event.pieces)
        answer.text += piece.text;
      answer.finish = event.finish;
      answer.message = event.message;
    }
    answer.usage = stream.usage();
    return answer;
  }

  /// From now on a step takes 2 ms or more, so that a test can act while an
  /// answer is made. To be called before a scheduler is opened.
  static void slowSteps() {
    using Hook = void (*)(const lfm2_step *, int32_t);
    void *library = dlopen(LFM2_FAKE_LIBRARY, RTLD_NOW | RTLD_NOLOAD);
    // fake::inStep, as C++ names it.
    auto *hook = static_cast<Hook *>(dlsym(library, "_ZN4fake6inStepE"));
    ASSERT_NE(hook, nullptr);
    *hook = [](const lfm2_step *, int32_t thread) {
      if (thread == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    };
    dlclose(library);
  }

  std::unique_ptr<lfm2e::Scheduler>
  open(uint32_t parallel = 8, uint32_t queue = 512, uint64_t budget = 1 << 30) {
    lfm2e::Scheduler::Settings settings;
    settings.context = 512;
    settings.threads = 2;
    settings.parallel = parallel;
    settings.queue = queue;
    settings.contextBudget = budget;
    return lfm2e::Scheduler::create(model, settings);
  }

  std::string weights;
  std::shared_ptr<lfm2e::Model> model;
};

} // namespace engine

#endif // LFM2C_TEST_UNIT_ENGINE_FIXTURE_H
