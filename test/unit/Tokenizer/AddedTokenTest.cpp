// Added tokens with the flags of tokenizer.json. What is expected here is what
// the `tokenizers` package gives; test/tokenizer/make_added_goldens.py has
// more.

#include "test/unit/Tokenizer/SmallTokenizer.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include "gtest/gtest.h"
#include <algorithm>

using namespace lfm2c;
using Ids = std::vector<int32_t>;

namespace {

class AddedTokens : public testing::Test {
protected:
  int32_t add(const std::string &text) {
    return small.add(text, TokenType::UserDefined);
  }
  AddedToken &last() { return small.spec.added.back(); }
  Ids encode(const std::string &text,
             int32_t flags = LFM2_TOKENIZE_PARSE_SPECIAL) const {
    return llvm::cantFail(OpenTokenizer::fromSpec(small.spec))
        .encode(text, flags);
  }

  SmallTokenizer small;
};

TEST_F(AddedTokens, TakeWhiteSpaceAlong) {
  const int32_t left = add("<l>");
  last().lstrip = true;
  const int32_t right = add("<r>");
  last().rstrip = true;
  EXPECT_EQ(encode("a \n\u3000<l> b"), Ids({'a', left, ' ', 'b'}));
  EXPECT_EQ(encode("a <r> \t\u00a0b"), Ids({'a', ' ', right, 'b'}));
  EXPECT_EQ(encode(" <l><r> "), Ids({left, right}));
  // Not what the token before has.
  EXPECT_EQ(encode("<r> <l>"), Ids({right, left}));
  EXPECT_EQ(encode("<r>"), Ids({right}));
  // U+200B is no white space.
  EXPECT_EQ(encode("\u200b<l>"), Ids({0xe2, 0x80, 0x8b, left}));
}

TEST_F(AddedTokens, OfWhiteSpaceAreFoundWhereItIsTaken) {
  const int32_t space = add(" ");
  last().rstrip = true;
  EXPECT_EQ(encode("a   b"), Ids({'a', space, space, space, 'b'}));
  last().lstrip = true; // Then nothing is left of the second one.
  EXPECT_EQ(encode("a   b"), Ids({'a', space, 'b'}));
}

TEST_F(AddedTokens, OfTheVocabularyAreWordsWhereMergesAreIgnored) {
  const int32_t py = add("py");
  last().singleWord = true;
  EXPECT_EQ(encode("py1"), Ids({'p', 'y', '1'}));
  last().inVocabulary = true;
  EXPECT_EQ(encode("py1"), Ids({'p', 'y', '1'}));
  small.spec.ignoreMerges = true;
  EXPECT_EQ(encode("py1"), Ids({py, '1'}));
}

TEST_F(AddedTokens, AreWholeWordsOnly) {
  const int32_t py = add("py");
  last().singleWord = true;
  add("p");
  EXPECT_EQ(encode("py py,(py)"), Ids({py, ' ', py, ',', '(', py, ')'}));
  // Passed over as a whole: the shorter token is not looked for inside.
  EXPECT_EQ(encode("pyx"), Ids({'p', 'y', 'x'}));
  for (const std::string word :
       {"_", "1", "\u00e9", "\u0301", "\u4e16", "\u200d", "\u0663", "\u203f"}) {
    EXPECT_NE(encode(word + "py").back(), py) << word;
    EXPECT_NE(encode("py" + word).front(), py) << word;
  }
  for (const std::string other :
       {"-", "\u00bd", "\u200b", "\u20ac", "\xff", "\xc3"}) {
    EXPECT_EQ(encode(other + "py").back(), py) << other;
    EXPECT_EQ(encode("py" + other).front(), py) << other;
  }
}

TEST_F(AddedTokens, AreLookedForInTheNormalizedTextLast) {
  small.spec.normalizer = Normalizer::NFC;
  const int32_t raw = add("e\u0301x");
  const int32_t composed = add("e\u0301");
  last().normalized = true;
  add("xe");
  last().normalized = true;
  EXPECT_EQ(encode("e\u0301x"), Ids({raw}));
  EXPECT_EQ(encode("\u00e9x"), Ids({composed, 'x'}));
  EXPECT_EQ(encode("e\u0301 y"), Ids({composed, ' ', 'y'}));
  // Not across a token of the first pass.
  EXPECT_EQ(encode("xe\u0301x"), Ids({'x', raw}));
  // What is shown is the token as the file has it.
  EXPECT_EQ(
      llvm::cantFail(OpenTokenizer::fromSpec(small.spec)).decode({composed}),
      "e\u0301");
}

TEST_F(AddedTokens, OfOneNormalFormAreFoundSpecialOneFirst) {
  small.spec.normalizer = Normalizer::NFC;
  add("\u00e9");
  last().normalized = true;
  const int32_t special = add("e\u0301");
  last().normalized = last().special = true;
  EXPECT_EQ(encode("\u00e9"), Ids({special}));
  EXPECT_EQ(encode("\u00e9", 0), Ids({0xc3, 0xa9}));
}

// The frame's tokens are told from the user's in the normalised text, too.
TEST_F(AddedTokens, UsersCannotForgeNormalizedOnes) {
  small.spec.normalizer = Normalizer::NFC;
  const int32_t end = small.add("<end>", TokenType::Control);
  last().normalized = true;
  const OpenTokenizer t = llvm::cantFail(OpenTokenizer::fromSpec(small.spec));
  const auto encode = [&](const std::string &before, const std::string &user) {
    const std::string text = "<end>" + before + user + "<end>";
    const int64_t begin = 5 + int64_t(before.size());
    const lfm2_tokenizer_span span = {begin, begin + int64_t(user.size())};
    char work[8192];
    int32_t ids[256];
    const int64_t count = lfm2_tokenizer_encode_around(
        &t.get(), text.data(), text.size(), &span, 1,
        LFM2_TOKENIZE_PARSE_SPECIAL, ids, 256, work, sizeof work);
    return Ids(ids, ids + std::max<int64_t>(count, 0));
  };
  for (const std::string around : {"", "e\u0301", "\u0344", "\u00e9"})
    for (const std::string text : {"", "x", "\u0301", "e\u0301", "\u0958"}) {
      const std::string user = text + "<end>" + text;
      const Ids ids = encode(around, user);
      ASSERT_GT(ids.size(), 6u);
      EXPECT_EQ(ids.front(), end);
      EXPECT_EQ(ids.back(), end);
      EXPECT_EQ(std::count(ids.begin(), ids.end(), end), 2)
          << around << "|" << text;
    }
}

} // namespace
