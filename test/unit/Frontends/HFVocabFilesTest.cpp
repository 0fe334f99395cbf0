// Tokenizers of Hugging Face directories that are written as vocab.json and
// merges.txt.

#include "HFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

/// The tiny folder with vocab.json and merges.txt in place of tokenizer.json.
HFBuilder makeOldForm() {
  HFBuilder builder;
  std::string vocab = "{\"<|pad|>\": 0, \"<|startoftext|>\": 1, "
                      "\"<|endoftext|>\": 2, \"ab\": 32, \"abc\": 33";
  for (char c = 'a'; c <= 'z'; ++c)
    vocab += ", \"" + std::string(1, c) + "\": " + std::to_string(6 + c - 'a');
  builder.files.erase("tokenizer.json");
  builder.files["vocab.json"] = vocab + "}";
  builder.files["merges.txt"] = "\xef\xbb\xbf#version: 0.2\na b\r\nab c\n";
  builder.files["added_tokens.json"] =
      "{\"<|im_start|>\": 3, \"<|im_end|>\": 4, \"<think>\": 5}";
  builder.files["special_tokens_map.json"] =
      "{\"additional_special_tokens\": [\"<|im_start|>\"]}";
  return builder;
}

TEST(HFVocabFiles, AreReadAsTheirClassReadsThem) {
  HFBuilder builder = makeOldForm();
  builder.edit("tokenizer_config.json", "{",
               "{\"tokenizer_class\": \"GPT2Tokenizer\", "
               "\"add_bos_token\": true, ");
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  const TokenizerSpec &spec = (*read)->tokenizer;
  EXPECT_TRUE((*read)->warnings.empty());
  EXPECT_EQ(spec.tokens.size(), 34u);
  EXPECT_EQ(spec.merges.size(), 2u);
  EXPECT_EQ(spec.merges[0].second, "b");
  EXPECT_TRUE(spec.addBos);
  EXPECT_EQ(spec.bos, 1);
  EXPECT_EQ(spec.eos, 4);
  EXPECT_EQ(spec.normalizer, Normalizer::None);
  ASSERT_EQ(spec.splits.size(), 1u);
  EXPECT_EQ(spec.splits[0].pattern.substr(0, 6), "'s|'t|");
  // pad, bos, end of text and the two of a turn; <think> is shown.
  ASSERT_EQ(spec.added.size(), 6u);
  for (const AddedToken &token : spec.added)
    EXPECT_EQ(token.special, token.content != "<think>") << token.content;
}

TEST(HFVocabFiles, QwenNormalizes) {
  HFBuilder builder = makeOldForm();
  builder.edit("tokenizer_config.json", "{",
               "{\"tokenizer_class\": \"Qwen2TokenizerFast\", "
               "\"added_tokens_decoder\": {\"5\": {\"content\": \"<think>\", "
               "\"lstrip\": true}}, ");
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  const TokenizerSpec &spec = (*read)->tokenizer;
  EXPECT_EQ(spec.normalizer, Normalizer::NFC);
  EXPECT_FALSE(spec.addBos);
  bool found = false;
  for (const AddedToken &token : spec.added)
    found |= token.content == "<think>" && token.lstrip;
  EXPECT_TRUE(found);
}

TEST(HFVocabFiles, WithoutAClassAreSplitAsTheFamily) {
  TemporaryDirectory directory;
  makeOldForm().write(directory.path);
  auto read = readCheckpoint(directory.path);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  ASSERT_EQ((*read)->warnings.size(), 1u);
  EXPECT_NE((*read)->warnings[0].find("it is split as LFM2 does; --pre=NAME"),
            std::string::npos);
  EXPECT_EQ((*read)->tokenizer.splits[0].pattern, familySplit);
  ReadOptions options;
  options.pre = "gpt-2";
  read = readCheckpoint(directory.path, options);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_TRUE((*read)->warnings.empty());
  EXPECT_EQ((*read)->tokenizer.pre, "gpt-2");
}

const HFChange oldDamages[] = {
    {"no merges", [](HFBuilder &b) { b.files.erase("merges.txt"); },
     "has vocab.json but neither tokenizer.json nor merges.txt"},
    {"a merge of three",
     [](HFBuilder &b) { b.files["merges.txt"] = "#version: 0.2\na b c\n"; },
     "merges.txt: line 2 is 'a b c', which is not two parts"},
    {"an id that is a text",
     [](HFBuilder &b) { b.files["added_tokens.json"] = "{\"x\": \"1\"}"; },
     "added_tokens.json: the id of token 'x' should be an integer"},
    {"a decoder of texts",
     [](HFBuilder &b) {
       b.files["tokenizer_config.json"] =
           "{\"added_tokens_decoder\": {\"5\": \"x\"}}";
     },
     "added_tokens_decoder has '5', but expected an id with an object"},
    {"a space in front",
     [](HFBuilder &b) {
       b.files["tokenizer_config.json"] = "{\"add_prefix_space\": true}";
     },
     "tokenizer_config.json: add_prefix_space is not supported"},
};

class HFVocabDamage : public testing::TestWithParam<HFChange> {};

TEST_P(HFVocabDamage, IsRefusedInOneLine) {
  HFBuilder builder = makeOldForm();
  GetParam().apply(builder);
  TemporaryDirectory directory;
  std::string message = errorOf(readBuilt(builder, directory));
  EXPECT_NE(message.find(GetParam().expected), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, HFVocabDamage, testing::ValuesIn(oldDamages));

} // namespace
