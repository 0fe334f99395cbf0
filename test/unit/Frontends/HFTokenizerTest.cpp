// Tokenizers of Hugging Face directories that are not supported or damaged.

#include "HFDamage.h"

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
    {"another split",
     [](HFBuilder &b) { b.edit("tokenizer.json", "{1,3}", "{1,2}"); },
     "which is not the pattern of the family"},
    {"another pre-tokenizer",
     [](HFBuilder &b) {
       b.edit("tokenizer.json", "\"Sequence\", \"pretokenizers\"",
              "\"Whitespace\", \"x\"");
     },
     "pre-tokenizer 'Whitespace' is not supported"},
    {"normalizer",
     [](HFBuilder &b) {
       b.edit("tokenizer.json", "\"normalizer\": null",
              "\"normalizer\": {\"type\": \"NFC\"}");
     },
     "a normalizer is not supported"},
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
     "should put one token before the text and nothing else"},
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
    {"a split that drops what it matches",
     [](HFBuilder &b) { edit(b, "\"Isolated\"", "\"Removed\""); },
     "should isolate the matches"},
    {"ByteLevel that splits once more",
     [](HFBuilder &b) {
       edit(b, "\"use_regex\": false", "\"use_regex\": true");
     },
     "ByteLevel with add_prefix_space or use_regex is not supported"},
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
       edit(b, "\"TemplateProcessing\"", "\"BertProcessing\"");
     },
     "post-processor 'BertProcessing' is not supported"},
};

INSTANTIATE_TEST_SUITE_P(All, HFTokenizerDamage, testing::ValuesIn(damages));

TEST(HFTokenizer, WarnsOfStripping) {
  HFBuilder builder;
  edit(builder, "\"lstrip\": false", "\"lstrip\": true");
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  ASSERT_EQ((*read)->warnings.size(), 1u);
  EXPECT_NE((*read)->warnings[0].find("of added tokens have no effect (1 of"),
            std::string::npos);
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

} // namespace
