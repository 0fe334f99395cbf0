// The split alone: with no merges every pre-token would look alike, so the
// words are read off the function itself.

#include "test/unit/Tokenizer/SplitFile.h"

#include "gtest/gtest.h"

using namespace lfm2c;
using Words = std::vector<std::string>;

namespace {

Words split(const std::string &text) {
  static const OpenTokenizer tokenizer =
      llvm::cantFail(openSplit({{familySplit}}));
  return splitWords(tokenizer, text);
}

TEST(Split, Contractions) {
  EXPECT_EQ(split("it's WE'LL d'Re"),
            Words({"it", "'s", " WE", "'LL", " d", "'Re"}));
  EXPECT_EQ(split("'street"), Words({"'s", "treet"}));
  EXPECT_EQ(split("a'\u017f"), Words({"a", "'\u017f"})); // Long s folds to s.
  EXPECT_EQ(split("a'x 'l"), Words({"a", "'x", " '", "l"}));
  EXPECT_EQ(split("'"), Words({"'"}));
}

TEST(Split, LettersTakeOneCharacterBefore) {
  EXPECT_EQ(split("Hello,world"), Words({"Hello", ",world"}));
  EXPECT_EQ(split(" the  cat"), Words({" the", " ", " cat"}));
  EXPECT_EQ(split("\tx\nx"), Words({"\tx", "\n", "x"}));
  EXPECT_EQ(split("\u00a0x1y"), Words({"\u00a0x", "1", "y"}));
}

TEST(Split, NumbersInThrees) {
  EXPECT_EQ(split("1234567"), Words({"123", "456", "7"}));
  EXPECT_EQ(split("a 12"), Words({"a", " ", "12"}));
  EXPECT_EQ(split("\u0661\u0662\u0663\u0664"),
            Words({"\u0661\u0662\u0663", "\u0664"}));
}

TEST(Split, SymbolsTakeLineBreaks) {
  EXPECT_EQ(split("a ...\r\n\nb"), Words({"a", " ...\r\n\n", "b"}));
  EXPECT_EQ(split("!  ?"), Words({"!", " ", " ?"}));
  EXPECT_EQ(split("\t!"), Words({"\t", "!"}));
}

TEST(Split, WhiteSpace) {
  EXPECT_EQ(split("a  \n \n  b"), Words({"a", "  \n \n", " ", " b"}));
  EXPECT_EQ(split("a   "), Words({"a", "   "}));
  EXPECT_EQ(split("a   1"), Words({"a", "  ", " ", "1"}));
  EXPECT_EQ(split("\u2028\u2029x"), Words({"\u2028", "\u2029x"}));
}

TEST(Split, BytesOfNoCharacterAreSymbols) {
  EXPECT_EQ(split("a \xff\xe4\xbd b"), Words({"a", " \xff\xe4\xbd", " b"}));
  const auto matches = [](const char *pattern) {
    return splitWords(
        llvm::cantFail(openSplit({{pattern, SplitBehavior::Removed, true}})),
        "a\x80\u00e9\xc3");
  };
  EXPECT_EQ(matches("[^a]"), Words({"\x80", "\u00e9", "\xc3"}));
  EXPECT_EQ(matches("\\S+"), Words({"a\x80\u00e9\xc3"}));
  EXPECT_EQ(matches("\\P{L}"), Words({"\x80", "\xc3"}));
  EXPECT_EQ(matches("[\\p{L}\\p{S}\\p{P}\\p{C}\\s\\w]"),
            Words({"a", "\u00e9"}));
}

TEST(Split, WithoutStepsATextIsAWord) {
  EXPECT_EQ(splitWords(llvm::cantFail(openSplit({})), "a b 1"),
            Words({"a b 1"}));
  EXPECT_EQ(splitWords(llvm::cantFail(openSplit({})), ""), Words());
}

// A backtracking engine takes years for these.
TEST(Split, TakesLinearTimeForAnyPattern) {
  const OpenTokenizer tokenizer = llvm::cantFail(
      openSplit({{"(\\p{L}+)+\\d|(?:a|aa)+(?=[^b]*c)|(\\p{L}*)*!"}}));
  const std::string text(1 << 20, 'a');
  EXPECT_EQ(splitWords(tokenizer, text), Words({text}));
  EXPECT_EQ(splitWords(tokenizer, text + "1" + text).size(), 2u);
}

TEST(Split, RemovedPiecesHaveNoIds) {
  const OpenTokenizer tokenizer =
      llvm::cantFail(openSplit({{"\\s+", SplitBehavior::Removed}}));
  EXPECT_EQ(tokenizer.encode(" a  b\n"), std::vector<int32_t>({'a', 'b'}));
}

TEST(Split, AsTheTokenizersPackageDoes) {
  const std::vector<SplitGolden> goldens =
      llvm::cantFail(readSplitFile(LFM2_SPLIT_GOLDENS));
  ASSERT_GT(goldens.size(), 50u);
  for (const SplitGolden &golden : goldens) {
    auto tokenizer = openSplit(golden.steps);
    ASSERT_TRUE(bool(tokenizer)) << llvm::toString(tokenizer.takeError());
    for (size_t i = 0; i < golden.texts.size(); ++i)
      EXPECT_EQ(splitWords(*tokenizer, golden.texts[i]), golden.pieces[i])
          << golden.steps[0].pattern << " on " << golden.texts[i];
  }
}

} // namespace
