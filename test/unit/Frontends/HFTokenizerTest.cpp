// Tokenizers of Hugging Face directories that are not supported or damaged.

#include "HFDamage.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

class HFTokenizerDamage : public testing::TestWithParam<HFChange> {};

TEST_P(HFTokenizerDamage, IsRefusedInOneLine) { expectRefused(GetParam()); }

void edit(HFBuilder &builder, const char *from, const char *to) {
  builder.edit("tokenizer.json", from, to);
}

const HFChange damages[] = {
    {"tokenizer is no JSON",
     [](HFBuilder &b) { b.files["tokenizer.json"] = "x"; }, "is not JSON"},
    {"tokenizer model",
     [](HFBuilder &b) {
       b.edit("tokenizer.json", "\"type\": \"BPE\"", "\"type\": \"Unigram\"");
     },
     "tokenizer model 'Unigram' is not supported; supported is BPE"},
    {"another pre-tokenizer",
     [](HFBuilder &b) { edit(b, "\"Split\"", "\"Metaspace\""); },
     "tokenizer.json: pre_tokenizer.pretokenizers[0] of type 'Metaspace' is "
     "not "
     "supported; supported are Split, Digits"},
    {"no pre-tokenizer",
     [](HFBuilder &b) { edit(b, "\"pre_tokenizer\"", "\"pre\""); },
     "pre_tokenizer has no step of type 'ByteLevel'; only byte-level BPE is"},
    {"a sequence that is none",
     [](HFBuilder &b) { edit(b, "\"pretokenizers\"", "\"steps\""); },
     "pre_tokenizer of type 'Sequence' should have a list 'pretokenizers'"},
    {"a step that is a number",
     [](HFBuilder &b) {
       edit(b, "\"pretokenizers\": [", "\"pretokenizers\": [1, ");
     },
     "pre_tokenizer.pretokenizers[0] should be an object"},
    {"a split by nothing",
     [](HFBuilder &b) { edit(b, "{\"Regex\"", "{\"Rule\""); },
     "pre_tokenizer.pretokenizers[0].pattern should be a text under 'Regex'"},
    {"an unknown behavior",
     [](HFBuilder &b) { edit(b, "\"Isolated\"", "\"Isolate\""); },
     "pre_tokenizer.pretokenizers[0] has behavior 'Isolate'; expected "
     "Isolated"},
    {"a step behind ByteLevel",
     [](HFBuilder &b) {
       edit(b, "\"use_regex\": false}",
            "\"use_regex\": false}, {\"type\": \"Whitespace\"}");
     },
     "pretokenizers[2] of type 'Whitespace' is not supported behind ByteLevel"},
    {"a split behind ByteLevel that knows more than ASCII",
     [](HFBuilder &b) {
       edit(b, "\"use_regex\": false}",
            "\"use_regex\": false}, {\"type\": \"Split\", \"pattern\": "
            "{\"Regex\": \"\\\\p{N}\"}, \"behavior\": \"Isolated\"}");
     },
     "pretokenizers[2] of type 'Split' is not supported behind ByteLevel"},
    {"a space in front",
     [](HFBuilder &b) {
       edit(b, "\"add_prefix_space\": false", "\"add_prefix_space\": true");
     },
     "pretokenizers[1] of type 'ByteLevel' has add_prefix_space, which is not"},
    {"normalizer",
     [](HFBuilder &b) {
       edit(b, "\"normalizer\": null",
            "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": "
            "[{\"type\": \"NFKC\"}]}");
     },
     "normalizer.normalizers[0] of type 'NFKC' is not supported; supported are "
     "NFC"},
    {"a normalizer that is a number",
     [](HFBuilder &b) {
       edit(b, "\"normalizer\": null",
            "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [1]}");
     },
     "normalizer.normalizers[0] should be an object"},
    {"byte fallback",
     [](HFBuilder &b) {
       b.edit("tokenizer.json", "\"byte_fallback\": false",
              "\"byte_fallback\": true");
     },
     "byte_fallback"},
    {"token id far outside",
     [](HFBuilder &b) {
       b.edit("tokenizer.json", "\"abc\": 33", "\"abc\": 2000000000");
     },
     "token 'abc' has id 2000000000"},
    {"two tokens with one id",
     [](HFBuilder &b) {
       b.edit("tokenizer.json", "\"abc\": 33", "\"abc\": 32");
     },
     "tokens 'ab' and 'abc' have the same id 32"},
    {"an added token that the vocabulary has with another id",
     [](HFBuilder &b) {
       b.edit("tokenizer.json",
              R"({"id": 5, "content": "<think>", "special": false}])",
              R"({"id": 5, "content": "abc"}])");
     },
     "added token 'abc' has id 5, but the vocabulary has it with id 33"},
    {"merge of three",
     [](HFBuilder &b) {
       b.edit("tokenizer.json", "[\"a\", \"b\"]", "[\"a\", \"b\", \"c\"]");
     },
     "merge 0 should be two parts"},
    {"post-processor that adds more",
     [](HFBuilder &b) {
       b.edit("tokenizer.json", "{\"Sequence\": {\"id\": \"A\"",
              "{\"SpecialToken\": {\"id\": \"A\"");
     },
     "should put one token before the text and one behind it at most"},
    {"a post-processor without the text",
     [](HFBuilder &b) {
       edit(
           b,
           ",\n                {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}",
           "");
     },
     "the post-processor's list 'single' lacks the text"},
    {"two tokens behind the text",
     [](HFBuilder &b) {
       edit(b, "\"type_id\": 0}}],",
            "\"type_id\": 0}}, {\"SpecialToken\": {\"id\": \"<|im_end|>\"}}, "
            "{\"SpecialToken\": {\"id\": \"<|im_end|>\"}}],");
     },
     "should put one token before the text and one behind it at most"},
    {"a text twice",
     [](HFBuilder &b) {
       edit(b, "\"type_id\": 0}}],",
            "\"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\"}}],");
     },
     "should put one token before the text and one behind it at most"},
    {"an unknown token behind the text",
     [](HFBuilder &b) {
       edit(b, "\"type_id\": 0}}],",
            "\"type_id\": 0}}, {\"SpecialToken\": {\"id\": \"</s>\"}}],");
     },
     "the token that the post-processor puts behind the text is none of the "
     "added tokens"},
    {"a pair without its tokens",
     [](HFBuilder &b) {
       edit(b, "\"TemplateProcessing\"", "\"RobertaProcessing\"");
     },
     "the token that the post-processor puts before the text is none of the "
     "added tokens"},
    {"a suffix of words",
     [](HFBuilder &b) {
       edit(b, "\"end_of_word_suffix\": null",
            "\"end_of_word_suffix\": \"</w>\"");
     },
     "end_of_word_suffix is '</w>', but only byte-level BPE"},
    {"an id that is a text",
     [](HFBuilder &b) { edit(b, "\"abc\": 33", "\"abc\": \"33\""); },
     "the id of token 'abc' should be an integer"},
    {"added tokens that are numbers",
     [](HFBuilder &b) {
       edit(b, "\"added_tokens\": [", "\"added_tokens\": [7, ");
     },
     "added_tokens should be a list of objects"},
    {"an added token without text",
     [](HFBuilder &b) { edit(b, "\"<think>\"", "\"\""); },
     "added token 5 is empty"},
    {"two added tokens with one id",
     [](HFBuilder &b) { edit(b, "\"id\": 5", "\"id\": 4"); }, "added tokens"},
    {"a template without its list",
     [](HFBuilder &b) { edit(b, "\"single\"", "\"other\""); },
     "TemplateProcessing should have a list 'single'"},
    {"a template with an unknown token",
     [](HFBuilder &b) {
       edit(b, "{\"id\": \"<|startoftext|>\", \"type_id\"",
            "{\"id\": \"<s>\", \"type_id\"");
     },
     "is none of the added tokens"},
    {"another post-processor",
     [](HFBuilder &b) {
       edit(b, "\"TemplateProcessing\"", "\"XLNetProcessing\"");
     },
     "post_processor.processors[1] of type 'XLNetProcessing' is not "
     "supported; supported are ByteLevel, TemplateProcessing, "
     "BertProcessing, RobertaProcessing and a Sequence of them"},
    {"a post-processor that is a number",
     [](HFBuilder &b) { edit(b, "\"processors\": [", "\"processors\": [1, "); },
     "post_processor.processors[0] should be an object"},
};

