// Form C against ICU, which the compiler has, over every code point and random
// runs; and what it takes for hostile texts.

#include "runtime/tokenizer/Normalize.h"
#include "lib/Model/NormalizationTables.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include "llvm/Support/ConvertUTF.h"
#include "gtest/gtest.h"

#include <random>

using namespace lfm2c;

namespace {

const OpenTokenizer &formC() {
  static const OpenTokenizer tokenizer = [] {
    SmallTokenizer small;
    small.spec.normalizer = Normalizer::NFC;
    return llvm::cantFail(OpenTokenizer::fromSpec(small.spec));
  }();
  return tokenizer;
}

// With as much memory as normalize() promises to be enough.
std::string normalize(const std::string &input) {
  std::vector<uint64_t> work((input.size() * 12 + 8 + 7) / 8);
  auto *memory = reinterpret_cast<uint8_t *>(work.data());
  const auto *text = reinterpret_cast<const uint8_t *>(input.data());
  int64_t bytes = int64_t(input.size());
  EXPECT_TRUE(lfm2rt::normalize(formC().get(), text, bytes, nullptr, 0, memory,
                                memory + work.size() * sizeof(uint64_t)));
  EXPECT_LE(size_t(bytes), input.size() * LFM2_NORMALIZED_GROWTH);
  return {reinterpret_cast<const char *>(text), size_t(bytes)};
}

std::string utf8(uint32_t codePoint) {
  char buffer[4], *end = buffer;
  llvm::ConvertCodePointToUTF8(codePoint, end);
  return {buffer, end};
}

TEST(Normalize, EveryCodePoint) {
  std::string all, afterMarks;
  for (uint32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xd800 && c < 0xe000)
      continue;
    all += utf8(c);
    afterMarks += "e\u0301" + utf8(c) + "\u0327";
  }
  EXPECT_EQ(normalize(all), normalizeText(all));
  EXPECT_EQ(normalize(afterMarks), normalizeText(afterMarks));
}

TEST(Normalize, RandomRuns) {
  // What has parts, what joins what is before it, and some that do neither.
  std::vector<std::string> pieces = {"a", " ", "\u4e16", "\U0001f642"};
  const NormalizationTables &tables = getNormalizationTables();
  for (uint64_t pair : tables.decompositions)
    if (~pair != 0)
      pieces.push_back(utf8(uint32_t(pair >> 42)));
  for (uint32_t c = 0; c < 0x110000; ++c)
    if (tables.pages[tables.pageOfRun[c >> 7] * 128 + (c & 127)] &
        LFM2_FORM_JOINS)
      for (int i = 0; i < 4; ++i)
        pieces.push_back(utf8(c));
  for (uint32_t c = 0x1100; c < 0x1113; ++c)
    pieces.insert(pieces.end(), {utf8(c), utf8(0xac00 + c * 28)});
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (uint32_t left = 1 + random() % 12; left > 0; --left)
      text += pieces[random() % pieces.size()];
    ASSERT_EQ(normalize(text), normalizeText(text));
  }
}

TEST(Normalize, FollowsUnicode9) {
  // A composition of Unicode 13 and marks of 10 and 14 are left alone.
  for (const std::string text :
       {"\U00011935\U00011930", "e\u1df6\u0323\u0301", "e\u0897\u0323"})
    EXPECT_EQ(normalize(text), text);
  EXPECT_EQ(normalize("e\u0301\u0323"), "\u1eb9\u0301");
}

TEST(Normalize, BrokenBytesStay) {
  EXPECT_EQ(normalize("\xff\u0301"), "\xff\u0301");
  EXPECT_EQ(normalize("e\u0323\xcc"), "\u1eb9\xcc");
  EXPECT_EQ(normalize("e\xcc\x81\x81\u0301"), "\u00e9\x81\u0301");
  EXPECT_EQ(normalize("\xed\xa0\x80\u0323\u0301\u0323"),
            "\xed\xa0\x80\u0323\u0323\u0301");
}

TEST(Normalize, NormalTextStaysWhereItIs) {
  const std::string input =
      "It is na\u00efve. \u4e16\u754c \u064e\u0651 \uac01";
  const auto *text = reinterpret_cast<const uint8_t *>(input.data());
  int64_t bytes = int64_t(input.size());
  uint8_t *work = nullptr;
  EXPECT_TRUE(
      lfm2rt::normalize(formC().get(), text, bytes, nullptr, 0, work, work));
  EXPECT_EQ(text, reinterpret_cast<const uint8_t *>(input.data()));
}

TEST(Normalize, TooLittleRoomIsToldAndNotOverstepped) {
  std::string input;
  for (int i = 0; i < 8; ++i)
    input += "ae\u0323\u0301\u0958\u0344\u0316\U0001d160";
  const std::string expected = normalizeText(input);
  for (size_t size = 0; size < 640; size += 4) {
    std::vector<uint32_t> memory(size / 4);
    auto *work = reinterpret_cast<uint8_t *>(memory.data());
    const auto *text = reinterpret_cast<const uint8_t *>(input.data());
    int64_t bytes = int64_t(input.size());
    if (lfm2rt::normalize(formC().get(), text, bytes, nullptr, 0, work,
                          work + size))
      EXPECT_EQ(
          std::string(reinterpret_cast<const char *>(text), size_t(bytes)),
          expected);
    else
      EXPECT_LT(size, expected.size() + 64);
  }
}

// Inserting each mark where it belongs would take minutes.
TEST(Normalize, AMegabyteOfMarksIsNotQuadratic) {
  std::string run;
  for (int i = 0; i < 250000; ++i)
    run += "\u0301\u0323";
  std::string sorted;
  for (const char *mark : {"\u0323", "\u0301"})
    for (int i = 0; i < 250000; ++i)
      sorted += mark;
  EXPECT_TRUE(normalize(run) == sorted);
}

// A text that grows, and that has one word, with the memory that is promised.
TEST(Normalize, WorkMemoryIsEnough) {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "\U0001d160";
  EXPECT_EQ(formC().encode(text).size(), 12 * 1000u);
  EXPECT_EQ(formC().encode("\u0344").size(), 4u);
  EXPECT_EQ(lfm2_tokenizer_work_bytes(&formC().get(), 1000), 110048u);
}

} // namespace
