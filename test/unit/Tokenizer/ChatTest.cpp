// How conversations are written, by their templates.
#include "lib/Model/ChatForm.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

SmallTokenizer makeSmall(const std::string &chatTemplate) {
  SmallTokenizer small;
  small.spec.bos = small.add("<|startoftext|>", TokenType::Control);
  small.add("<|im_start|>", TokenType::Control);
  small.spec.eos = small.add("<|im_end|>", TokenType::Control);
  small.spec.chatTemplate = chatTemplate;
  return small;
}

const std::string frame =
    "{%- for m in messages -%}{{- \"<|im_start|>\" + m.role "
    "+ \"\\n\" + m.content + \"<|im_end|>\\n\" -}}{%- endfor -%}";
const std::string opening =
    "{%- if add_generation_prompt -%}{{- \"<|im_start|>assistant\\n";

TEST(Chat, OfTheFamily) {
  const ChatForm form = deriveChatForm(
      makeSmall("{{- bos_token -}}" + frame + opening + "\" -}}{%- endif -%}")
          .spec);
  EXPECT_TRUE(form.known);
  EXPECT_TRUE(form.startsBos);
  EXPECT_EQ(form.strings[LFM2_CHAT_SYSTEM_PREFIX], "<|im_start|>system\n");
  EXPECT_EQ(form.strings[LFM2_CHAT_USER_PREFIX], "<|im_start|>user\n");
  EXPECT_EQ(form.strings[LFM2_CHAT_USER_SUFFIX], "<|im_end|>\n");
  EXPECT_EQ(form.strings[LFM2_CHAT_GENERATION], "<|im_start|>assistant\n");
}

TEST(Chat, OpensTheAnswerWithThinkWhereTheTemplateAlwaysDoes) {
  const auto generation = [](const std::string &tail) {
    return deriveChatForm(makeSmall(frame + opening + tail).spec)
        .strings[LFM2_CHAT_GENERATION];
  };
  EXPECT_EQ(generation("<think>\" -}}{%- endif -%}"),
            "<|im_start|>assistant\n<think>");
  // Reasoning that can be switched off is closed at once where it is.
  EXPECT_EQ(
      generation("\" -}}{%- if not thinking -%}<think></think>{%- endif -%}"),
      "<|im_start|>assistant\n");
  // A <think> that belongs to earlier messages says nothing.
  EXPECT_EQ(deriveChatForm(makeSmall(frame +
                                     "{{ '<think>' + m.thinking + "
                                     "'</think>' }}" +
                                     opening + "\" -}}{%- endif -%}")
                               .spec)
                .strings[LFM2_CHAT_GENERATION],
            "<|im_start|>assistant\n");
}

TEST(Chat, OfAnotherTemplateIsNotKnown) {
  EXPECT_FALSE(deriveChatForm(makeSmall("[INST] {{ m }} [/INST]").spec).known);
  EXPECT_FALSE(deriveChatForm(SmallTokenizer().spec).known);
}

TEST(Chat, WithoutTemplateFollowsTheTokens) {
  SmallTokenizer small = makeSmall("");
  EXPECT_TRUE(deriveChatForm(small.spec).known);
  EXPECT_TRUE(deriveChatForm(small.spec).startsBos);
  small.spec.addBos = false;
  EXPECT_FALSE(deriveChatForm(small.spec).startsBos);
}

TEST(Chat, TemplateWithoutBosStartsPlainly) {
  EXPECT_FALSE(deriveChatForm(makeSmall(frame).spec).startsBos);
  EXPECT_TRUE(
      deriveChatForm(makeSmall("<|startoftext|>" + frame).spec).startsBos);
}

TEST(Chat, StringsStandInTheSection) {
  const OpenTokenizer opened = llvm::cantFail(
      OpenTokenizer::fromSpec(makeSmall("{{- bos_token -}}" + frame).spec));
  EXPECT_EQ(lfm2_tokenizer_flags(&opened.get()),
            uint32_t(LFM2_TOKENIZER_ADD_BOS | LFM2_TOKENIZER_HAS_CHAT |
                     LFM2_TOKENIZER_CHAT_BOS));
  uint32_t length;
  const char *text =
      lfm2_tokenizer_chat(&opened.get(), LFM2_CHAT_USER_PREFIX, &length);
  EXPECT_EQ(std::string(text, length), "<|im_start|>user\n");
  lfm2_tokenizer_chat(&opened.get(), LFM2_CHAT_NUM_STRINGS, &length);
  EXPECT_EQ(length, 0u);
}

} // namespace
