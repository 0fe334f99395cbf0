// Both directions against what the `tokenizers` package gives for the same file
// (test/tokenizer/make_goldens.py).

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

std::vector<Golden> readGoldens() {
  auto buffer = llvm::MemoryBuffer::getFile(folder + "/goldens.json");
  EXPECT_TRUE(bool(buffer)) << "no goldens in " << folder;
  auto json = llvm::cantFail(llvm::json::parse((*buffer)->getBuffer()));
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

} // namespace
