// Texts end at stop texts, however they come.
#include "runtime/src/StopStream.h"
#include "test/unit/Runtime/Fixture.h"

#include <random>

using namespace fake;
using lfm2rt::StopStream;

namespace {

int addPiece(const char *text, size_t bytes, void *user) {
  static_cast<std::vector<std::string> *>(user)->emplace_back(text, bytes);
  return 0;
}

std::string join(const std::vector<std::string> &pieces) {
  std::string all;
  for (const std::string &piece : pieces)
    all += piece;
  return all;
}

class Stops {
public:
  explicit Stops(std::vector<std::string> texts) : texts(std::move(texts)) {
    for (const std::string &text : this->texts)
      list.push_back({text.data(), text.size()});
  }
  const lfm2rt_text *data() const { return list.data(); }
  uint32_t size() const { return uint32_t(list.size()); }

  /// By searching: what is shown of a text, and which of them ends it.
  std::string cut(const std::string &text, int32_t &by) const {
    by = -1;
    for (size_t end = 1; end <= text.size(); ++end) {
      for (size_t s = 0; s < texts.size(); ++s)
        if (!texts[s].empty() && texts[s].size() <= end &&
            text.compare(end - texts[s].size(), texts[s].size(), texts[s]) ==
                0 &&
            (by < 0 || texts[s].size() > texts[size_t(by)].size()))
          by = int32_t(s);
      if (by >= 0)
        return text.substr(0, end - texts[size_t(by)].size());
    }
    return text;
  }
  /// How many of its last bytes a stop text begins with, but not all of one.
  size_t held(const std::string &text) const {
    size_t longest = 0;
    for (const std::string &stop : texts)
      for (size_t n = 1; n < stop.size() && n <= text.size(); ++n)
        if (text.compare(text.size() - n, n, stop, 0, n) == 0)
          longest = std::max(longest, n);
    return longest;
  }

private:
  std::vector<std::string> texts;
  std::vector<lfm2rt_text> list;
};

/// Fed in these pieces.
std::string run(const Stops &stops, const std::vector<std::string> &pieces,
                int32_t &by) {
  std::vector<std::string> shown;
  StopStream stream(addPiece, &shown, stops.data(), stops.size());
  std::string fed;
  by = -1;
  for (const std::string &piece : pieces) {
    const int ended = stream.feed(piece.data(), piece.size());
    by = stream.stoppedBy();
    EXPECT_EQ(ended, by >= 0);
    if (ended) {
      EXPECT_EQ(stream.feed("more", 4), 1) << "nothing comes behind it";
      break;
    }
    fed += piece;
    EXPECT_EQ(join(shown), fed.substr(0, fed.size() - stops.held(fed)))
        << "no more is held back than may be a stop text";
  }
  stream.flush();
  return join(shown);
}

TEST(StopStream, EndsWhereATextIsWhole) {
  const Stops stops({"END", "\n\n", "</a>"});
  int32_t by;
  EXPECT_EQ(run(stops, {"one E", "N", "D two"}, by), "one ");
  EXPECT_EQ(by, 0);
  EXPECT_EQ(run(stops, {"EEN", "ENDED"}, by), "EEN");
  EXPECT_EQ(run(stops, {"a\n", "b\n", "\n"}, by), "a\nb");
  EXPECT_EQ(by, 1);
  EXPECT_EQ(run(stops, {"x <", "/", "a"}, by), "x </a");
  EXPECT_EQ(by, -1) << "the end comes first, and shows what was held back";
}

TEST(StopStream, TheLongestOfThoseThatEndAtTheSamePlace) {
  int32_t by;
  EXPECT_EQ(run(Stops({"bc", "abc"}), {"x", "a", "b", "c"}, by), "x");
  EXPECT_EQ(by, 1);
  EXPECT_EQ(run(Stops({"abcd", "bc"}), {"xab", "c"}, by), "xa")
      << "the one within the beginning of the other";
  EXPECT_EQ(by, 1);
  EXPECT_EQ(run(Stops({"aab"}), {"aaaa", "ab"}, by), "aaa");
  EXPECT_EQ(run(Stops({"", "x"}), {"ax"}, by), "a") << "no bytes stop nothing";
  EXPECT_EQ(run(Stops({""}), {"ax"}, by), "ax");
}

TEST(StopStream, WholeCharactersOnly) {
  std::vector<std::string> shown;
  const lfm2rt_text stop = {"\xb6", 1}; // The end of an o with dots.
  StopStream stream(addPiece, &shown, &stop, 1);
  EXPECT_EQ(stream.feed("h\xc3", 2), 0);
  EXPECT_EQ(shown, std::vector<std::string>{"h"});
  EXPECT_EQ(stream.feed("\xa9\xc3", 2), 0);
  EXPECT_EQ(join(shown), "h\xc3\xa9");
  EXPECT_EQ(stream.feed("\xb6x", 2), 1);
  stream.flush();
  EXPECT_EQ(join(shown), "h\xc3\xa9\xc3");
  EXPECT_EQ(stream.feed("again", 5), 0) << "flushed, it begins anew";
}

TEST(StopStream, PassesOnWhatTheSinkSays) {
  auto refuse = [](const char *, size_t, void *) { return 7; };
  const lfm2rt_text stop = {"ab", 2};
  StopStream stream(refuse, nullptr, &stop, 1);
  EXPECT_EQ(stream.feed("a", 1), 0) << "held back";
  EXPECT_EQ(stream.feed("c", 1), 7);
}

TEST(StopStream, AsASearchThroughTheWholeText) {
  std::mt19937 generator(1);
  auto below = [&](size_t n) { return size_t(generator()) % n; };
  auto word = [&](size_t n) {
    std::string text;
    for (size_t length = below(n + 1); text.size() < length;)
      text += char('a' + below(2));
    return text;
  };
  size_t ended = 0;
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::string> texts, pieces;
    for (size_t n = below(4); texts.size() <= n;)
      texts.push_back(word(7));
    for (size_t n = below(8); pieces.size() <= n;)
      pieces.push_back(word(6));
    const Stops stops(texts);
    int32_t expectedBy, by;
    const std::string expected = stops.cut(join(pieces), expectedBy);
    ASSERT_EQ(run(stops, pieces, by), expected)
        << testing::PrintToString(texts) << testing::PrintToString(pieces);
    ASSERT_EQ(by < 0 ? "" : texts[size_t(by)],
              expectedBy < 0 ? "" : texts[size_t(expectedBy)]);
    ended += by >= 0;
  }
  EXPECT_GT(ended, 5000u);
  EXPECT_LT(ended, 19000u);
}

