// Many conversations in common steps.
#include "test/unit/Engine/Fixture.h"

#include <thread>

using namespace engine;
using namespace lfm2e;
using std::chrono::milliseconds;

namespace {

class Scheduling : public Engine {};

TEST_F(Scheduling, EachAnswerIsWhatItIsAlone) {
  auto scheduler = open();
  std::vector<Request> requests;
  std::vector<std::unique_ptr<Stream>> streams;
  for (uint32_t i = 0; i < 40; ++i) {
    requests.push_back(request(ids(1 + i * 5, i), 1 + i % 30, i));
    streams.push_back(scheduler->submit(requests.back()));
  }
  for (size_t i = 0; i < requests.size(); ++i) {
    const Answer answer = read(*streams[i]);
    EXPECT_EQ(answer.tokens, alone(requests[i])) << i;
    EXPECT_EQ(answer.finish, Finish::Length);
    EXPECT_EQ(answer.usage.promptTokens, requests[i].prompt.size());
    EXPECT_EQ(answer.usage.madeTokens, requests[i].most);
  }
  const Counters counters = scheduler->counters();
  EXPECT_EQ(counters.requests, 40u);
  EXPECT_GT(counters.tokensInSteps, counters.steps) << "nothing was shared";
}

TEST_F(Scheduling, AnAnswerEndsWhereItIsSaidTo) {
  auto scheduler = open();
  Request greedy = request(ids(3, 1), 200);
  greedy.sampling.values.temperature = 0;
  greedy.stops = {"w\xc3\xb6r", "never"};
  Answer answer = read(*scheduler->submit(greedy));
  EXPECT_EQ(answer.finish, Finish::Stop);
  EXPECT_EQ(answer.text.find("w\xc3\xb6r"), std::string::npos);
  EXPECT_FALSE(answer.text.empty());

  greedy.stops.clear();
  greedy.ignoresStop = false;
  answer = read(*scheduler->submit(greedy));
  EXPECT_EQ(answer.finish, Finish::Stop);
  EXPECT_EQ(answer.tokens.back(), fake::stopToken);

  greedy.ignoresStop = true;
  greedy.most = UINT32_MAX;
  answer = read(*scheduler->submit(greedy));
  EXPECT_EQ(answer.finish, Finish::Context);
  // The last one is drawn, and need not be read.
  EXPECT_EQ(answer.tokens.size(), 512u - 3 + 1);

  greedy.most = 0;
  answer = read(*scheduler->submit(greedy));
  EXPECT_EQ(answer.finish, Finish::Length);
  EXPECT_TRUE(answer.tokens.empty());
}

TEST_F(Scheduling, ABeginningThatWasReadIsNotReadAgain) {
  auto scheduler = open();
  std::vector<int32_t> prompt = ids(200, 1);
  const Request first = request(prompt, 4);
  EXPECT_EQ(read(*scheduler->submit(first)).usage.cachedTokens, 0u);
  // The same: all but its last token, as far as a mark goes.
  Answer answer = read(*scheduler->submit(first));
  EXPECT_GE(answer.usage.cachedTokens, 192u);
  EXPECT_EQ(answer.tokens, alone(first));
  // The conversation goes on.
  prompt.insert(prompt.end(), answer.tokens.begin(), answer.tokens.end() - 1);
  for (int32_t id : ids(30, 2))
    prompt.push_back(id);
  const Request second = request(prompt, 4);
  answer = read(*scheduler->submit(second));
  EXPECT_GE(answer.usage.cachedTokens, 192u);
  EXPECT_EQ(answer.tokens, alone(second));
  // Another one of the same beginning, and then again the one before: both are
  // kept.
  std::vector<int32_t> other(prompt.begin(), prompt.begin() + 70);
  for (int32_t id : ids(60, 3))
    other.push_back(id);
  const Request third = request(other, 4);
  answer = read(*scheduler->submit(third));
  EXPECT_GE(answer.usage.cachedTokens, 64u);
  EXPECT_EQ(answer.tokens, alone(third));
  answer = read(*scheduler->submit(second));
  EXPECT_GE(answer.usage.cachedTokens, 192u);
  EXPECT_EQ(answer.tokens, alone(second));
  EXPECT_GT(scheduler->counters().cachedTokens, 600u);
}

TEST_F(Scheduling, WhatManyBeginWithIsReadOnce) {
  auto scheduler = open();
  const std::vector<int32_t> beginning = ids(400, 1);
  std::vector<Request> requests;
  std::vector<std::unique_ptr<Stream>> streams;
  for (uint32_t i = 0; i < 6; ++i) {
    std::vector<int32_t> prompt = beginning;
    for (int32_t id : ids(5, 10 + i))
      prompt.push_back(id);
    requests.push_back(request(prompt, 3, i));
    streams.push_back(scheduler->submit(requests.back()));
  }
  uint64_t readTokens = 0;
  for (size_t i = 0; i < requests.size(); ++i) {
    const Answer answer = read(*streams[i]);
    EXPECT_EQ(answer.tokens, alone(requests[i])) << i;
    readTokens += answer.usage.promptTokens - answer.usage.cachedTokens;
  }
  EXPECT_LT(readTokens, 405u + 5 * 150);
}

TEST_F(Scheduling, KeptContextsStayWithinTheBudget) {
  lfm2rt_context_options options = {};
  options.tokens = 300;
  options.threads = 1;
  options.marks = 5;
  const uint64_t one = model->api().context_size(&model->model(), &options);
  auto scheduler = open(4, 512, 3 * one);
  for (uint32_t i = 0; i < 12; ++i) {
    const Request asked = request(ids(200, i), 50, i);
    EXPECT_EQ(read(*scheduler->submit(asked)).tokens, alone(asked));
    EXPECT_LE(scheduler->counters().contextBytes, 3 * one);
  }
  // One that needs more than all is made alone.
  const Request large = request(ids(500, 99), 10);
  EXPECT_EQ(read(*scheduler->submit(large)).tokens, alone(large));
}

TEST_F(Scheduling, CancelledAnswersEndAndOthersGoOn) {
  slowSteps();
  auto scheduler = open();
  auto left = scheduler->submit(request(ids(10, 1), 400));
  auto dropped = scheduler->submit(request(ids(10, 2), 400));
  const Request asked = request(ids(10, 3), 200);
  auto stays = scheduler->submit(asked);
  Event event;
  ASSERT_TRUE(left->next(event));
  left->cancel();
  dropped.reset();
  const Answer answer = read(*left);
  EXPECT_EQ(answer.finish, Finish::Cancelled);
  EXPECT_LT(answer.tokens.size(), 400u);
  EXPECT_FALSE(left->next(event));
  EXPECT_FALSE(left->next(event, milliseconds(1)));
  EXPECT_EQ(read(*stays).tokens, alone(asked));
  EXPECT_EQ(scheduler->counters().cancelled, 2u);
}

TEST_F(Scheduling, WhatCannotBeDoneIsRefused) {
  auto scheduler = open();
  auto refused = [&](Request asked) -> std::string {
    try {
      scheduler->submit(std::move(asked));
    } catch (const Failure &failure) {
      return failure.what();
    }
    return "";
  };
  EXPECT_EQ(refused(request({}, 1)),
            "expected a prompt of at least one token, found none");
  EXPECT_EQ(refused(request(ids(513, 1), 1)),
            "expected a prompt of at most 512 tokens, as a conversation has "
            "room for, found 513; shorten it, or use a larger context");
  EXPECT_EQ(refused(request({1, 300}, 1)),
            "expected ids of 0 ... 299, found 300");
  EXPECT_EQ(refused(request({-1}, 1)), "expected ids of 0 ... 299, found -1");
  // As many as there is room for.
  const Answer answer = read(*scheduler->submit(request(ids(512, 1), 9)));
  EXPECT_EQ(answer.finish, Finish::Context);
  EXPECT_EQ(answer.tokens.size(), 1u);

  Scheduler::Settings settings;
  settings.context = 1 << 30;
  EXPECT_THROW(Scheduler::create(model, settings), Failure);
}

TEST_F(Scheduling, AFullQueueRefuses) {
  slowSteps();
  auto scheduler = open(1, 2);
  auto first = scheduler->submit(request(ids(10, 1), 500));
  Event event;
  ASSERT_TRUE(first->next(event)); // It no longer waits.
  auto second = scheduler->submit(request(ids(10, 2), 1));
  auto third = scheduler->submit(request(ids(10, 3), 1));
  try {
    scheduler->submit(request(ids(10, 4), 1));
    ADD_FAILURE() << "a third one waits";
  } catch (const QueueFull &full) {
    EXPECT_STREQ(full.what(), "expected at most 2 requests that wait, found "
                              "one more; try again later");
  }
  first->cancel();
  EXPECT_EQ(read(*second).finish, Finish::Length);
  EXPECT_EQ(read(*third).finish, Finish::Length);
}

TEST_F(Scheduling, TheEndWaitsForAnswersAsLongAsItIsTold) {
  slowSteps();
  auto scheduler = open(2);
  auto stream = scheduler->submit(request(ids(10, 1), 100));
  scheduler->finish(milliseconds(60000));
  EXPECT_EQ(read(*stream).tokens.size(), 100u);
  EXPECT_THROW(scheduler->submit(request(ids(10, 1), 1)), QueueFull);

  scheduler = open(1);
  auto runs = scheduler->submit(request(ids(10, 1), 500));
  auto waits = scheduler->submit(request(ids(10, 2), 500));
  Event event;
  ASSERT_TRUE(runs->next(event));
  scheduler->finish(milliseconds(0));
  EXPECT_EQ(read(*runs).finish, Finish::Cancelled);
  EXPECT_EQ(read(*waits).message, "the model is being closed");
}

// Threads that ask, read slowly, and leave at any moment.
TEST_F(Scheduling, ManyThreadsAskAtOnce) {
  auto scheduler = open(6, 1000, 1 << 20);
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < 6; ++i) {
        Request asked = request(ids(5 + 40 * (i % 3), t % 3), 8 + t, i);
        asked.client = std::to_string(t % 4);
        auto stream = scheduler->submit(asked);
        if ((t + i) % 5 == 0)
          continue; // Its reader has left.
        if ((t + i) % 5 == 1)
          stream->cancel();
        const Answer answer = read(*stream);
        if ((t + i) % 5 == 1)
          continue;
        EXPECT_EQ(answer.tokens, alone(asked));
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  scheduler->finish(milliseconds(10000));
  const Counters counters = scheduler->counters();
  EXPECT_EQ(counters.requests, 48u);
  EXPECT_EQ(counters.failed, 0u);
  EXPECT_EQ(counters.running + counters.waiting, 0u);
}

} // namespace
