// The small parts of the scheduler.
#include "lib/Engine/FairQueue.h"
#include "lib/Engine/StepPace.h"
#include "lib/Engine/StopText.h"

#include "gtest/gtest.h"

using namespace lfm2e;

namespace {

std::string feed(StopText &text, const std::vector<std::string> &pieces) {
  std::string shown;
  for (const std::string &piece : pieces)
    shown += text.add(piece) + "|";
  return shown + text.flush();
}

TEST(StopText, HoldsBackWhatMayBecomeAStop) {
  StopText text({"END", "\n\n"});
  EXPECT_EQ(feed(text, {"a", "bE", "N", "x\n", "y\n", "\nz"}),
            "a|b||ENx|\ny||");
  EXPECT_TRUE(text.hasStopped());
}

TEST(StopText, TheFirstStopCounts) {
  StopText text({"cd", "abc", ""});
  EXPECT_EQ(feed(text, {"xabcd"}), "x|");
  StopText held({"abcabd"});
  EXPECT_EQ(feed(held, {"abcab", "cab", "e"}), "|abc|abcabe|");
  EXPECT_FALSE(held.hasStopped());
}

TEST(StopText, ShowsWholeCharacters) {
  StopText text({});
  EXPECT_EQ(feed(text, {"\xf0\x9f", "\x98", "\x80\xc3", "\xa9!"}),
            "||\xf0\x9f\x98\x80|\xc3\xa9!|");
  // What is no UTF-8 is not held back for ever.
  EXPECT_EQ(feed(text, {"\xff", "\x80\x80\x80\x80", "\xc3"}),
            "\xff|\x80\x80\x80\x80||\xc3");
  StopText stop({"\xc3\xa9x"});
  EXPECT_EQ(feed(stop, {"a\xc3", "\xa9", "y"}), "a||\xc3\xa9y|");
}

TEST(FairQueue, ClientsTakeTurns) {
  FairQueue<int> queue;
  for (int i : {1, 2, 3})
    queue.push("a", i);
  queue.push("b", 10);
  queue.push("c", 20);
  EXPECT_EQ(queue.size(), 5u);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 10);
  queue.putBack("b", 10);
  EXPECT_EQ(queue.pop(), 10);
  EXPECT_EQ(queue.pop(), 20);
  EXPECT_EQ(queue.pop(), 2);
  queue.putBack("a", 2);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), 3);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(FairQueue, GivesUpThoseThatAreGone) {
  FairQueue<int> queue;
  for (int i : {1, 2, 3, 4})
    queue.push("a", i);
  queue.push("b", 10);
  auto isEven = [](int i) { return i % 2 == 0; };
  EXPECT_EQ(queue.takeIf(isEven), (std::vector<int>{2, 4, 10}));
  EXPECT_EQ(queue.takeIf(isEven), std::vector<int>());
  EXPECT_EQ(queue.size(), 2u);
  queue.push("b", 11);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 11);
  EXPECT_EQ(queue.pop(), 3);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(StepPace, APromptTakesHalfAsLongAgainAsTheAnswers) {
  StepPace pace;
  EXPECT_EQ(pace.promptTokens(0, 128), 128u);
  EXPECT_EQ(pace.promptTokens(1, 128), 16u) << "nothing is known yet";
  pace.measured(4, 0, 0.010);
  pace.measured(4, 20, 0.010 + 20 * 0.000299);
  EXPECT_EQ(pace.promptTokens(4, 128), 50u);
  EXPECT_EQ(pace.promptTokens(4, 32), 32u);
  for (int i = 0; i < 100; ++i)
    pace.measured(0, 128, 128 * 0.1);
  EXPECT_EQ(pace.promptTokens(4, 128), 16u);
}

} // namespace
