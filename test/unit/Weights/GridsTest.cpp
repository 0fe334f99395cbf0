// Grid and ternary formats against what the gguf package decodes, bit for bit.

#include "lib/Weights/Grids.h"
#include "lib/Weights/Finite.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"
#include <vector>

using namespace lfm2c;

namespace {

#include "GridGolden.inc"

const struct {
  Format format;
  uint32_t checksum; ///< CRC-32 of the values of all blocks.
  llvm::ArrayRef<uint32_t> values;
} cases[] = {
    {Format::IQ1_S, checksumIQ1_S, valuesIQ1_S},
    {Format::IQ1_M, checksumIQ1_M, valuesIQ1_M},
    {Format::IQ2_XXS, checksumIQ2_XXS, valuesIQ2_XXS},
    {Format::IQ2_XS, checksumIQ2_XS, valuesIQ2_XS},
    {Format::IQ2_S, checksumIQ2_S, valuesIQ2_S},
    {Format::IQ3_XXS, checksumIQ3_XXS, valuesIQ3_XXS},
    {Format::IQ3_S, checksumIQ3_S, valuesIQ3_S},
    {Format::TQ1_0, checksumTQ1_0, valuesTQ1_0},
    {Format::TQ2_0, checksumTQ2_0, valuesTQ2_0},
};

void setD(Format format, uint8_t *block, uint16_t d) {
  if (format != Format::IQ1_M) {
    const unsigned offset = format == Format::TQ1_0   ? 52
                            : format == Format::TQ2_0 ? 64
                                                      : 0;
    llvm::support::endian::write16le(block + offset, d);
    return;
  }
  for (unsigned i = 0; i < 4; ++i)
    block[49 + 2 * i] = (block[49 + 2 * i] & 15) | (d >> 4 * i & 15) << 4;
}

/// The blocks of make_grid_golden.py.
std::vector<uint8_t> blocksOf(Format format) {
  constexpr unsigned count = 1024;
  const unsigned bytes = getFormatInfo(format).blockBytes;
  std::vector<uint8_t> blocks(size_t(count) * bytes);
  uint32_t state = 1;
  auto next = [&] {
    state = state * 1664525 + 1013904223;
    return uint8_t(state >> 24);
  };
  for (unsigned i = 0; i < count; ++i) {
    uint8_t *block = &blocks[size_t(i) * bytes];
    for (unsigned k = 0; k < bytes; ++k)
      block[k] = next();
    uint16_t d = next();
    d |= next() << 8;
    if ((d & 0x7c00) == 0x7c00)
      d ^= 0x4000;
    if (i < 3) {
      memset(block, i == 0 ? 0 : 255, bytes);
      d = i == 2 ? 0x8001 : 0x7bff;
    }
    setD(format, block, d);
  }
  return blocks;
}

TEST(Grids, DecodeAsTheGgufPackageDoes) {
  for (const auto &test : cases) {
    const FormatInfo &info = getFormatInfo(test.format);
    const std::vector<uint8_t> blocks = blocksOf(test.format);
    std::vector<float> values(blocks.size() / info.blockBytes * 256);
    dequantizeRow(test.format, blocks.data(), values.data(), values.size());
    const float *last = values.data() + values.size() - 256;
    for (unsigned i = 0; i < 256; ++i)
      ASSERT_EQ(llvm::bit_cast<uint32_t>(last[i]), test.values[i])
          << info.name.str() << " element " << i;
    auto *bytes = reinterpret_cast<const uint8_t *>(values.data());
    EXPECT_EQ(llvm::crc32({bytes, values.size() * 4}), test.checksum)
        << info.name.str();
  }
}

// Generated code looks codes up by q, and multiplies sub-scales in integers.
TEST(Grids, UnpackToCodesOfTheTable) {
  for (const auto &test : cases) {
    const FormatInfo &info = getFormatInfo(test.format);
    const std::vector<uint8_t> blocks = blocksOf(test.format);
    for (size_t at = 0; at < blocks.size(); at += info.blockBytes) {
      UnpackedBlock u;
      unpackBlock(test.format, &blocks[at], u);
      for (unsigned q : u.q) {
        ASSERT_LT(q, 1u << info.bits) << info.name.str();
        ASSERT_TRUE(info.codes.empty() || info.codes[q] != 0)
            << info.name.str();
      }
      for (unsigned b = 0; b < info.subBlocks(); ++b)
        ASSERT_TRUE(u.sc[b] >= 1 && u.sc[b] <= 31) << info.name.str();
    }
  }
}

TEST(Grids, AScaleThatIsNoNumberIsFound) {
  for (const auto &test : cases) {
    const unsigned bytes = getFormatInfo(test.format).blockBytes;
    for (uint16_t d : {0x7c00, 0xfc00, 0x7e01}) {
      std::vector<uint8_t> blocks = blocksOf(test.format);
      EXPECT_EQ(findNonFinite(test.format, blocks.data(), 1024 * 256), -1);
      setD(test.format, &blocks[size_t(700) * bytes], d);
      EXPECT_EQ(findNonFinite(test.format, blocks.data(), 1024 * 256),
                700 * 256);
    }
  }
}

} // namespace
