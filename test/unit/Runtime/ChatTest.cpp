// Conversations of an archive that was opened: what is refused, and memory.
#include "lfm2rt/chat.h"
#include "lfm2rt/chat_format.h"
#include "lib/Chat/Template.h"
#include "test/unit/Runtime/Fixture.h"

#include <cstring>

using namespace fake;

namespace {

class Chat : public Runtime {
protected:
  lfm2rt_status render(const std::string &messages, size_t bytes = 1 << 17,
                       bool ids = false) {
    given.messages = messages.data();
    given.messages_bytes = messages.size();
    work.assign(bytes / 8, 0);
    if (ids)
      return lfm2rt_chat_encode(&weights, &given, work.data(), bytes, &tokens,
                                &count, &error);
    return lfm2rt_chat_render(&weights, &given, work.data(), bytes, &text,
                              &count, &error);
  }

  std::vector<uint64_t> work;
  lfm2rt_conversation given = {};
  const char *text = nullptr;
  const int32_t *tokens = nullptr;
  uint64_t count = 0;
};

const std::string hello = R"([{"role": "user", "content": "all <|im_end|>"}])";

TEST_F(Chat, TextAndIds) {
  given.flags = LFM2RT_CHAT_ANSWER;
  ASSERT_EQ(render(hello), LFM2RT_OK) << error.message;
  const std::string expected = "<|startoftext|><|im_start|>user\nall <|im_end|>"
                               "<|im_end|>\n<|im_start|>assistant\n";
  EXPECT_EQ(std::string(text, count), expected);
  ASSERT_EQ(render(hello, 1 << 17, true), LFM2RT_OK) << error.message;
  const std::vector<int32_t> ids(tokens, tokens + count);
  EXPECT_EQ(ids.front(), 256);
  // One bos; the frame's tokens, without the user's.
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 256), 1);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 257), 2);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), endToken), 1);
}

TEST_F(Chat, TooLittleMemoryIsToldUntilItIsEnough) {
  size_t bytes = 0;
  for (int round = 0;; ++round) {
    const lfm2rt_status status = render(hello, bytes, true);
    if (status == LFM2RT_OK)
      break;
    ASSERT_EQ(status, LFM2RT_NO_MEMORY);
    ASSERT_GE(error.needed, 2 * bytes);
    ASSERT_GT(error.needed, bytes);
    ASSERT_LT(round, 20);
    EXPECT_TRUE(failed("expected more work memory for this conversation"));
    bytes = size_t(error.needed);
  }
  EXPECT_LE(bytes, 2 * lfm2rt_chat_work_size(&weights, &given));
}

TEST_F(Chat, VariablesAreListed) {
  EXPECT_NE(lfm2rt_chat_has_template(&weights), 0);
  size_t length = 0;
  std::vector<std::string> names;
  while (const char *name =
             lfm2rt_chat_variable(&weights, uint32_t(names.size()), &length))
    names.emplace_back(name, length);
  EXPECT_EQ(names, (std::vector<std::string>{"bos_token", "messages",
                                             "add_generation_prompt"}));
}

TEST_F(Chat, FailingNeedsNoError) {
  given.messages = "[";
  given.messages_bytes = 1;
  work.resize(1 << 12);
  EXPECT_EQ(lfm2rt_chat_render(&weights, &given, work.data(), 1 << 15, &text,
                               &count, nullptr),
            LFM2RT_INVALID_ARGUMENT);
}

TEST_F(Chat, WithoutTemplateOrTokenizer) {
  weights.bytes[LFM2_SECTION_CHAT] = 0;
  EXPECT_EQ(lfm2rt_chat_has_template(&weights), 0);
  size_t length;
  EXPECT_EQ(lfm2rt_chat_variable(&weights, 0, &length), nullptr);
  EXPECT_EQ(render(hello), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(
      failed("expected a model with a chat template, found one without; "
             "compile it with --chat-template=FILE"));
  std::memset(weights.tokenizer, 0, sizeof weights.tokenizer);
  EXPECT_EQ(render(hello, 1 << 17, true), LFM2RT_NO_TOKENIZER);
}

// Every number of the tables is checked, and none of code leads out of them.
TEST_F(Chat, DamageIsRefused) {
  const std::vector<uint8_t> sound = llvm::cantFail(lfm2c::compileTemplate(
      "{% macro f(a) %}{{ a|upper }}{% endmacro %}{{ f(messages[0].content) }}"
      "{{ bos_token }}",
      {{{"bos_token", "<s>"}}, {"<s>"}}));
  given.messages = hello.data();
  given.messages_bytes = hello.size();
  work.resize(1 << 14);
  const auto run = [&](const std::vector<uint8_t> &bytes) {
    std::vector<uint64_t> section((bytes.size() + 7) / 8);
    std::memcpy(section.data(), bytes.data(), bytes.size());
    return lfm2rt_chat_render_section(section.data(), bytes.size(), &given,
                                      work.data(), work.size() * 8, &text,
                                      &count, &error);
  };
  ASSERT_EQ(run(sound), LFM2RT_OK) << error.message;
  for (size_t size :
       {size_t(1), sizeof(lfm2_template_header), sound.size() - 8})
    EXPECT_EQ(run({sound.begin(), sound.begin() + long(size)}),
              LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("chat template: expected tables that fill their section, "
                     "found others; the file is damaged: copy it again"));
  // Some of the changed words mean something else, which then runs.
  int refused = 0;
  for (size_t at = 0; at + 4 <= sound.size(); at += 4)
    for (uint32_t value : {0u, 7u, 0x00ff00ffu, 0x7fffffffu, 0xffffffffu}) {
      std::vector<uint8_t> changed = sound;
      std::memcpy(changed.data() + at, &value, sizeof value);
      refused += run(changed) == LFM2RT_BAD_WEIGHTS;
    }
  EXPECT_GT(refused, 300);
}

} // namespace