INSTANTIATE_TEST_SUITE_P(All, HFTokenizerDamage, testing::ValuesIn(damages));

/// The tokenizer of the tiny folder after a change to tokenizer.json.
TokenizerSpec readEdited(const char *from, const char *to) {
  HFBuilder builder;
  edit(builder, from, to);
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  if (!read) {
    ADD_FAILURE() << llvm::toString(read.takeError());
    return {};
  }
  EXPECT_TRUE((*read)->warnings.empty());
  return (*read)->tokenizer;
}

TEST(HFTokenizer, KeepsFlagsOfAddedTokens) {
  TokenizerSpec spec = readEdited(
      "\"<think>\", \"special\": false",
      "\"<think>\", \"special\": false, \"lstrip\": true, \"rstrip\": true, "
      "\"single_word\": true, \"normalized\": true");
  ASSERT_EQ(spec.added.size(), 6u);
  const AddedToken &think = spec.added[5], &pad = spec.added[0];
  EXPECT_TRUE(think.lstrip && think.rstrip && think.singleWord &&
              think.normalized);
  EXPECT_FALSE(pad.lstrip || pad.rstrip || pad.singleWord || pad.normalized);
}

TEST(HFTokenizer, KnowsWhichAddedTokensTheVocabularyHas) {
  const TokenizerSpec spec = readEdited(
      R"({"id": 5, "content": "<think>", "special": false}])",
      R"({"id": 5, "content": "<think>"}, {"id": 33, "content": "abc"}])");
  for (const AddedToken &token : spec.added)
    EXPECT_EQ(token.inVocabulary, token.content == "abc") << token.content;
}

