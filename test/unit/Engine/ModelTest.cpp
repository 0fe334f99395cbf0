// A library that is loaded, and one that is none.
#include "test/unit/Engine/Fixture.h"

using namespace engine;
using namespace lfm2e;

namespace {

class Models : public Engine {
protected:
  static std::string refusal(const std::string &library,
                             const Model::Settings &settings = {}) {
    try {
      Model::open(library, settings);
    } catch (const Failure &failure) {
      return failure.what();
    }
    return "";
  }
};

TEST_F(Models, TextsBecomeIdsAndTexts) {
  const std::vector<int32_t> ids =
      model->tokenize("h\xc3\xa9llo<|im_end|>", LFM2RT_PARSE_SPECIAL);
  EXPECT_EQ(ids.back(), fake::endToken);
  EXPECT_EQ(model->detokenize(ids, /*withControl=*/true),
            "h\xc3\xa9llo<|im_end|>");
  EXPECT_EQ(model->detokenize(ids, /*withControl=*/false), "h\xc3\xa9llo");
  EXPECT_EQ(model->vocabulary(), fake::vocabulary);
  ASSERT_TRUE(model->hasChatTemplate());
  const Talk talk = {R"([{"role": "user", "content": "hi"}])", "", "",
                     LFM2RT_CHAT_ANSWER};
  EXPECT_EQ(model->detokenize(model->encode(talk), true), model->render(talk));
  EXPECT_THROW(model->encode({"[", "", "", LFM2RT_CHAT_ANSWER}), Failure);
  EXPECT_TRUE(model->opensReasoning(model->tokenize("x<think>\n ", 0)));
  EXPECT_FALSE(model->opensReasoning(model->tokenize("<think>x", 0)));
  EXPECT_FALSE(model->opensReasoning({}));
}

TEST_F(Models, FormsAreKept) {
  auto form = model->form(LFM2RT_FORM_REGEX, 0, "", "[ab]+");
  EXPECT_EQ(form, model->form(LFM2RT_FORM_REGEX, 0, "", "[ab]+"));
  EXPECT_NE(form, model->form(LFM2RT_FORM_REGEX, 0, "", "[ab]*"));
  for (int i = 0; i < 100; ++i)
    model->form(LFM2RT_FORM_REGEX, 0, "", "a{" + std::to_string(i) + "}");
  EXPECT_NE(form, model->form(LFM2RT_FORM_REGEX, 0, "", "[ab]+"));
  EXPECT_THROW(model->form(LFM2RT_FORM_REGEX, 0, "", "["), Failure);
  EXPECT_EQ(model->ownForm(), nullptr);
}

TEST_F(Models, AnAnswerHasItsForm) {
  auto scheduler = open();
  Request asked = request(ids(5, 1), 40);
  asked.ignoresStop = false;
  asked.form = model->form(LFM2RT_FORM_REGEX, 0, "", "(yes|never), [ab]{5}!");
  for (uint32_t seed = 0; seed < 10; ++seed) {
    asked.sampling.values.seed = seed;
    const Answer answer = read(*scheduler->submit(asked));
    EXPECT_EQ(answer.finish, Finish::Stop);
    EXPECT_EQ(answer.text.substr(answer.text.size() - 1), "!");
    EXPECT_TRUE(answer.text.rfind("yes, ", 0) == 0 ||
                answer.text.rfind("never, ", 0) == 0)
        << answer.text;
  }
}

// Tokens that must follow are not drawn, but for their random numbers: with and
// without logprobs, which want all drawn, equal seeds give equal answers.
TEST_F(Models, ForcedTokensPassTheirRandomNumbersBy) {
  auto scheduler = open();
  Request asked = request(ids(5, 1), 40);
  asked.ignoresStop = false;
  asked.form =
      model->form(LFM2RT_FORM_REGEX, 0, "",
                  "(yes, that|no, this) is [a-f]{3}(, and|; or) [ab]{5}!");
  uint32_t forced = 0;
  for (uint32_t seed = 0; seed < 10; ++seed) {
    asked.sampling.values.seed = seed;
    asked.logprobs = -1;
    auto stream = scheduler->submit(asked);
    std::string text;
    Event event;
    while (stream->next(event)) {
      forced += event.tokens.size() > 1;
      for (const Piece &piece : event.pieces)
        text += piece.text;
    }
    asked.logprobs = 0;
    EXPECT_EQ(read(*scheduler->submit(asked)).text, text);
  }
  EXPECT_GT(forced, 0u);
}

TEST_F(Models, LogprobsAreThoseOfTheModel) {
  auto scheduler = open();
  Request asked = request(ids(5, 1), 3);
  asked.logprobs = 2;
  auto stream = scheduler->submit(asked);
  Event event;
  while (stream->next(event))
    for (const Drawn &drawn : event.tokens) {
      ASSERT_EQ(drawn.best.size(), 2u);
      EXPECT_GE(drawn.best[0].logprob, drawn.best[1].logprob);
      EXPECT_LE(drawn.logprob, drawn.best[0].logprob);
      EXPECT_LT(drawn.logprob, 0);
    }
}

TEST_F(Models, WhatIsNoModelIsRefused) {
  EXPECT_NE(refusal("/nowhere/model.so").find("expected a library that"),
            std::string::npos);
  EXPECT_NE(refusal("libm.so.6").find("expected a library that"),
            std::string::npos)
      << "libraries of the system are not looked at";
  EXPECT_NE(refusal("/lib/x86_64-linux-gnu/libm.so.6")
                .find("compile the model again"),
            std::string::npos);
  EXPECT_NE(refusal(LFM2_FAKE_LIBRARY, {"/nowhere.weights", ""})
                .find("found no such file"),
            std::string::npos);
}

} // namespace
