// Merges and bytes of the encoder, on vocabularies of a few tokens.
#include "test/unit/Tokenizer/SmallTokenizer.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include "gtest/gtest.h"

using namespace lfm2c;
using Ids = std::vector<int32_t>;

namespace {

OpenTokenizer open(const SmallTokenizer &small) {
  return llvm::cantFail(OpenTokenizer::fromSpec(small.spec));
}

TEST(Encode, LowestRankFirstThenLeftmost) {
  SmallTokenizer small;
  const int32_t bc = small.merge("b", "c");
  const int32_t ab = small.merge("a", "b");
  const int32_t aa = small.merge("a", "a");
  const OpenTokenizer t = open(small);
  EXPECT_EQ(t.encode("abc"), Ids({'a', bc}));
  EXPECT_EQ(t.encode("aabd"), Ids({'a', ab, 'd'}));
  EXPECT_EQ(t.encode("aaaaa"), Ids({aa, aa, 'a'}));
}

TEST(Encode, MergesOfTheSameResultKeepTheirRanks) {
  SmallTokenizer small;
  const int32_t ab = small.merge("a", "b"), cd = small.merge("c", "d");
  const int32_t abc = small.merge("ab", "c"), abcd = small.merge("ab", "cd");
  small.spec.merges.emplace_back("abc", "d");
  EXPECT_EQ(open(small).encode("abcd"), Ids({abcd}));
  EXPECT_EQ(open(small).encode("abc"), Ids({abc}));
  EXPECT_EQ(open(small).encode("abcdab"), Ids({abcd, ab}));
  EXPECT_EQ(open(small).encode("cd"), Ids({cd}));
}

TEST(Encode, BytesOutsideOfCharactersAreSymbols) {
  SmallTokenizer small;
  const int32_t spaced =
      small.merge(byteToCharacter(' '), byteToCharacter(0xff));
  const OpenTokenizer t = open(small);
  // A space goes with symbols, so with them.
  EXPECT_EQ(t.encode("a \xff"), Ids({'a', spaced}));
  // Overlong, a surrogate, beyond the last code point, cut short: byte by byte.
  for (const std::string text :
       {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "x\xe4\xbd", "\x80",
        "\xf0\x9f\x99", "a\xc3 b"}) {
    Ids expected;
    for (char c : text)
      expected.push_back(uint8_t(c));
    EXPECT_EQ(t.encode(text), expected);
    EXPECT_EQ(t.decode(expected), text);
  }
}

TEST(Encode, BytesWithoutTokenAreDropped) {
  SmallTokenizer small;
  small.spec.tokens['x'] = "[UNUSED]";
  small.spec.types['x'] = TokenType::Unused;
  const int32_t ab = small.merge("a", "b");
  EXPECT_EQ(open(small).encode("axbx"), Ids({ab}));
  EXPECT_EQ(open(small).encode("x"), Ids());
}

TEST(Encode, TakesTheLongestLiteral) {
  SmallTokenizer small;
  const int32_t ab = small.add("<ab>", TokenType::Control);
  const int32_t ab0 = small.add("<ab>00", TokenType::Control);
  const int32_t py = small.add("py", TokenType::UserDefined);
  const OpenTokenizer t = open(small);
  EXPECT_EQ(t.encode("<ab>0"), Ids({ab, '0'}));
  EXPECT_EQ(t.encode("<<ab>00<a"), Ids({'<', ab0, '<', 'a'}));
  EXPECT_EQ(t.encode("xpyx<ab>"), Ids({'x', py, 'x', ab}));
  // What users may write is matched always, control tokens only when asked.
  EXPECT_EQ(t.encode("py<ab>", 0), Ids({py, '<', 'a', 'b', '>'}));
}

TEST(Encode, UsersCannotForgeTheFrame) {
  SmallTokenizer small;
  const int32_t end = small.add("<end>", TokenType::Control);
  const OpenTokenizer t = open(small);
  const std::string text = "<end>hi<end><end>";
  char work[4096];
  int32_t ids[32];
  const auto encode = [&](std::vector<lfm2_tokenizer_span> spans) {
    const int64_t count = lfm2_tokenizer_encode_around(
        &t.get(), text.data(), text.size(), spans.data(), spans.size(),
        LFM2_TOKENIZE_PARSE_SPECIAL, ids, 32, work, sizeof work);
    return Ids(ids, ids + count);
  };
  const Ids plain = {'<', 'e', 'n', 'd', '>'};
  Ids expected = {end, 'h', 'i'};
  expected.insert(expected.end(), plain.begin(), plain.end());
  expected.push_back(end);
  EXPECT_EQ(encode({{5, 12}}), expected);
  EXPECT_EQ(encode({{5, 7}}), Ids({end, 'h', 'i', end, end}));
  // A token that only touches the user's text with one byte is not the frame's.
  EXPECT_EQ(encode({{11, 12}}), expected);
  EXPECT_EQ(encode({{5, 6}, {7, 8}, {16, 17}}).size(), 1 + 2 + 5 + 5u);
}

TEST(Encode, AddsBosWhereItBelongs) {
  SmallTokenizer small;
  small.spec.bos = small.add("<bos>", TokenType::Control);
  small.add("<|im_start|>", TokenType::Control);
  small.add("<|im_end|>", TokenType::Control);
  small.spec.addBos = false;
  small.spec.chatTemplate =
      "{{- bos_token -}}{% for m in messages %}<|im_start|>{{ m.content }}"
      "{% endfor %}{{ '<|im_start|>' if add_generation_prompt }}";
  const OpenTokenizer t = open(small);
  EXPECT_EQ(t.encode("a", LFM2_TOKENIZE_ADD_BOS), Ids({'a'}));
  EXPECT_EQ(t.encode("a", LFM2_TOKENIZE_CHAT_BOS), Ids({*small.spec.bos, 'a'}));
  small.spec.addBos = true;
  EXPECT_EQ(
      open(small).encode("a", LFM2_TOKENIZE_ADD_BOS | LFM2_TOKENIZE_CHAT_BOS),
      Ids({*small.spec.bos, 'a'}));
  EXPECT_EQ(open(small).encode("", LFM2_TOKENIZE_ADD_BOS),
            Ids({*small.spec.bos}));
}

TEST(Encode, AddsTheEndWithBos) {
  SmallTokenizer small;
  small.spec.bos = small.add("<bos>", TokenType::Control);
  small.spec.end = small.add("</s>", TokenType::Control);
  small.spec.addBos = true;
  const int32_t bos = *small.spec.bos, end = *small.spec.end;
  const OpenTokenizer t = open(small);
  EXPECT_EQ(lfm2_tokenizer_end(&t.get()), end);
  EXPECT_EQ(t.encode("ab", 0), Ids({'a', 'b'}));
  EXPECT_EQ(t.encode("ab", LFM2_TOKENIZE_ADD_BOS), Ids({bos, 'a', 'b', end}));
  EXPECT_EQ(t.encode("", LFM2_TOKENIZE_ADD_BOS), Ids({bos, end}));
  EXPECT_EQ(t.encode("a", LFM2_TOKENIZE_CHAT_BOS), Ids({'a'}));
  // Its ids are counted with the text's.
  int32_t ids[2];
  alignas(8) char work[256];
  EXPECT_EQ(lfm2_tokenizer_encode(&t.get(), "a", 1, LFM2_TOKENIZE_ADD_BOS, ids,
                                  2, work, 256),
            -3);
  small.spec.end.reset();
  const OpenTokenizer without = open(small);
  EXPECT_EQ(lfm2_tokenizer_end(&without.get()), -1);
  EXPECT_EQ(without.encode("a", LFM2_TOKENIZE_ADD_BOS), Ids({bos, 'a'}));
}

TEST(Encode, SaysWhatItNeeds) {
  const OpenTokenizer t = open(SmallTokenizer());
  int32_t ids[3] = {-1, -1, -1};
  alignas(8) char work[256];
  EXPECT_EQ(lfm2_tokenizer_encode(&t.get(), "abcde", 5, 0, ids, 2, work, 256),
            -5);
  EXPECT_EQ(ids[0], 'a');
  EXPECT_EQ(ids[1], 'b');
  EXPECT_EQ(ids[2], -1);
  EXPECT_EQ(
      lfm2_tokenizer_encode(&t.get(), "abcde", 5, 0, nullptr, 0, work, 256),
      -5);
  // A byte for each, the alignment, and 32 for each of the longest word.
  EXPECT_EQ(lfm2_tokenizer_encode(&t.get(), "abcde", 5, 0, ids, 3, work, 167),
            LFM2_TOKENIZE_NO_WORK);
  EXPECT_EQ(lfm2_tokenizer_encode(&t.get(), "abcde", 5, 0, ids, 3, work, 168),
            -5);
  EXPECT_EQ(lfm2_tokenizer_encode(&t.get(), "ab cd", 5, 0, ids, 3, work, 104),
            -5);
  EXPECT_EQ(lfm2_tokenizer_encode(&t.get(), "a", 1, 0, ids, 3, work, 8), 1);
  EXPECT_EQ(lfm2_tokenizer_encode(&t.get(), "a", 1, 0, ids, 3, nullptr, 0),
            LFM2_TOKENIZE_NO_WORK);
  EXPECT_EQ(lfm2_tokenizer_work_bytes(&t.get(), uint64_t(1) << 31), 0u);
  EXPECT_EQ(lfm2_tokenizer_encode(&t.get(), "a", uint64_t(1) << 31, 0, ids, 3,
                                  work, 256),
            LFM2_TOKENIZE_NO_WORK);
}

// Merges of one letter and a million of it: a quadratic step takes minutes.
TEST(Encode, AMegabyteOfOneLetterIsNotQuadratic) {
  SmallTokenizer small;
  std::string run = "a";
  for (int i = 0; i < 7; ++i) {
    small.merge(run, run);
    run += run;
  }
  const int32_t longest = small.merge(run, run);
  const OpenTokenizer t = open(small);
  EXPECT_EQ(t.encode(std::string(1 << 20, 'a')), Ids((1 << 20) / 256, longest));
  EXPECT_EQ(t.encode(std::string(1 << 20, 'b')), Ids(1 << 20, 'b'));
  EXPECT_EQ(t.encode(std::string(1 << 20, ' ')), Ids(1 << 20, ' '));
  EXPECT_EQ(t.encode(std::string(1 << 20, '1')), Ids(1 << 20, '1'));
  EXPECT_EQ(t.encode(std::string(1 << 20, '\n')), Ids(1 << 20, '\n'));
}

} // namespace