TEST(HFTokenizer, ReadsIgnoreMerges) {
  EXPECT_TRUE(readEdited("\"ignore_merges\": false", "\"ignore_merges\": true")
                  .ignoreMerges);
}

TEST(HFTokenizer, ReadsNormalizers) {
  EXPECT_EQ(
      readEdited("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}")
          .normalizer,
      Normalizer::NFC);
  EXPECT_EQ(readEdited("\"normalizer\": null",
                       "\"normalizer\": {\"type\": \"Sequence\", "
                       "\"normalizers\": []}")
                .normalizer,
            Normalizer::None);
}

/// What `steps`, in place of the split and ByteLevel, become: one text a step,
/// its behavior and '!' for an inverted one in front.
std::vector<std::string> splitsOf(const std::string &steps) {
  HFBuilder builder;
  std::string &text = builder.files["tokenizer.json"];
  const size_t begin = text.find("{\"type\": \"Split\"");
  const size_t end = text.find("]},", begin);
  text.replace(begin, end - begin, steps);
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  if (!read) {
    ADD_FAILURE() << llvm::toString(read.takeError());
    return {};
  }
  std::vector<std::string> out;
  for (const SplitStep &split : (*read)->tokenizer.splits)
    out.push_back("IRPNC"[int(split.behavior)] +
                  std::string(split.invert ? "!" : "") + " " + split.pattern);
  return out;
}

