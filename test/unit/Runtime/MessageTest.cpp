// Numbers and texts in the buffer of a message.
#include "runtime/src/Message.h"

#include "gtest/gtest.h"

#include <cstring>
#include <new>
#include <string>

using namespace lfm2rt;

namespace {

template <typename Fill> std::string text(size_t room, Fill fill) {
  std::string buffer(room, '#');
  Message message(buffer.data(), room);
  fill(message);
  return buffer.c_str();
}

TEST(Message, Numbers) {
  EXPECT_EQ(
      text(64,
           [](Message &m) { m << UINT64_MAX << " " << INT64_MIN << " " << 0; }),
      "18446744073709551615 -9223372036854775808 0");
}

TEST(Message, Fractions) {
  const auto fixed = [](double value, int digits) {
    return text(64, [=](Message &m) { m.fixed(value, digits); });
  };
  EXPECT_EQ(fixed(1.005, 2), "1.00");
  EXPECT_EQ(fixed(12.3456, 3), "12.346");
  EXPECT_EQ(fixed(0.05, 2), "0.05");
  EXPECT_EQ(fixed(0.0049, 2), "0.00");
  EXPECT_EQ(fixed(0.999, 2), "1.00");
  EXPECT_EQ(fixed(-2.5, 1), "-2.5");
  EXPECT_EQ(fixed(7, 0), "7");
  EXPECT_EQ(fixed(1e300 * 1e300, 2), "0");
  EXPECT_EQ(fixed(__builtin_nan(""), 2), "0");
}

TEST(Message, CutWhereTheBufferEnds) {
  EXPECT_EQ(text(5, [](Message &m) { m << "abcdefg" << 12; }), "abcd");
  EXPECT_EQ(text(1, [](Message &m) { m << "abc"; }), "");
}

TEST(Message, AFailureNeedsNoError) {
  lfm2rt_status status = Failure(nullptr, LFM2RT_NO_MEMORY, 7)
                         << "nobody reads " << 1;
  EXPECT_EQ(status, LFM2RT_NO_MEMORY);
}

TEST(Message, ACopyOfAFailureKeepsOffTheFirst) {
  alignas(Failure) char memory[sizeof(Failure)];
  Failure copy = *new (memory) Failure(nullptr, LFM2RT_NO_MEMORY);
  std::memset(memory, '#', sizeof(memory));
  copy << "the first is gone " << 2;
  EXPECT_EQ(std::string(memory, sizeof(memory)),
            std::string(sizeof(memory), '#'));
}

} // namespace
