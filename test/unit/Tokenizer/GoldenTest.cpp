// Both directions against what the `tokenizers` package gives for the same file
// (test/tokenizer/make_goldens.py), and for it with random sets of added tokens
// (test/tokenizer/make_added_goldens.py).

#include "test/unit/Tokenizer/TokenizerFile.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

const std::string folder = LFM2_TOKENIZER_GOLDENS;

struct Golden {
  std::string text;
  std::vector<int32_t> ids, ignoringMerges, plainSpecial;
};

std::vector<int32_t> readIds(const llvm::json::Value &value) {
  std::vector<int32_t> ids;
  for (const llvm::json::Value &id : *value.getAsArray())
    ids.push_back(int32_t(*id.getAsInteger()));
  return ids;
}

llvm::json::Value readJSON(const std::string &name) {
  auto buffer = llvm::MemoryBuffer::getFile(folder + "/" + name);
  EXPECT_TRUE(bool(buffer)) << "no " << name << " in " << folder;
  return llvm::cantFail(llvm::json::parse((*buffer)->getBuffer()));
}

std::vector<Golden> readGoldens() {
  const llvm::json::Value json = readJSON("goldens.json");
  std::vector<Golden> goldens;
  for (const llvm::json::Value &value : *json.getAsArray()) {
    const llvm::json::Array &golden = *value.getAsArray();
    goldens.push_back({golden[0].getAsString()->str(), readIds(golden[1]),
                       readIds(golden[2]), readIds(golden[3])});
  }
  return goldens;
}

class GoldenTest : public testing::Test {
protected:
  OpenTokenizer open(bool ignoreMerges) {
    TokenizerSpec spec =
        llvm::cantFail(readTokenizerFile(folder + "/tokenizer.json"));
    spec.ignoreMerges = ignoreMerges;
    return llvm::cantFail(OpenTokenizer::fromSpec(spec));
  }
  const std::vector<Golden> goldens = readGoldens();
};

TEST_F(GoldenTest, Encodes) {
  const OpenTokenizer tokenizer = open(false);
  ASSERT_GT(goldens.size(), 100u);
  for (const Golden &golden : goldens)
    EXPECT_EQ(tokenizer.encode(golden.text, LFM2_TOKENIZE_ADD_BOS |
                                                LFM2_TOKENIZE_PARSE_SPECIAL),
              golden.ids)
        << golden.text;
}

TEST_F(GoldenTest, IgnoresMerges) {
  const OpenTokenizer tokenizer = open(true);
  bool differs = false;
  for (const Golden &golden : goldens) {
    EXPECT_EQ(tokenizer.encode(golden.text, LFM2_TOKENIZE_ADD_BOS |
                                                LFM2_TOKENIZE_PARSE_SPECIAL),
              golden.ignoringMerges)
        << golden.text;
    differs |= golden.ids != golden.ignoringMerges;
  }
  EXPECT_TRUE(differs) << "no golden shows what ignore_merges does";
}

TEST_F(GoldenTest, LeavesSpecialTokensPlain) {
  const OpenTokenizer tokenizer = open(false);
  for (const Golden &golden : goldens)
    EXPECT_EQ(tokenizer.encode(golden.text, LFM2_TOKENIZE_ADD_BOS),
              golden.plainSpecial)
        << golden.text;
}

TEST_F(GoldenTest, Decodes) {
  const OpenTokenizer tokenizer = open(false);
  for (const Golden &golden : goldens)
    for (const auto &ids :
         {golden.ids, golden.ignoringMerges, golden.plainSpecial})
      EXPECT_EQ(tokenizer.decode(llvm::ArrayRef(ids).drop_front()),
                golden.text);
}

// One of the sets of added.json.
TokenizerSpec withAdded(TokenizerSpec spec, const llvm::json::Object &set) {
  spec.normalizer = *set.getBoolean("nfc") ? Normalizer::NFC : Normalizer::None;
  spec.ignoreMerges = *set.getBoolean("ignoreMerges");
  for (const llvm::json::Value &value : *set.getArray("added")) {
    const llvm::json::Array &entry = *value.getAsArray();
    const int64_t flags = *entry[1].getAsInteger();
    AddedToken token;
    token.id = int32_t(spec.tokens.size());
    token.content = entry[0].getAsString()->str();
    token.special = flags & 1;
    token.lstrip = flags & 2;
    token.rstrip = flags & 4;
    token.singleWord = flags & 8;
    token.normalized = flags & 16;
    spec.tokens.push_back(token.content);
    spec.types.push_back(token.special ? TokenType::Control
                                       : TokenType::UserDefined);
    spec.added.push_back(token);
  }
  return spec;
}

TEST(AddedGoldens, Encode) {
  const TokenizerSpec base =
      llvm::cantFail(readTokenizerFile(folder + "/tokenizer.json"));
  const llvm::json::Value json = readJSON("added.json");
  ASSERT_EQ(json.getAsArray()->size(), 24u);
  for (const llvm::json::Value &value : *json.getAsArray()) {
    const llvm::json::Object &set = *value.getAsObject();
    const OpenTokenizer tokenizer =
        llvm::cantFail(OpenTokenizer::fromSpec(withAdded(base, set)));
    const int32_t flags =
        *set.getBoolean("parseSpecial") ? LFM2_TOKENIZE_PARSE_SPECIAL : 0;
    for (const llvm::json::Value &golden : *set.getArray("texts")) {
      const llvm::json::Array &pair = *golden.getAsArray();
      const llvm::StringRef text = *pair[0].getAsString();
      EXPECT_EQ(tokenizer.encode(text, flags), readIds(pair[1])) << text.str();
    }
  }
}

} // namespace
