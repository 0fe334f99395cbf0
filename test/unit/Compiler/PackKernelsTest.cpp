// Kernels come out of a program as they went in, and what is damaged is
// refused.

#include "lib/Compiler/PackKernels.h"

#include "lfm2rt/packed_kernels.h"
#include <gtest/gtest.h>
#include <memory>
#include <random>

using namespace lfm2c;

namespace {

using Words = std::vector<uint32_t>;
using Bytes = std::vector<uint8_t>;

/// A module that looks like code: ids rise, types are few, literals are any.
Words makeModule(std::mt19937 &random, size_t instructions) {
  auto below = [&](uint32_t n) { return uint32_t(random() % n); };
  Words words = {lfm2rt::spirvMagic, 0x10600, 22, 0, 0};
  uint32_t id = 1;
  for (size_t i = 0; i < instructions; ++i)
    switch (below(4)) {
    case 0: // OpConstant
      words.insert(words.end(), {4 << 16 | 43, 1 + below(9), ++id, below(~0u)});
      break;
    case 1: // OpNop
      words.push_back(1 << 16);
      break;
    default: // OpIAdd
      words.insert(words.end(),
                   {5 << 16 | 128, 1 + below(9), ++id,
                    id - 1 - below(std::min(id - 1, 40u)), below(id)});
    }
  words[3] = id + 1;
  return words;
}

std::vector<Bytes> pack(const std::vector<Words> &modules) {
  return packKernels(
      std::vector<llvm::ArrayRef<uint32_t>>(modules.begin(), modules.end()));
}

class Unpacking {
public:
  Unpacking() : model(std::make_unique<lfm2rt::KernelModel>()) {
    model->reset();
  }
  /// Empty where the bytes are refused.
  Words operator()(const Bytes &bytes) {
    Words words(lfm2rt::packedWords(bytes.data(), bytes.size()));
    const bool is =
        lfm2rt::unpackKernel(*model, bytes.data(), bytes.size(), words.data());
    return is ? words : Words();
  }

private:
  std::unique_ptr<lfm2rt::KernelModel> model;
};

TEST(PackKernels, ComeBackAsTheyWere) {
  std::mt19937 random(1);
  std::vector<Words> modules;
  for (size_t instructions : {0, 1, 2, 3, 10, 100, 1000, 1000, 3000})
    modules.push_back(makeModule(random, instructions));
  const std::vector<Bytes> packed = pack(modules);
  ASSERT_EQ(packed.size(), modules.size());
  Unpacking unpack;
  for (size_t i = 0; i < modules.size(); ++i)
    EXPECT_EQ(unpack(packed[i]), modules[i]) << i;
}

TEST(PackKernels, TakeAFewBytesWhereTheyAreLikeOthers) {
  std::mt19937 random(2);
  const Words module = makeModule(random, 1000);
  const std::vector<Bytes> packed = pack({module, module});
  // Constants of 32 bits that nothing foretells are a fifth of it.
  EXPECT_LT(packed[0].size(), module.size() * 4 / 2);
  EXPECT_LT(packed[1].size(), packed[0].size());
}

TEST(PackKernels, HaveRoomForAllWords) {
  // Every operand may be any number, and there are more kinds of instructions
  // than the model has room for.
  std::mt19937 random(3);
  Words module = {lfm2rt::spirvMagic, 0x10600, 22, 0xFFFFFFFF, 0};
  for (uint32_t code = 0; code < 300; ++code) {
    const uint32_t length = 1 + code % 20;
    module.push_back(length << 16 | code);
    for (uint32_t i = 1; i < length; ++i)
      module.push_back(i % 3   ? uint32_t(random())
                       : i % 2 ? 0xFFFFFFFF
                               : 0x80000000);
  }
  Unpacking unpack;
  for (const Bytes &bytes : pack({module, module}))
    EXPECT_EQ(unpack(bytes), module);
}

TEST(PackKernels, AreRefusedWhereTheyAreCutShortOrGoOn) {
  std::mt19937 random(4);
  const Words module = makeModule(random, 30);
  const Bytes whole = pack({module})[0];
  for (size_t n = 0; n < whole.size(); ++n)
    EXPECT_TRUE(Unpacking()(Bytes(whole.begin(), whole.begin() + n)).empty())
        << n;
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_TRUE(Unpacking()(longer).empty());
  EXPECT_EQ(Unpacking()(whole), module);
}

TEST(PackKernels, AreRefusedWhereTheyAreOutOfOrder) {
  std::mt19937 random(5);
  const std::vector<Bytes> packed =
      pack({makeModule(random, 50), makeModule(random, 60)});
  EXPECT_TRUE(Unpacking()(packed[1]).empty());
}

TEST(PackKernels, DoNoHarmWhereTheyAreDamaged) {
  std::mt19937 random(6);
  const Words module = makeModule(random, 40);
  const Bytes whole = pack({module})[0];
  size_t taken = 0;
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = whole;
    for (uint32_t n = 1 + random() % 3; n > 0; --n)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    // As many words as it says.
    bytes[2] = bytes[3] = 0;
    const Words words = Unpacking()(bytes);
    taken += !words.empty() && words != module;
  }
  // Wrong ones are told by the coder's end; no sum is kept.
  EXPECT_LT(taken, 20u);
}

} // namespace
