#include "lib/Weights/PackedLayout.h"
#include "lib/Weights/AffineFormats.h"
#include <algorithm>

using namespace lfm2c;

PackedLayout::PackedLayout(Format format, int64_t lanes)
    : format(format), lanes(lanes), dOffset(0), dminOffset(0), scOffset(0),
      mOffset(0), qOffset(0), scaleBytes(0), bits(0) {
  const FormatInfo &info = getFormatInfo(format);
  if (isFloat8(info)) { // d * 256, [lanes] f32, and [columns][lanes] bytes.
    superElements = info.blockElements;
    scaleBytes = 4;
    qOffset = lanes * scaleBytes;
    superBytes = qOffset + superElements * lanes;
    return;
  }
  if (!info.isQuantized()) {
    // Two columns, so that BF16 pairs and the others count alike.
    superElements = 2;
    superBytes = superElements * info.blockBytes * lanes;
    return;
  }
  // Small blocks are gathered until their scales fill a cache line, or a vector
  // that is longer: vectors that begin at its multiples cost one access.
  const int64_t vectorBytes = 4 * lanes,
                line = std::max<int64_t>(64, vectorBytes);
  superElements =
      std::max<int64_t>(info.blockElements, dotBlock * (line / 2) / lanes);
  int64_t blocks = superElements / info.blockElements;
  int64_t subBlocks = superElements / info.subBlockElements;
  scaleBytes = lfm2c::scaleBytes(info.packedScale());
  // With zero points dmin is d, which is there once.
  const bool hasOwnMin = info.hasMin && !hasZeroPoints(info);
  dminOffset = dOffset + (hasOwnMin ? blocks * lanes * scaleBytes : 0);
  scOffset = dminOffset + blocks * lanes * scaleBytes;
  mOffset = scOffset + (info.hasSubScales ? subBlocks * lanes : 0);
  qOffset = mOffset + (info.hasSubMinima ? subBlocks * lanes : 0);
  if (vectorBytes > 64)
    qOffset = (qOffset + vectorBytes - 1) / vectorBytes * vectorBytes;
  bits = info.bits;
  superBytes = qOffset + superElements / dotBlock * blockBytes();
}

namespace {
struct Dot {
  uint8_t count;
  DotField fields[3];
};
} // namespace

// Of 8 dots each. 2 bits: four dots a vector. 3 bits: two dots a vector, and
// two more above the six of them. 4 bits: two dots a vector. 5 bits: two dots
// and one above them, the same once more, and one dot and one above all five. 6
// bits: three dots and one above them, twice.
static constexpr Dot twoBits[] = {{1, {{0, 0, 2, 0}}}, {1, {{0, 2, 2, 0}}},
                                  {1, {{0, 4, 2, 0}}}, {1, {{0, 6, 2, 0}}},
                                  {1, {{1, 0, 2, 0}}}, {1, {{1, 2, 2, 0}}},
                                  {1, {{1, 4, 2, 0}}}, {1, {{1, 6, 2, 0}}}};
static constexpr Dot threeBits[] = {{1, {{0, 0, 3, 0}}},
                                    {1, {{0, 3, 3, 0}}},
                                    {1, {{1, 0, 3, 0}}},
                                    {1, {{1, 3, 3, 0}}},
                                    {1, {{2, 0, 3, 0}}},
                                    {1, {{2, 3, 3, 0}}},
                                    {2, {{0, 6, 2, 0}, {2, 6, 1, 2}}},
                                    {2, {{1, 6, 2, 0}, {2, 7, 1, 2}}}};
static constexpr Dot fourBits[] = {{1, {{0, 0, 4, 0}}}, {1, {{0, 4, 4, 0}}},
                                   {1, {{1, 0, 4, 0}}}, {1, {{1, 4, 4, 0}}},
                                   {1, {{2, 0, 4, 0}}}, {1, {{2, 4, 4, 0}}},
                                   {1, {{3, 0, 4, 0}}}, {1, {{3, 4, 4, 0}}}};
static constexpr Dot fiveBits[] = {
    {1, {{0, 0, 5, 0}}},
    {1, {{1, 0, 5, 0}}},
    {2, {{0, 5, 3, 0}, {1, 5, 2, 3}}},
    {1, {{2, 0, 5, 0}}},
    {1, {{3, 0, 5, 0}}},
    {2, {{2, 5, 3, 0}, {3, 5, 2, 3}}},
    {1, {{4, 0, 5, 0}}},
    {3, {{1, 7, 1, 0}, {3, 7, 1, 1}, {4, 5, 3, 2}}}};
static constexpr Dot sixBits[] = {
    {1, {{0, 0, 6, 0}}}, {1, {{1, 0, 6, 0}}},
    {1, {{2, 0, 6, 0}}}, {3, {{0, 6, 2, 0}, {1, 6, 2, 2}, {2, 6, 2, 4}}},
    {1, {{3, 0, 6, 0}}}, {1, {{4, 0, 6, 0}}},
    {1, {{5, 0, 6, 0}}}, {3, {{3, 6, 2, 0}, {4, 6, 2, 2}, {5, 6, 2, 4}}}};
static constexpr Dot eightBits[] = {{1, {{0, 0, 8, 0}}}, {1, {{1, 0, 8, 0}}},
                                    {1, {{2, 0, 8, 0}}}, {1, {{3, 0, 8, 0}}},
                                    {1, {{4, 0, 8, 0}}}, {1, {{5, 0, 8, 0}}},
                                    {1, {{6, 0, 8, 0}}}, {1, {{7, 0, 8, 0}}}};

llvm::ArrayRef<DotField> lfm2c::dotFields(int64_t bits, int64_t j) {
  static constexpr const Dot *tables[] = {nullptr,   nullptr,  twoBits,
                                          threeBits, fourBits, fiveBits,
                                          sixBits,   nullptr,  eightBits};
  assert(bits >= 2 && bits <= 8 && tables[bits] && j >= 0 && j < 8);
  const Dot &dot = tables[bits][j];
  return {dot.fields, dot.count};
}
