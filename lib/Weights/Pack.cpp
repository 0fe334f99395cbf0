#include "lib/Weights/Pack.h"
#include "lib/Weights/AffineFormats.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>
#include <vector>

using namespace lfm2c;

namespace {

/// Writes rows of one tensor into lanes of groups.
class LanePacker {
public:
  LanePacker(const Tensor &tensor, int64_t lanes)
      : layout(tensor.format, lanes), info(getFormatInfo(tensor.format)),
        columns(tensor.cols()) {}

  int64_t groupBytes() const { return layout.groupBytes(columns); }

  /// Packs `row`, as it is stored, into lane `at` of the group.
  void pack(const uint8_t *row, int64_t at, uint8_t *group) {
    lane = at;
    if (isFloat8(info))
      return packFloat8(row, group);
    if (!info.isQuantized())
      return packFloats(row, group);
    for (int64_t i = 0; i < columns / info.blockElements; ++i) {
      unpackBlock(layout.format, row + i * info.blockBytes, block);
      int64_t perSuper = layout.superElements / info.blockElements;
      packBlock(group + i / perSuper * layout.superBytes, i % perSuper);
    }
  }

private:
  void packFloats(const uint8_t *row, uint8_t *group) {
    int64_t size = info.blockBytes, lanes = layout.lanes;
    if (layout.format == Format::BF16) { // Pairs of columns side by side.
      for (int64_t k = 0; k < columns; ++k)
        std::memcpy(group + ((k / 2 * lanes + lane) * 2 + k % 2) * size,
                    row + k * size, size);
      return;
    }
    if (size == 4) {
      auto *out = reinterpret_cast<uint32_t *>(group) + lane;
      for (int64_t k = 0; k < columns; ++k)
        std::memcpy(out + k * lanes, row + k * 4, 4);
      return;
    }
    for (int64_t k = 0; k < columns; ++k)
      std::memcpy(group + (k * lanes + lane) * size, row + k * size, size);
  }

  /// Code reads the bytes as halves, which are smaller by 2^8.
  void packFloat8(const uint8_t *row, uint8_t *group) {
    const int64_t elements = info.blockElements, lanes = layout.lanes;
    for (int64_t i = 0; i < columns; i += elements) {
      float d;
      std::memcpy(&d, row, 4);
      d *= 256;
      std::memcpy(group + 4 * lane, &d, 4);
      uint8_t *out = group + layout.qOffset + lane;
      for (int64_t k = 0; k < elements; ++k)
        out[k * lanes] = row[4 + k];
      row += info.blockBytes;
      group += layout.superBytes;
    }
  }

  /// Block `index` of the superblock at `super`.
  void packBlock(uint8_t *super, int64_t index) {
    int64_t lanes = layout.lanes;
    putScale(super + layout.dOffset, index, block.d);
    if (info.hasMin)
      putScale(super + layout.dminOffset, index, block.dmin);
    int64_t subBlocks = info.subBlocks();
    for (int64_t b = 0; b < subBlocks; ++b) {
      int64_t at = (index * subBlocks + b) * lanes + lane;
      if (info.hasSubScales)
        super[layout.scOffset + at] = static_cast<uint8_t>(block.sc[b]);
      if (info.hasSubMinima)
        super[layout.mOffset + at] = block.m[b];
    }
    int64_t dotBlocks = info.blockElements / dotBlock;
    for (int64_t p = 0; p < dotBlocks; ++p)
      packDots(super + layout.qOffset +
                   (index * dotBlocks + p) * layout.blockBytes(),
               block.q + p * dotBlock);
  }

  /// Row `index` of the table of d or dmin.
  void putScale(uint8_t *table, int64_t index, uint32_t bits) {
    uint8_t *at = table + (index * layout.lanes + lane) * layout.scaleBytes;
    if (layout.scaleBytes == 4)
      llvm::support::endian::write32le(at, bits);
    else
      llvm::support::endian::write16le(at, uint16_t(bits));
  }

  /// 32 values into the vectors of one block.
  void packDots(uint8_t *out, const uint8_t *q) {
    int64_t stride = 4 * layout.lanes;
    // 8 bits are stored signed.
    int64_t zero = layout.bits == 8 ? storedZero : 0;
    for (int64_t j = 0; j < 8; ++j)
      for (const DotField &f : dotFields(layout.bits, j)) {
        uint8_t *at = out + f.vector * stride + 4 * lane;
        for (int64_t i = 0; i < 4; ++i)
          at[i] |= (uint8_t(q[4 * j + i] - zero) >> f.to & ((1 << f.count) - 1))
                   << f.from;
      }
  }

  PackedLayout layout;
  const FormatInfo &info;
  int64_t columns, lane = 0;
  UnpackedBlock block;
};

} // namespace

int64_t lfm2c::packedStepBytes(llvm::ArrayRef<PackSegment> segments,
                               int64_t lanes) {
  int64_t sum = 0;
  for (const PackSegment &s : segments)
    sum += PackedLayout(s.tensor->format, lanes).groupBytes(s.tensor->cols());
  return sum;
}

std::optional<WeightPlace>
lfm2c::packGroups(llvm::ArrayRef<PackSegment> segments, int64_t lanes,
                  int64_t matrix, int64_t firstGroup, int64_t lastGroup,
                  uint8_t *out) {
  llvm::SmallVector<LanePacker, 3> packers;
  std::optional<WeightPlace> place;
  RowBuffer buffer;
  for (const PackSegment &s : segments)
    packers.emplace_back(*s.tensor, lanes);
  for (int64_t group = firstGroup; group < lastGroup; ++group)
    for (auto [s, packer] : llvm::zip(segments, packers)) {
      const Tensor &t = *s.tensor;
      int64_t bytes = packer.groupBytes();
      std::memset(out, 0, bytes);
      int64_t perUnit = llvm::divideCeil(s.unit, lanes);
      int64_t unit = group / perUnit, within = group % perUnit * lanes;
      int64_t height = t.shape.size() > 2 ? t.shape[1] : 0;
      int64_t row = matrix * height + s.first + unit * s.unit + within;
      const int64_t count = std::min(lanes, s.unit - within);
      const int64_t rowBytes = t.rowBytes();
      const uint8_t *from = t.readRows(row, count, buffer);
      for (int64_t lane = 0; lane < count; ++lane, from += rowBytes) {
        packer.pack(from, lane, out);
        // Just read, so it costs nothing to read it again.
        const int64_t bad = findNonFinite(t.format, from, t.cols());
        if (bad >= 0 && !place)
          place = WeightPlace{&t, row + lane, bad};
      }
      out += bytes;
    }
  return place;
}

std::optional<WeightPlace> lfm2c::packPlain(const Tensor &tensor,
                                            llvm::SmallVectorImpl<float> &out) {
  int64_t columns = tensor.shape.size() > 1 ? tensor.cols() : 1;
  int64_t rows = tensor.elements() / columns;
  int64_t stride = llvm::alignTo(rows, 16);
  out.assign(columns * stride, 0);
  std::vector<float> row(tensor.cols());
  std::optional<WeightPlace> place;
  RowBuffer buffer;
  for (int64_t r = 0; r < tensor.rows(); ++r) {
    const uint8_t *from = tensor.readRow(r, buffer);
    dequantizeRow(tensor.format, from, row.data(), tensor.cols());
    const int64_t bad = findNonFinite(tensor.format, from, tensor.cols());
    if (bad >= 0 && !place)
      place = WeightPlace{&tensor, r, bad};
    for (int64_t c = 0; c < tensor.cols(); ++c)
      out[columns == 1 ? c : c * stride + r] = row[c];
  }
  return place;
}
