// Tokenizers of other kinds than the family's, read by the front end, against
// what the `tokenizers` package gives (test/tokenizer/kinds.py).

#include "frontends/safetensors/HFTokenizer.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace lfm2c;
using llvm::json::Object;

namespace {

llvm::json::Value parseFile(const char *name) {
  auto buffer = llvm::MemoryBuffer::getFile(
      std::string(LFM2_TOKENIZER_GOLDENS) + "/" + name);
  EXPECT_TRUE(bool(buffer)) << name;
  return llvm::cantFail(llvm::json::parse((*buffer)->getBuffer()));
}

/// A tokenizer.json with the members of `change` in place of its own.
Object apply(Object outline, const Object &change) {
  for (const auto &[key, value] : change) {
    if (key == "model") {
      for (const auto &[name, member] : *value.getAsObject())
        (*outline.getObject("model"))[name] = member;
    } else if (key == "added") {
      for (const llvm::json::Value &entry : *value.getAsArray())
        for (llvm::json::Value &token : *outline.getArray("added_tokens"))
          if (token.getAsObject()->getString("content") ==
              (*entry.getAsArray())[0].getAsString())
            for (const auto &[name, flag] :
                 *(*entry.getAsArray())[1].getAsObject())
              (*token.getAsObject())[name] = flag;
    } else {
      outline[key] = value;
    }
  }
  return outline;
}

TEST(Kinds, EncodeAsThePackageDoes) {
  const llvm::json::Value outline = parseFile("tokenizer.json");
  const llvm::json::Value kinds = parseFile("kinds.json");
  ASSERT_GT(kinds.getAsArray()->size(), 20u);
  for (const llvm::json::Value &value : *kinds.getAsArray()) {
    const Object &kind = *value.getAsObject();
    SCOPED_TRACE(kind.getString("name")->str());
    const std::string text =
        llvm::formatv("{0}",
                      llvm::json::Value(apply(*outline.getAsObject(),
                                              *kind.getObject("change"))))
            .str();
    auto spec = readHFTokenizer(text, "kinds.json");
    ASSERT_TRUE(bool(spec)) << llvm::toString(spec.takeError());
    auto tokenizer = OpenTokenizer::fromSpec(*spec);
    ASSERT_TRUE(bool(tokenizer)) << llvm::toString(tokenizer.takeError());
    for (const llvm::json::Value &golden : *kind.getArray("goldens")) {
      std::vector<int32_t> expected;
      for (const llvm::json::Value &id :
           *(*golden.getAsArray())[1].getAsArray())
        expected.push_back(int32_t(*id.getAsInteger()));
      const std::string input = (*golden.getAsArray())[0].getAsString()->str();
      EXPECT_EQ(tokenizer->encode(input), expected) << input;
    }
  }
}

} // namespace
