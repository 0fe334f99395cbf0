// Splits that are one, whatever their spelling, and those that only look so;
// names of pre-tokenizers by what they do.

#include "lib/Model/SplitEquality.h"
#include "lib/Model/PreTokenizers.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

bool alike(const char *a, const char *b) {
  const bool found = splitAlike({{a}}, {{b}});
  EXPECT_EQ(splitAlike({{b}}, {{a}}), found);
  return found;
}

TEST(SplitEquality, Spellings) {
  EXPECT_TRUE(alike("a|b", "[ab]"));
  EXPECT_TRUE(alike("a|b", "b|a"));
  EXPECT_TRUE(alike("(?i:'s|'t)|\\p{L}+", "(?i:'[st])|\\p{L}+"));
  EXPECT_TRUE(alike("\\p{N}{1,3}", "\\p{N}\\p{N}?\\p{N}?"));
}

TEST(SplitEquality, Differences) {
  EXPECT_FALSE(alike("ab|a", "a|ab")); // The first alternative counts.
  EXPECT_FALSE(alike("\\p{N}{1,3}", "\\p{N}{1,2}"));
  EXPECT_FALSE(alike("\\p{N}{1,3}", "[0-9]{1,3}"));
  EXPECT_FALSE(alike("(?i:'s)", "'[sS]")); // U+017F is a letter s, too.
  EXPECT_FALSE(alike("a+b", "a*b"));
  EXPECT_FALSE(alike("\\s+(?!\\S)|\\s+", "\\s+"));
  EXPECT_FALSE(splitAlike({{"a"}, {"b"}}, {{"a"}}));
  EXPECT_FALSE(splitAlike({{"a", SplitBehavior::Removed}}, {{"a"}}));
  EXPECT_FALSE(splitAlike({{"a", SplitBehavior::Isolated, true}}, {{"a"}}));
  EXPECT_FALSE(alike("(", "a")); // What is no pattern is like none.
}

/// Bytes and one word that merges do, or do not, lead to.
TokenizerSpec makeSpec(llvm::StringRef name, bool reached) {
  TokenizerSpec spec;
  llvm::cantFail(usePreTokenizer(name, "t", spec));
  spec.tokens = {"a", "b", "ab"};
  spec.types.assign(3, TokenType::Normal);
  if (reached)
    spec.merges = {{"a", "b"}};
  return spec;
}

std::string nameOf(const TokenizerSpec &spec, bool exact = true) {
  auto name = findPreTokenizer(spec);
  if (!name)
    return llvm::toString(name.takeError());
  if (!*name)
    return "";
  EXPECT_EQ((*name)->exact, exact);
  return (*name)->name;
}

TEST(PreTokenizerNames, ByWhatTheyDo) {
  for (llvm::StringRef name : {"lfm2", "qwen2", "smollm"})
    EXPECT_EQ(nameOf(makeSpec(name, true)), name.str());
  TokenizerSpec spec = makeSpec("lfm2", true);
  spec.splits = {{familySplit}};
  EXPECT_EQ(nameOf(spec), "lfm2");
  spec.pre = "llama3";
  EXPECT_EQ(nameOf(spec), "llama3");
  spec.pre = "no such name";
  EXPECT_EQ(nameOf(spec), "lfm2");
  spec.splits = {{"[a-z]+|[^a-z]+"}};
  EXPECT_EQ(nameOf(spec), "");
}

TEST(PreTokenizerNames, ByWordsBeyondMerges) {
  TokenizerSpec spec = makeSpec("lfm2", false);
  EXPECT_TRUE(spec.ignoreMerges);
  EXPECT_EQ(nameOf(spec), "lfm2");
  spec.ignoreMerges = false;
  EXPECT_EQ(nameOf(spec), "dbrx");
  // Every word is reached, so it makes no difference.
  spec.merges = {{"a", "b"}};
  EXPECT_EQ(nameOf(spec), "lfm2");
  // No name of this split ignores merges.
  spec = makeSpec("qwen2", false);
  spec.ignoreMerges = true;
  EXPECT_EQ(nameOf(spec, /*exact=*/false), "qwen2");
  spec.merges = {{"a", "c"}};
  EXPECT_NE(nameOf(spec).find("needs the token 'c'"), std::string::npos);
}

} // namespace
