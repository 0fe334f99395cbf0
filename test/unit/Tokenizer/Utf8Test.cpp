// How much of a text is whole characters.
#include "runtime/tokenizer/tokenizer.h"

#include "gtest/gtest.h"

namespace {

uint64_t whole(const std::string &text) {
  return lfm2_utf8_whole(text.data(), text.size());
}

TEST(Utf8, HoldsBackUnfinishedCharacters) {
  EXPECT_EQ(whole(""), 0u);
  EXPECT_EQ(whole("abc"), 3u);
  EXPECT_EQ(whole("a\xc3\xa9"), 3u);
  EXPECT_EQ(whole("a\xc3"), 1u);
  EXPECT_EQ(whole("\xe4\xbd"), 0u);
  EXPECT_EQ(whole("a\xf0\x9f\x99"), 1u);
  EXPECT_EQ(whole("a\xf0\x9f\x99\x82"), 5u);
}

TEST(Utf8, WhatCannotBecomeACharacterIsShown) {
  EXPECT_EQ(whole("a\xff"), 2u);
  EXPECT_EQ(whole("\x80\x80\x80"), 3u);
  EXPECT_EQ(whole("\xc0"), 1u);     // Overlong.
  EXPECT_EQ(whole("\xe0\x80"), 2u); // Overlong.
  EXPECT_EQ(whole("\xe0\xa0"), 0u); // Not yet.
  EXPECT_EQ(whole("\xed\xa0"), 2u); // A surrogate.
  EXPECT_EQ(whole("\xed\x9f"), 0u); // The last before them.
  EXPECT_EQ(whole("\xf4\x90"), 2u); // Beyond the last code point.
  EXPECT_EQ(whole("\xf4\x8f"), 0u); // The last plane.
  EXPECT_EQ(whole("\xf0\x9f\x99\x28"), 4u);
}

} // namespace
