// Reads packed weights element by element, as lib/Weights/PackedLayout.h
// describes them, with nothing taken from the packer: offsets are counted here
// once more.

#ifndef LFM2C_TEST_UNIT_WEIGHTS_PACKEDREADER_H
#define LFM2C_TEST_UNIT_WEIGHTS_PACKEDREADER_H

#include "lib/Weights/AffineFormats.h"
#include <algorithm>
#include <cstring>

namespace lfm2c {

/// What stands in the archive for one weight. Of float formats only `stored`
/// counts: the bits of the element.
struct PackedElement {
  int64_t stored = 0; ///< q; of 8 bits the signed byte.
  int64_t d = 0, dmin = 0, sc = 0, m = 0;

  bool operator==(const PackedElement &o) const {
    return stored == o.stored && d == o.d && dmin == o.dmin && sc == o.sc &&
           m == o.m;
  }
  bool isZero() const { return *this == PackedElement(); }
};

class PackedReader {
public:
  PackedReader(Format format, int64_t lanes)
      : info(getFormatInfo(format)), lanes(lanes) {
    if (!info.isQuantized()) {
      columns = 2;
      bytes = 2 * info.blockBytes * lanes;
      return;
    }
    // As many blocks one after the other as fill 64 bytes with scales.
    columns = std::max<int64_t>(info.blockElements, 1024 / lanes);
    int64_t blocks = columns / info.blockElements;
    int64_t subBlocks = columns / info.subBlockElements;
    scale = info.scaleType == ScaleType::F32 ? 4 : 2;
    // With zero points d is dmin, too.
    bool hasTwo = info.hasMin && !hasZeroPoints(info);
    dminAt = hasTwo ? blocks * lanes * scale : 0;
    scAt = blocks * lanes * scale * (hasTwo ? 2 : 1);
    mAt = scAt + (info.hasSubScales ? subBlocks * lanes : 0);
    qAt = mAt + (info.hasSubMinima ? subBlocks * lanes : 0);
    blockBytes = 32 * lanes * info.bits / 8;
    bytes = qAt + columns / 32 * blockBytes;
  }

  /// Columns of a row once it is filled up.
  int64_t paddedColumns(int64_t n) const {
    return (n + columns - 1) / columns * columns;
  }
  int64_t groupBytes(int64_t n) const {
    return paddedColumns(n) / columns * bytes;
  }

  PackedElement read(const uint8_t *group, int64_t lane, int64_t column) const {
    const uint8_t *super = group + column / columns * bytes;
    const int64_t c = column % columns;
    PackedElement e;
    if (!info.isQuantized()) {
      int64_t size = info.blockBytes;
      int64_t at =
          info.format == Format::BF16 ? lane * 2 + c : c * lanes + lane;
      std::memcpy(&e.stored, super + at * size, size);
      return e;
    }
    const int64_t block = c / info.blockElements,
                  sub = c / info.subBlockElements;
    const int64_t at = (block * lanes + lane) * scale;
    std::memcpy(&e.d, super + at, scale);
    if (info.hasMin)
      std::memcpy(&e.dmin, super + dminAt + at, scale);
    e.sc = 1;
    if (info.hasSubScales)
      e.sc = int8_t(super[scAt + sub * lanes + lane]);
    if (info.hasSubMinima)
      e.m = super[mAt + sub * lanes + lane];
    e.stored = readQ(super + qAt + c / 32 * blockBytes, lane, c % 32);
    return e;
  }

private:
  int64_t readQ(const uint8_t *block, int64_t lane, int64_t c) const {
    const int64_t dot = c / 4, i = c % 4;
    auto byte = [&](int64_t vector) {
      return block[(vector * lanes + lane) * 4 + i];
    };
    if (info.bits == 8)
      return int8_t(byte(dot));
    if (info.bits == 2)
      return byte(dot / 4) >> (dot % 4 * 2) & 3;
    if (info.bits == 3) { // Two dots a vector, and two above all three.
      if (dot < 6)
        return byte(dot / 2) >> (dot % 2 * 3) & 7;
      return byte(dot - 6) >> 6 | (byte(2) >> dot & 1) << 2;
    }
    if (info.bits == 4)
      return byte(dot / 2) >> (dot % 2 * 4) & 15;
    if (info.bits == 6) { // Three dots, and one in the bits above them.
      const int64_t first = dot / 4 * 3;
      if (dot % 4 < 3)
        return byte(first + dot % 4) & 63;
      return byte(first) >> 6 | byte(first + 1) >> 6 << 2 |
             byte(first + 2) >> 6 << 4;
    }
    // Two dots, and one above them, twice; one, and one above all of them.
    if (dot == 7)
      return byte(1) >> 7 | byte(3) >> 7 << 1 | byte(4) >> 5 << 2;
    const int64_t first = dot / 3 * 2;
    if (dot % 3 < 2)
      return byte(first + dot % 3) & 31;
    return byte(first) >> 5 | (byte(first + 1) >> 5 & 3) << 3;
  }

  const FormatInfo &info;
  int64_t lanes, columns, bytes, scale = 2;
  int64_t dminAt = 0, scAt = 0, mAt = 0, qAt = 0, blockBytes = 0;
};

} // namespace lfm2c

#endif // LFM2C_TEST_UNIT_WEIGHTS_PACKEDREADER_H