TEST(HFTokenizer, BringsPreTokenizersToSplits) {
  using Splits = std::vector<std::string>;
  const std::string bytes = ", {\"type\": \"ByteLevel\", \"add_prefix_space\": "
                            "false, \"use_regex\": false}";
  Splits runs =
      splitsOf("{\"type\": \"Digits\", \"individual_digits\": true}, "
               "{\"type\": \"Digits\", \"individual_digits\": false}, "
               "{\"type\": \"Punctuation\"}, {\"type\": "
               "\"Punctuation\", \"behavior\": \"Contiguous\"}" +
               bytes);
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(runs[1], runs[0] + "+");
  EXPECT_EQ(runs[3], runs[2] + "+");
  EXPECT_EQ(splitsOf("{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": "
                     "\"Split\", \"pattern\": {\"String\": \"a.\"}, "
                     "\"behavior\": \"MergedWithPrevious\", \"invert\": "
                     "true}]}, {\"type\": \"CharDelimiterSplit\", "
                     "\"delimiter\": \"|\"}" +
                     bytes),
            Splits({"P! a\\.", "R \\|"}));
  Splits words = splitsOf("{\"type\": \"Whitespace\"}, {\"type\": "
                          "\"WhitespaceSplit\"}" +
                          bytes);
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[0].substr(0, 3), "R! ");
  EXPECT_EQ(words[1], "R \\s");
  EXPECT_EQ(splitsOf("{\"type\": \"ByteLevel\", \"add_prefix_space\": false}, "
                     "{\"type\": \"Split\", \"pattern\": {\"Regex\": "
                     "\"[0-9][0-9][0-9]\"}, \"behavior\": \"Isolated\"}"),
            Splits({"I 's|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| "
                    "?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                    "I [0-9][0-9][0-9]"}));
}

// The two bytes of "\u00b2" are "\u00c2" and "\u00b2" in the byte-level form,
// of which the second is a number.
TEST(HFTokenizer, DigitsBehindByteLevelTakeMergesAway) {
  for (bool individual : {false, true}) {
    HFBuilder builder;
    edit(builder, "\"use_regex\": false}",
         individual ? "\"use_regex\": false}, {\"type\": \"Digits\", "
                      "\"individual_digits\": true}"
                    : "\"use_regex\": false}, {\"type\": \"Digits\", "
                      "\"individual_digits\": false}");
    edit(builder, "[[\"a\", \"b\"]",
         "[[\"1\", \"2\"], [\"\u00c2\", \"\u00b2\"], [\"a\", \"b\"]");
    TemporaryDirectory directory;
    auto read = readBuilt(builder, directory);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    const auto &merges = (*read)->tokenizer.merges;
    EXPECT_EQ(merges.size(), individual ? 2u : 3u);
    EXPECT_EQ(merges.front().first, individual ? "a" : "1");
  }
}

// By a template and by a pair; a prompt, which a causal model goes on with, has
// none.
TEST(HFTokenizer, AnEndBehindTheText) {
  for (bool isPair : {false, true})
    for (bool causal : {false, true}) {
      HFBuilder builder;
      if (isPair)
        edit(builder, "\"TemplateProcessing\"",
             "\"RobertaProcessing\", \"cls\": [\"<|startoftext|>\", 1], "
             "\"sep\": [\"<|im_end|>\", 4]");
      else
        edit(builder, "\"type_id\": 0}}],",
             "\"type_id\": 0}}, {\"SpecialToken\": {\"id\": "
             "\"<|im_end|>\"}}],");
      if (!causal)
        builder.edit("config.json", "Lfm2ForCausalLM",
                     "Lfm2BidirectionalModel");
      TemporaryDirectory directory;
      auto read = readBuilt(builder, directory);
      ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
      const TokenizerSpec &spec = (*read)->tokenizer;
      EXPECT_TRUE(spec.addBos);
      EXPECT_EQ(spec.bos, 1);
      EXPECT_EQ(spec.end, causal ? std::nullopt : std::optional(4));
      const std::string warnings = llvm::join((*read)->warnings, "\n");
      EXPECT_EQ(causal, llvm::StringRef(warnings).contains(
                            "the post-processor puts a token behind a text, "
                            "but none is put behind a prompt"))
          << warnings;
    }
}

TEST(HFTokenizer, WithoutPostProcessorAddsNothing) {
  HFBuilder builder;
  edit(builder, "\"post_processor\"", "\"post_processor_of_old\"");
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_FALSE((*read)->tokenizer.addBos);
}

// A token outside of the list may stand anywhere in the vocabulary; holes are
// filled as in GGUF files.
TEST(HFTokenizer, HolesAreUnused) {
  HFBuilder builder;
  edit(builder, "\"abc\": 33", "\"abc\": 35");
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  const TokenizerSpec &spec = (*read)->tokenizer;
  ASSERT_EQ(spec.tokens.size(), 36u);
  EXPECT_EQ(spec.tokens[34], "[PAD34]");
  EXPECT_EQ(spec.types[34], TokenType::Unused);
  EXPECT_EQ(spec.types[35], TokenType::Normal);
}

TEST(HFTokenizer, PreNamesAnotherSplit) {
  TemporaryDirectory directory;
  HFBuilder().write(directory.path);
  ReadOptions options;
  options.pre = "qwen2";
  auto read = readCheckpoint(directory.path, options);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->tokenizer.pre, "qwen2");
  EXPECT_TRUE((*read)->tokenizer.addBos); // As tokenizer.json says.
  options.pre = "quen2";
  EXPECT_NE(errorOf(readCheckpoint(directory.path, options))
                .find("--pre: pre-tokenizer 'quen2' is not known; the nearest "
                      "names are qwen2, "),
            std::string::npos);
}

} // namespace
