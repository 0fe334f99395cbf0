// Grid and ternary formats against what the gguf package decodes, bit for bit.

#include "lib/Weights/Grids.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"
#include <vector>

using namespace lfm2c;

namespace {

#include "GridGolden.inc"

constexpr unsigned blockCount = 1024;
constexpr int split = -1; ///< d in the upper bits of four words, as IQ1_M has.

struct Case {
  const char *name;
  void (*unpack)(const uint8_t *, UnpackedBlock &);
  unsigned bytes;
  int dOffset;
  uint32_t checksum;
  const uint32_t *values;
  const int8_t *codes;
  float factor;
  unsigned sub;
};
const int8_t tern[4] = {-1, 0, 1, 2};
const Case cases[] = {
    {"IQ1_S", unpackIQ1_S, 50, 0, checksumIQ1_S, valuesIQ1_S, codesIQ1, 0.125,
     32},
    {"IQ1_M", unpackIQ1_M, 56, -1, checksumIQ1_M, valuesIQ1_M, codesIQ1, 0.125,
     16},
    {"IQ2_XXS", unpackIQ2_XXS, 66, 0, checksumIQ2_XXS, valuesIQ2_XXS, codesIQ2,
     0.125, 32},
    {"IQ2_XS", unpackIQ2_XS, 74, 0, checksumIQ2_XS, valuesIQ2_XS, codesIQ2,
     0.125, 16},
    {"IQ2_S", unpackIQ2_S, 82, 0, checksumIQ2_S, valuesIQ2_S, codesIQ2, 0.125,
     16},
    {"IQ3_XXS", unpackIQ3_XXS, 98, 0, checksumIQ3_XXS, valuesIQ3_XXS,
     codesIQ3_XXS, 0.5, 32},
    {"IQ3_S", unpackIQ3_S, 110, 0, checksumIQ3_S, valuesIQ3_S, codesIQ3_S, 1,
     32},
    {"TQ1_0", unpackTQ1_0, 54, 52, checksumTQ1_0, valuesTQ1_0, tern, 1, 32},
};

/// The blocks of make_grid_golden.py.
std::vector<uint8_t> blocksOf(size_t bytes, int dOffset) {
  std::vector<uint8_t> blocks;
  uint32_t state = 1;
  auto next = [&] {
    return uint8_t((state = state * 1664525 + 1013904223) >> 24);
  };
  for (unsigned i = 0; i < blockCount; ++i) {
    for (size_t k = 0; k < bytes; ++k) {
      uint8_t byte = next();
      blocks.push_back(i == 0 ? 0 : i <= 2 ? 255 : byte);
    }
    unsigned d = next();
    d |= next() << 8;
    if ((d & 0x7c00) == 0x7c00)
      d ^= 0x4000;
    d = i <= 1 ? 0x7bff : i == 2 ? 0x8001 : d;
    uint8_t *block = blocks.data() + blocks.size() - bytes;
    if (dOffset != split) {
      llvm::support::endian::write16le(block + dOffset, d);
      continue;
    }
    for (unsigned k = 0; k < 4; ++k) {
      uint8_t &byte = block[49 + 2 * k];
      byte = (byte & 15) | (d >> 4 * k & 15) << 4;
    }
  }
  return blocks;
}

TEST(Grids, DecodeAsTheGgufPackageDoes) {
  for (const Case &c : cases) {
    auto blocks = blocksOf(c.bytes, c.dOffset);
    std::vector<float> row;
    for (unsigned i = 0; i < blockCount; ++i) {
      UnpackedBlock u = {};
      c.unpack(blocks.data() + i * c.bytes, u);
      for (unsigned k = 0; k < 256; ++k)
        row.push_back(halfToFloat(u.d) * c.factor * u.sc[k / c.sub] *
                      c.codes[u.q[k]]);
    }
    for (unsigned k = 0; k < 256; ++k)
      ASSERT_EQ(llvm::bit_cast<uint32_t>(row[1023 * 256 + k]), c.values[k])
          << c.name << " " << k;
    EXPECT_EQ(llvm::crc32(
                  llvm::ArrayRef((const uint8_t *)row.data(), row.size() * 4)),
              c.checksum)
        << c.name;
  }
}

} // namespace
