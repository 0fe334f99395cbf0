// Text to tokens and back through the library.
#include "runtime/src/Utf8Stream.h"
#include "test/unit/Runtime/Fixture.h"

using namespace fake;

namespace {

using Pieces = std::vector<std::string>;

int addPiece(const char *text, size_t length, void *user) {
  static_cast<Pieces *>(user)->emplace_back(text, length);
  return 0;
}

std::string join(const Pieces &pieces) {
  std::string text;
  for (const std::string &piece : pieces)
    text += piece;
  return text;
}

TEST(Utf8Stream, PassesWholeCharactersHoweverTheyCome) {
  const std::string text = "a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80z";
  for (size_t step = 1; step <= text.size(); ++step) {
    Pieces pieces;
    lfm2rt::Utf8Stream stream(addPiece, &pieces);
    for (size_t at = 0; at < text.size(); at += step)
      stream.feed(text.data() + at, std::min(step, text.size() - at));
    stream.flush();
    EXPECT_EQ(join(pieces), text);
    for (const std::string &piece : pieces)
      EXPECT_EQ(lfm2_utf8_whole(piece.data(), piece.size()), piece.size());
  }
}

TEST(Utf8Stream, LosesNothingOfWhatIsNotUtf8) {
  std::string text;
  uint32_t random = 1;
  for (int i = 0; i < 3000; ++i)
    text += char((random = random * 1664525u + 1013904223u) >> 24);
  for (size_t step : {1, 2, 3, 7}) {
    Pieces pieces;
    lfm2rt::Utf8Stream stream(addPiece, &pieces);
    for (size_t at = 0; at < text.size(); at += step)
      stream.feed(text.data() + at, std::min(step, text.size() - at));
    stream.flush();
    EXPECT_EQ(join(pieces), text);
  }
}

class Text : public Runtime {
protected:
  lfm2rt_status generate(lfm2rt_context *context, const std::string &text,
                         uint32_t most, uint32_t flags, Pieces &pieces) {
    std::vector<uint64_t> work(
        lfm2rt_text_work_size(&weights, text.size()) / 8 + 1);
    return lfm2rt_generate_text(context, text.data(), text.size(), most, flags,
                                addPiece, &pieces, work.data(), work.size() * 8,
                                &error);
  }
  std::vector<int32_t> tokens(lfm2rt_context *context, uint32_t from = 0) {
    return {lfm2rt_tokens(context) + from,
            lfm2rt_tokens(context) + lfm2rt_position(context)};
  }
  std::vector<int32_t> encode(const std::string &text, uint32_t flags) {
    std::vector<int32_t> ids(text.size() + 1);
    std::vector<char> work(lfm2rt_text_work_size(&weights, text.size()));
    uint64_t count = 0;
    EXPECT_EQ(lfm2rt_tokenize(&weights, text.data(), text.size(), flags,
                              ids.data(), ids.size(), &count, work.data(),
                              work.size(), &error),
              LFM2RT_OK)
        << error.message;
    ids.resize(count);
    return ids;
  }
};

TEST_F(Text, TokenizesWithTheFlagsAsked) {
  EXPECT_EQ(encode("hello", LFM2RT_ADD_BOS),
            (std::vector<int32_t>{256, 'h', 'e', 259, 'o'}));
  EXPECT_EQ(encode("<|im_end|>", LFM2RT_PARSE_SPECIAL),
            (std::vector<int32_t>{258}));
  EXPECT_EQ(encode("<|im_end|>", 0).size(), 10u);
  EXPECT_EQ(encode("\xff\x80", 0), (std::vector<int32_t>{0xff, 0x80}));
  EXPECT_TRUE(encode("", 0).empty());
  int32_t one = 0;
  uint64_t count = 0;
  std::vector<char> work(lfm2rt_text_work_size(&weights, 5));
  EXPECT_EQ(lfm2rt_tokenize(&weights, "hello", 5, 0, &one, 1, &count,
                            work.data(), work.size(), &error),
            LFM2RT_NO_MEMORY);
  EXPECT_EQ(error.needed, 4u * 4);
}

TEST_F(Text, KindsOfTokens) {
  size_t length = 0;
  EXPECT_EQ(
      std::string(lfm2rt_token_text(&weights, 259, &length)).substr(0, length),
      "ll");
  lfm2rt_token_text(&weights, 299, &length);
  EXPECT_EQ(length, 0u);
  EXPECT_TRUE(lfm2rt_token_is_control(&weights, 256));
  EXPECT_TRUE(lfm2rt_token_is_stop(&weights, stopToken));
  EXPECT_FALSE(lfm2rt_token_is_stop(&weights, 65));
}

TEST_F(Text, GeneratesWholeCharacters) {
  Context context(model, weights, 256, 1);
  Pieces pieces;
  ASSERT_EQ(generate(context, "abc", 1000, LFM2RT_ADD_BOS, pieces), LFM2RT_OK)
      << error.message;
  // From position 4 to 62; the stop token is not shown.
  std::string expected;
  for (int32_t at = 4; at < 63; ++at)
    expected += char(expectedToken(at));
  EXPECT_EQ(join(pieces), expected);
  for (const std::string &piece : pieces)
    EXPECT_EQ(lfm2_utf8_whole(piece.data(), piece.size()), piece.size())
        << piece;
  EXPECT_EQ(tokens(context)[0], 256) << "the text starts with bos";
}

TEST_F(Text, AChatReadsEachTurnOnce) {
  Context context(model, weights, 512, 1);
  Pieces pieces;
  ASSERT_EQ(generate(context, "hi", 1000, LFM2RT_CHAT, pieces), LFM2RT_OK)
      << error.message;
  const std::vector<int32_t> first =
      encode("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
             LFM2RT_ADD_BOS | LFM2RT_PARSE_SPECIAL);
  const std::vector<int32_t> read = tokens(context);
  ASSERT_GT(read.size(), first.size());
  EXPECT_TRUE(std::equal(first.begin(), first.end(), read.begin()));
  const uint32_t turn = lfm2rt_position(context);
  EXPECT_EQ(turn, 63u)
      << "stopped at the model's stop token, which is not read yet";

  ASSERT_EQ(generate(context, "<|im_end|>", 1, LFM2RT_CHAT, pieces), LFM2RT_OK);
  std::vector<int32_t> second =
      encode("<|im_end|>\n<|im_start|>user\n", LFM2RT_PARSE_SPECIAL);
  for (int32_t id : encode("<|im_end|>", 0)) // The user cannot end the turn.
    second.push_back(id);
  for (int32_t id :
       encode("<|im_end|>\n<|im_start|>assistant\n", LFM2RT_PARSE_SPECIAL))
    second.push_back(id);
  EXPECT_EQ(tokens(context, turn), second);
}

TEST_F(Text, AnAnswerThatWasCutIsClosed) {
  Context context(model, weights, 512, 1);
  Pieces pieces;
  ASSERT_EQ(generate(context, "hi", 3, LFM2RT_CHAT, pieces), LFM2RT_OK);
  const uint32_t turn = lfm2rt_position(context);
  ASSERT_EQ(generate(context, "x", 1, LFM2RT_CHAT, pieces), LFM2RT_OK);
  const std::vector<int32_t> read = tokens(context, turn);
  EXPECT_EQ(read[0], expectedToken(int32_t(turn)))
      << "the last token of the answer";
  EXPECT_EQ(read[1], stopToken) << "then the end of its turn";
}

TEST_F(Text, TooLongForTheContextIsNotRead) {
  Context context(model, weights, 64, 1);
  Pieces pieces;
  ASSERT_EQ(generate(context, "hi", 3, LFM2RT_CHAT, pieces), LFM2RT_OK);
  const uint32_t turn = lfm2rt_position(context);
  EXPECT_EQ(generate(context, std::string(100, 'x'), 1, LFM2RT_CHAT, pieces),
            LFM2RT_CONTEXT_FULL);
  EXPECT_EQ(lfm2rt_position(context), turn);
  EXPECT_EQ(generate(context, "", 5, LFM2RT_IGNORE_STOP, pieces), LFM2RT_OK)
      << "and the answer can still go on";
}

TEST_F(Text, OfTwoGiBAndMoreIsRefused) {
  const size_t limit = size_t(1) << 31;
  EXPECT_NE(lfm2rt_text_work_size(&weights, 0), 0u);
  EXPECT_NE(lfm2rt_text_work_size(&weights, limit - 1000), 0u);
  Context context(model, weights, 64, 1);
  // The chat form counts: it is encoded with the text.
  for (size_t length : {limit - 1, limit, SIZE_MAX}) {
    EXPECT_EQ(lfm2rt_text_work_size(&weights, length), 0u) << length;
    EXPECT_EQ(lfm2rt_generate_text(context, "", length, 1, 0, addPiece, nullptr,
                                   nullptr, 0, &error),
              LFM2RT_INVALID_ARGUMENT);
    EXPECT_TRUE(failed("expected a text of less than 2 GiB"));
  }
  uint64_t count = 0;
  EXPECT_EQ(lfm2rt_tokenize(&weights, "", limit, 0, nullptr, 0, &count, nullptr,
                            0, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("found one of 2147483648 bytes"));
}

TEST_F(Text, WithoutATokenizer) {
  ArchiveOptions options;
  options.tokenizer = false;
  const std::vector<uint8_t> plain = makeArchive(options);
  Memory memory(plain.size());
  std::memcpy(memory.get(), plain.data(), plain.size());
  ASSERT_EQ(lfm2rt_weights_open_memory(&weights, &model, memory.get(),
                                       plain.size(), &error),
            LFM2RT_OK);
  EXPECT_EQ(lfm2rt_text_work_size(&weights, 10), 0u);
  uint64_t count = 0;
  EXPECT_EQ(lfm2rt_tokenize(&weights, "a", 1, 0, nullptr, 0, &count, nullptr, 0,
                            &error),
            LFM2RT_NO_TOKENIZER);
  EXPECT_TRUE(failed("give token ids"));
  EXPECT_FALSE(lfm2rt_token_is_stop(&weights, stopToken));
  Context context(model, weights, 64, 1);
  EXPECT_EQ(context.generate({1}, 3).size(), 3u);
}

} // namespace