class StopTexts : public Runtime {
protected:
  std::string generate(lfm2rt_context *context, const char *prompt,
                       uint32_t most) {
    std::vector<std::string> pieces;
    Memory work(lfm2rt_text_work_size(&weights, std::strlen(prompt)));
    EXPECT_EQ(lfm2rt_generate_text(context, prompt, std::strlen(prompt), most,
                                   0, addPiece, &pieces, work.get(), work.bytes,
                                   &error),
              LFM2RT_OK)
        << error.message;
    return join(pieces);
  }
};

// The fake model goes on with the bytes of "héllo wörld 😀\n" by position.
TEST_F(StopTexts, GenerationEndsAtAStopText) {
  Context context(model, weights, 256, 1);
  EXPECT_EQ(lfm2rt_stopped_by(context), -1);
  Stops stops({"nothing", "o w\xc3\xb6r"});
  lfm2rt_set_stops(context, stops.data(), stops.size());
  EXPECT_EQ(generate(context, "x", 100), "\xc3\xa9ll");
  EXPECT_EQ(lfm2rt_stopped_by(context), 1);
  // The tokens of the stop text are those of the conversation.
  EXPECT_EQ(lfm2rt_position(context), 10u);
  EXPECT_EQ(generate(context, "", 7), "ld \xf0\x9f\x98\x80");
  EXPECT_EQ(lfm2rt_stopped_by(context), -1);
  lfm2rt_set_stops(context, nullptr, 0);
  lfm2rt_reset(context);
  EXPECT_EQ(generate(context, "x", 9), "\xc3\xa9llo w\xc3\xb6");
}

} // namespace
