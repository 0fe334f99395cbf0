// Changes to the Hugging Face form of the tiny checkpoint, and what they lead
// to.

#ifndef LFM2C_TEST_UNIT_FRONTENDS_HFDAMAGE_H
#define LFM2C_TEST_UNIT_FRONTENDS_HFDAMAGE_H

#include "DirectoryFixture.h"
#include "Equality.h"
#include "TinyCheckpoint.h"
#include "frontends/gguf/GGUFFrontend.h"
#include <functional>

namespace lfm2c::test {

inline llvm::Expected<std::unique_ptr<Checkpoint>>
readBuilt(const HFBuilder &builder, TemporaryDirectory &directory) {
  builder.write(directory.path);
  return readCheckpoint(directory.path);
}

/// Replaces the first `from` in config.json, which must have it.
inline void editConfig(HFBuilder &builder, const char *from, const char *to) {
  builder.edit("config.json", from, to);
}

/// The tensor that transformers calls `name`, which must be there.
inline TinyTensor &tensorOf(HFBuilder &builder, llvm::StringRef name) {
  for (TinyTensor &tensor : builder.tensors)
    if (tensor.hfName == name)
      return tensor;
  abort();
}

/// `hf` is read without a warning, as the GGUF form of the same model.
inline void expectLikeGGUF(const HFBuilder &hf, bool moe) {
  TemporaryDirectory directory;
  auto fromHF = readBuilt(hf, directory);
  ASSERT_TRUE(bool(fromHF)) << llvm::toString(fromHF.takeError());
  std::vector<uint8_t> bytes = GGUFBuilder(moe).build();
  auto fromGGUF = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(fromGGUF)) << llvm::toString(fromGGUF.takeError());
  // The name of the split brings llama.cpp's spelling of it, and its flag.
  TokenizerSpec &named = (*fromGGUF)->tokenizer;
  EXPECT_TRUE(named.ignoreMerges);
  named.ignoreMerges = false;
  named.splits = (*fromHF)->tokenizer.splits;
  expectSame(**fromGGUF, **fromHF);
  EXPECT_TRUE((*fromHF)->warnings.empty()) << (*fromHF)->warnings.front();
}

struct HFChange {
  const char *what;
  std::function<void(HFBuilder &)> apply;
  const char *expected; // Part of the message, or of the first warning.
};

inline void PrintTo(const HFChange &change, std::ostream *os) {
  *os << change.what;
}

/// The model with experts, changed, is refused in one line with the message.
inline void expectRefused(const HFChange &change) {
  HFBuilder builder(/*moe=*/true);
  change.apply(builder);
  TemporaryDirectory directory;
  std::string message = errorOf(readBuilt(builder, directory));
  EXPECT_NE(message.find(change.expected), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_LT(message.size(), 500u);
}

} // namespace lfm2c::test

#endif // LFM2C_TEST_UNIT_FRONTENDS_HFDAMAGE_H
