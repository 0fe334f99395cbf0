// The split alone: with no merges every pre-token would look alike, so the
// words are read off the function itself.

#include "runtime/tokenizer/Text.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include "gtest/gtest.h"

using namespace lfm2c;
using Words = std::vector<std::string>;

namespace {

Words split(const std::string &text) {
  static const OpenTokenizer tokenizer =
      llvm::cantFail(OpenTokenizer::fromSpec(SmallTokenizer().spec));
  const auto *at = reinterpret_cast<const uint8_t *>(text.data());
  const uint8_t *end = at + text.size();
  Words words;
  for (size_t length; at < end; at += length) {
    length = lfm2rt::splitWord(tokenizer.get(), at, end);
    words.emplace_back(reinterpret_cast<const char *>(at), length);
  }
  return words;
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

} // namespace
