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

ChatForm derive(const TokenizerSpec &spec) {
  return llvm::cantFail(deriveChatForm(spec));
}
ChatForm derive(const std::string &chatTemplate) {
  return derive(makeSmall(chatTemplate).spec);
}

// A template of the family, with `content` and what opens an answer.
std::string frameOf(const std::string &content,
                    const std::string &opening = "'<|im_start|>assistant\\n'") {
  return "{%- for m in messages -%}{{- '<|im_start|>' + m.role + '\\n' + " +
         content +
         " + '<|im_end|>\\n' -}}{%- endfor -%}"
         "{%- if add_generation_prompt -%}{{- " +
         opening + " -}}{%- endif -%}";
}
const std::string plain = frameOf("m.content");

TEST(Chat, OfTheFamily) {
  const ChatForm form = derive("{{- bos_token -}}" + plain);
  EXPECT_TRUE(form.appends);
  EXPECT_TRUE(form.startsBos);
  EXPECT_STREQ(form.source, "the checkpoint's template");
  EXPECT_EQ(form.strings[LFM2_CHAT_SYSTEM_PREFIX], "<|im_start|>system\n");
  EXPECT_EQ(form.strings[LFM2_CHAT_SYSTEM_SUFFIX], "<|im_end|>\n");
  EXPECT_EQ(form.strings[LFM2_CHAT_USER_PREFIX], "<|im_start|>user\n");
  EXPECT_EQ(form.strings[LFM2_CHAT_USER_SUFFIX], "<|im_end|>\n");
  EXPECT_EQ(form.strings[LFM2_CHAT_ASSISTANT_PREFIX],
            "<|im_start|>assistant\n");
  EXPECT_EQ(form.strings[LFM2_CHAT_ASSISTANT_SUFFIX], "<|im_end|>\n");
  EXPECT_EQ(form.strings[LFM2_CHAT_GENERATION], "<|im_start|>assistant\n");
  EXPECT_EQ(form.variables,
            (std::vector<std::string>{"bos_token", "messages",
                                      "add_generation_prompt"}));
}

TEST(Chat, OpensTheAnswerAsTheTemplateDoes) {
  const ChatForm form =
      derive(frameOf("m.content", "'<|im_start|>assistant\\n<think>'"));
  EXPECT_TRUE(form.appends);
  EXPECT_EQ(form.strings[LFM2_CHAT_GENERATION],
            "<|im_start|>assistant\n<think>");
}

// What a template does to texts is not in the strings around them.
TEST(Chat, OfTemplatesThatDoMoreThanAppendIsNotKnown) {
  EXPECT_FALSE(derive(frameOf("m.content|trim")).appends);
  EXPECT_FALSE(derive(frameOf("m.content.split('</think>')[-1]")).appends);
  EXPECT_FALSE(
      derive("<|im_start|>system\nBe kind.<|im_end|>\n" + plain).appends);
  EXPECT_FALSE(derive("{{ strftime_now('%Y') }}" + plain).appends);
  EXPECT_FALSE(derive("{{ raise_exception('no') }}").appends);
  EXPECT_FALSE(derive("[INST] {{ messages }} [/INST]").appends);
  EXPECT_TRUE(derive("{{ messages[0].content }}").strings[0].empty());
}

// Other models' frames are as good.
TEST(Chat, OfOtherTokens) {
  const ChatForm form =
      derive("{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}"
             "[INST] {{ m.content }} [/INST]{% else %} {{ m.content }}</s>"
             "{% endif %}{% endfor %}{{ ' ' if add_generation_prompt }}");
  EXPECT_TRUE(form.appends);
  EXPECT_EQ(form.strings[LFM2_CHAT_USER_PREFIX], "[INST] ");
  EXPECT_EQ(form.strings[LFM2_CHAT_USER_SUFFIX], " [/INST]");
  EXPECT_EQ(form.strings[LFM2_CHAT_ASSISTANT_SUFFIX], "</s>");
}

TEST(Chat, WithoutTemplateFollowsTheTokens) {
  SmallTokenizer small = makeSmall("");
  EXPECT_TRUE(derive(small.spec).appends);
  EXPECT_TRUE(derive(small.spec).startsBos);
  EXPECT_FALSE(derive(small.spec).section.empty());
  small.spec.addBos = false;
  EXPECT_FALSE(derive(small.spec).startsBos);
  EXPECT_TRUE(derive(SmallTokenizer().spec).section.empty());
}

TEST(Chat, TemplateWithoutBosStartsPlainly) {
  EXPECT_FALSE(derive(plain).startsBos);
  EXPECT_TRUE(derive("<|startoftext|>" + plain).startsBos);
}

TEST(Chat, RefusesWhatIsNotSupported) {
  auto form = deriveChatForm(makeSmall("\n{% include 'x' %}").spec);
  EXPECT_EQ(llvm::toString(form.takeError()),
            "line 2 of the chat template: {% include %} is not supported in a "
            "chat template");
}

TEST(Chat, StringsStandInTheSection) {
  const OpenTokenizer opened = llvm::cantFail(
      OpenTokenizer::fromSpec(makeSmall("{{- bos_token -}}" + plain).spec));
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
