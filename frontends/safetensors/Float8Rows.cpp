#include "frontends/safetensors/Float8Rows.h"
#include "frontends/safetensors/IntegerRows.h"
#include "lib/Support/Error.h"
#include "lib/Weights/AffineFormats.h"
#include "llvm/Support/Endian.h"
#include <cstring>

#pragma STDC FP_CONTRACT OFF

using namespace lfm2c;
using llvm::StringRef;
using llvm::support::endian::write32le;

namespace {

class Float8Rows final : public RowSource {
public:
  /// `columns` share a scale, `block` of them are a block of the format, none
  /// where it is f32.
  Float8Rows(llvm::ArrayRef<uint8_t> values, ScaleTable scales, int64_t cols,
             int64_t columns, int64_t block)
      : values(values), scales(scales), cols(cols), columns(columns),
        block(block) {}

  void compute(int64_t first, int64_t count, uint8_t *out) const override {
    for (int64_t row = first; row < first + count; ++row) {
      const uint8_t *from = values.data() + row * cols;
      if (block == 0) {
        for (int64_t k = 0; k < cols; ++k, out += 4)
          write32le(out,
                    llvm::bit_cast<uint32_t>(float8ToFloat(from[k]) *
                                             scales.value(row, k / columns)));
        continue;
      }
      for (int64_t k = 0; k < cols; k += block, out += 4 + block) {
        write32le(out,
                  llvm::bit_cast<uint32_t>(scales.value(row, k / columns)));
        std::memcpy(out + 4, from + k, block);
      }
    }
  }
  llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs() const override {
    return {values, scales.bytes};
  }
  std::string describe() const override {
    return "e4m3 with a scale for " + std::to_string(scales.rowsTogether) +
           " rows and " + std::to_string(columns) + " columns, blocks of " +
           std::to_string(block);
  }

private:
  const llvm::ArrayRef<uint8_t> values;
  const ScaleTable scales;
  const int64_t cols, columns, block;
};

} // namespace

llvm::Expected<QuantizedMatrix> lfm2c::readFloat8(const MatrixParts &matrix,
                                                  StringRef part, int64_t rows,
                                                  int64_t columns) {
  auto weight = matrix.require("weight");
  if (!weight)
    return weight.takeError();
  llvm::ArrayRef<int64_t> shape = (*weight)->shape;
  if ((*weight)->type != "F8_E4M3" || shape.size() != 2)
    return matrix.complain("weight", "of type " + (*weight)->type +
                                         " and shape " + formatShape(shape) +
                                         " should be a matrix of type F8_E4M3, "
                                         "as config.json says");
  if (columns == 0)
    columns = shape[1];
  llvm::Expected<ScaleTable> scales =
      readScales(matrix, part, shape, columns, rows);
  if (!scales)
    return scales.takeError();
  int64_t block = 128;
  while (block >= 32 && (columns % block != 0 || shape[1] % block != 0))
    block /= 2;
  if (block < 32)
    block = 0;
  auto source = std::make_shared<Float8Rows>((*weight)->bytes, *scales,
                                             shape[1], columns, block);
  return QuantizedMatrix{block ? float8Format(unsigned(block)) : Format::F32,
                         llvm::SmallVector<int64_t, 4>(shape), source};
}
