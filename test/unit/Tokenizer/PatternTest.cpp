// Which patterns are understood, and what is said of the others. How they split
// is compared with the `tokenizers` package in SplitTest.cpp.

#include "lib/Model/UnicodeClasses.h"
#include "test/unit/Tokenizer/SplitFile.h"

#include "gtest/gtest.h"
#include <unicode/uchar.h>

using namespace lfm2c;
using Words = std::vector<std::string>;

namespace {

std::string errorOf(const std::string &pattern) {
  auto tokenizer = openSplit({{pattern}});
  return tokenizer ? "" : llvm::toString(tokenizer.takeError());
}

// The matches alone, as findall gives them.
Words matches(const std::string &pattern, const std::string &text) {
  auto tokenizer = openSplit({{pattern, SplitBehavior::Removed, true}});
  if (!tokenizer)
    return {llvm::toString(tokenizer.takeError())};
  return splitWords(*tokenizer, text);
}

TEST(Pattern, WhatIsNotSupportedIsNamedWithItsPlace) {
  const std::pair<const char *, const char *> cases[] = {
      {"a(?<=b)", "look-behind is not supported at character 2"},
      {"(?<!b)a", "look-behind is not supported at character 1"},
      {"(a)\\1", "a back-reference to a group or a call of one is not "
                 "supported at character 4"},
      {"\\g<0>", "a back-reference to a group or a call of one is not "
                 "supported at character 1"},
      {"\xc3\xa9\\b", "a word boundary, '\\b' or '\\B', is not supported at "
                      "character 2"},
      {"^a", "an anchor to the start of a line, '^', is not supported at "
             "character 1"},
      {"\\Aa",
       "an anchor to the start of the text, '\\A' or '\\G', is not supported"},
      {"a\\K", "'\\K' is not supported at character 2"},
      {"\\X", "a grapheme cluster or its boundary, '\\X', '\\y' or '\\Y', is "
              "not supported"},
      {"(?(1)a)",
       "a conditional, '(?(...)...)', is not supported at character 1"},
      {"(?~a)", "an absent function, '(?~...)', is not supported"},
      {"(*FAIL)", "a callout, '(*...)', is not supported at character 1"},
      {"(?x: a)", "the group or option '(?x' is not supported"},
      {"(?P<a>b)", "the group or option '(?P' is not supported"},
      {"\\p{Greekish}", "the property 'Greekish' is not supported at character "
                        "1"},
      {"[[:letter:]]",
       "the POSIX class 'letter' is not supported at character 2"},
      {"(?>a+b|c)d", "a possessive quantifier or atomic group of anything but "
                     "characters in a row is not supported at character 1"},
      {"(?:a|bc)++", "characters in a row is not supported at character 9"},
      {"a{1,1001}", "a quantifier of more than 1000 repetitions is not "
                    "supported at character 2"},
      {"a{2,1}",
       "a quantifier whose minimum is above its maximum is not supported"},
      {"a*********",
       "more than 8 quantifiers after one another are not supported"},
      {"(?i:ss)",
       "letters that are one character where case is ignored are not "
       "supported at character 6"},
      {"(?i:\xc3\x9f)",
       "a character that is several letters where case is ignored is not "
       "supported at character 5"},
      {"(?i)[\xc3\x9f]",
       "a character that is several letters where case is ignored is not"},
      {"\\012", "an octal escape is not supported at character 1"},
      {"\\xff",
       "a byte above \\x7f, which is no whole character, is not supported"},
      {"\\cA", "a control or meta character, '\\c', '\\C' or '\\M', is not "
               "supported at character 1"},
      {"[\\R]", "'\\R' or '\\X' in a set is not supported at character 2"},
  };
  for (const auto &[pattern, message] : cases) {
    const std::string error = errorOf(pattern);
    EXPECT_NE(error.find(message), std::string::npos)
        << pattern << ": " << error;
    EXPECT_EQ(error.find("the split pattern '"), 0u) << error;
  }
  EXPECT_EQ(errorOf("x(?<=y)"), "the split pattern 'x(?<=y)': look-behind is "
                                "not supported at character 2");
}

TEST(Pattern, WhatIsWrongIsNamedWithItsPlace) {
  const std::pair<const char *, const char *> cases[] = {
      {"a)", "a ')' without '(' at character 2"},
      {"a(b", "a '(' without ')' at character 2"},
      {"(?i", "a '(' without ')' at character 1"},
      {"(?#b", "a comment without ')' at character 1"},
      {"(?<name", "a name of a group without its end at character 1"},
      {"*a", "a quantifier with nothing to repeat at character 1"},
      {"a|{2}", "a quantifier with nothing to repeat at character 3"},
      {"(?=a)*", "a quantifier after a look-ahead or an anchor at character 6"},
      {"[a", "a '[' without ']' at character 1"},
      {"[]", "an empty set at character 1"},
      {"[[:alpha]", "a '[:' without ':]' at character 2"},
      {"[b-a]", "a range without an end at or above its start at character 2"},
      {"[a-\\d]",
       "a range without an end at or above its start at character 2"},
      {"[\\d-a]",
       "a range that begins with a class of characters at character 2"},
      {"\\pL", "a property without '{' at character 1"},
      {"\\p{L", "a property without '}' at character 1"},
      {"\\x{41", "an escape '\\x{' without '}' at character 1"},
      {"\\x{d800}",
       "an escape without the number of a character at character 1"},
      {"\\u12", "an escape without the number of a character at character 1"},
      {"a\\", "a '\\' at the end at character 2"},
      {"a\xff", "expected UTF-8, found a byte that is not at character 2"},
  };
  for (const auto &[pattern, message] : cases) {
    const std::string error = errorOf(pattern);
    EXPECT_NE(error.find(message), std::string::npos)
        << pattern << ": " << error;
  }
}

TEST(Pattern, WhatIsTooLargeIsSaid) {
  EXPECT_EQ(errorOf("(?:a{1000}){1000}"),
            "the split pattern '(?:a{1000}){1000}' is too large: its automaton "
            "has more than 4000 positions or 200000 transitions");
  EXPECT_EQ(errorOf("a{300}"),
            "the split pattern 'a{300}' needs more than 254 states");
  EXPECT_EQ(errorOf("(?=.{12}a)."), // 2^13 sets of places.
            "the split pattern '(?=.{12}a).' needs more than 254 states");
  // Many classes and places: found out in half a second.
  std::string wide = "(?=[^a]{900}a)(?:";
  for (int i = 0; i < 200; ++i)
    wide += "\\x{" + std::to_string(1000 + i) + "}|";
  EXPECT_NE(errorOf(wide + "[ab]{900}b)").find("needs more than 254 states"),
            std::string::npos);
  EXPECT_NE(errorOf(std::string(200, '(') + std::string(200, ')'))
                .find("more than 100 groups in each other are not supported"),
            std::string::npos);
  EXPECT_NE(errorOf(std::string(200, '[') + "a" + std::string(200, ']'))
                .find("more than 100 sets in each other are not supported"),
            std::string::npos);
  std::string many;
  for (int i = 0; i < 400; ++i)
    many += char(32 + i % 90) == '\\'
                ? ""
                : "[\\x{" + std::to_string(1000 + i) + "}]";
  auto tokenizer = openSplit({{many}});
  ASSERT_FALSE(bool(tokenizer));
  EXPECT_EQ(llvm::toString(tokenizer.takeError()),
            "the tokenizer's split patterns tell more than 255 classes of "
            "characters apart");
  tokenizer = openSplit(std::vector<SplitStep>(17, {"a"}));
  ASSERT_FALSE(bool(tokenizer));
  EXPECT_EQ(llvm::toString(tokenizer.takeError()),
            "the tokenizer splits a text in 17 steps; at most 16 are "
            "supported");
}

// Each line was tried with the `tokenizers` package.
TEST(Pattern, IsReadAsOnigurumaReadsIt) {
  EXPECT_EQ(matches("a{1,2}+", "aaaaa"), Words({"aaaaa"}));
  EXPECT_EQ(matches("a{2}?", "aaaa"), Words({"aa", "aa"}));
  EXPECT_EQ(matches("a{,2}", "aaaa"), Words({"aa", "aa"}));
  EXPECT_EQ(matches("a{,}", "a{,}"), Words({"a{,}"}));
  EXPECT_EQ(matches("a{x}", "a{x}"), Words({"a{x}"}));
  EXPECT_EQ(matches("a(?i)b|c", "aBC aC"), Words({"aB", "aC"}));
  EXPECT_EQ(matches("(?i)(?-i:a)", "Aa"), Words({"a"}));
  EXPECT_EQ(matches("a$", "a\na\n"), Words({"a", "a"}));
  EXPECT_EQ(matches("a\\Z", "a\na\n"), Words({"a"}));
  EXPECT_EQ(matches("[a-c&&[^b]]+", "abcb"), Words({"a", "c"}));
  EXPECT_EQ(matches("[^a&&b]+", "abc"), Words({"abc"}));
  EXPECT_EQ(matches("[^a[b]]+", "abc"), Words({"c"}));
  EXPECT_EQ(matches("[]a]+", "a]"), Words({"a]"}));
  EXPECT_EQ(matches("[a-]+", "a-b"), Words({"a-"}));
  EXPECT_EQ(matches("\\w+", "a\u00b21\u00bd_"), Words({"a\u00b21\u00bd_"}));
  EXPECT_EQ(matches("[\\w]+", "a\u00b21_"), Words({"a", "1_"}));
  EXPECT_EQ(matches("\\p{^L}+", "a1"), Words({"1"}));
  EXPECT_EQ(matches("\\P{^L}+", "a1"), Words({"a"}));
  EXPECT_EQ(matches("\\p{Uppercase letter}", "aA"), Words({"A"}));
  EXPECT_EQ(matches("\\p{hiragana}", "a\u3042"), Words({"\u3042"}));
  EXPECT_EQ(matches("\\x{41}\\x42\\u0043\\e", "ABC\x1b"), Words({"ABC\x1b"}));
  EXPECT_EQ(matches("(|a)+", "aaa"), Words());
  EXPECT_EQ(matches("(a|)*", "aaa"), Words({"aaa"}));
  EXPECT_EQ(matches("(?:|a)+b", "aab"), Words({"aab"}));
  EXPECT_EQ(matches("(?>a|ab)c", "abc ac"), Words({"ac"}));
  EXPECT_EQ(matches("\\R", "\r\n\n"), Words({"\r\n", "\n"}));
  EXPECT_EQ(matches("(?i:\\x{17f})", "sS"), Words({"s", "S"}));
  EXPECT_EQ(matches("(?i:s)(?i:s)", "\u00df"), Words());
  EXPECT_EQ(matches("a(?#b)c", "ac"), Words({"ac"}));
  EXPECT_EQ(matches("(?'n'a)b", "ab"), Words({"ab"}));
}

// Counted with the `tokenizers` package, which knows Unicode 16.0.
TEST(Pattern, PropertiesAreThoseOfUnicode16) {
  const auto count = [](std::optional<CodePointSet> set) {
    unsigned sum = 0;
    set->forEachRange([&](uint32_t a, uint32_t b) { sum += b - a + 1; });
    return sum;
  };
  EXPECT_EQ(count(findProperty("L")), 141028u);
  EXPECT_EQ(count(findProperty("N")), 1911u);
  EXPECT_EQ(count(findProperty("Mc")), 468u);
  EXPECT_EQ(count(findProperty("P")), 855u);
  EXPECT_EQ(count(findProperty("S")), 8514u);
  EXPECT_EQ(count(findProperty("Unassigned")), 819533u);
  EXPECT_EQ(count(findProperty("Alphabetic")), 142759u);
  EXPECT_EQ(count(findProperty("Uppercase")), 1978u);
  EXPECT_EQ(count(findProperty("Lowercase")), 2569u);
  EXPECT_EQ(count(findProperty("Han")), 99030u);
  EXPECT_EQ(count(findProperty("Arabic")), 1373u);
  EXPECT_EQ(count(findProperty("Inherited")), 657u);
  EXPECT_EQ(count(findProperty("Punct")), 855u);
  EXPECT_EQ(count(findProperty("Any")), 1112064u);
  EXPECT_EQ(count(findProperty("alnum")), 143519u);
  EXPECT_EQ(count(findPosixClass("punct")), 9369u);
  EXPECT_EQ(count(findPosixClass("word")), 144665u);
  EXPECT_EQ(count(findPosixClass("graph")), 292447u);
  EXPECT_EQ(count(findPosixClass("print")), 292464u);
}

} // namespace
