#include "frontends/safetensors/ComposedRows.h"
#include "llvm/ADT/STLExtras.h"
#include <cstring>

using namespace lfm2c;

namespace {

class StackedRows final : public RowSource {
public:
  StackedRows(std::vector<Tensor> matrices, Format format)
      : matrices(std::move(matrices)), format(format) {}

  void compute(int64_t first, int64_t count, uint8_t *out) const override {
    const int64_t height = matrices.front().rows();
    const Tensor &matrix = matrices[first / height];
    RowBuffer buffer;
    const uint8_t *rows = matrix.readRows(first % height, count, buffer);
    const int64_t size = matrix.rowBytes();
    if (matrix.format == format) {
      std::memcpy(out, rows, count * size);
      return;
    }
    std::vector<float> values(matrix.cols());
    for (int64_t i = 0; i < count; ++i, out += 4 * matrix.cols()) {
      dequantizeRow(matrix.format, rows + i * size, values.data(),
                    matrix.cols());
      quantizeRow(Format::F32, values.data(), out, matrix.cols());
    }
  }
  llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs() const override {
    llvm::SmallVector<llvm::ArrayRef<uint8_t>> all;
    for (const Tensor &matrix : matrices)
      llvm::append_range(all, matrix.inputs());
    return all;
  }
  std::string describe() const override {
    std::string text = "stack as " + getFormatInfo(format).name.str();
    for (const Tensor &matrix : matrices)
      text += "; " + (matrix.source ? matrix.source->describe()
                                    : getFormatInfo(matrix.format).name.str());
    return text;
  }

private:
  const std::vector<Tensor> matrices; // At least one.
  const Format format;
};

class SlicedRows final : public RowSource {
public:
  SlicedRows(const Tensor &whole, int64_t first, int64_t count)
      : whole(whole), start(first), height(count) {}

  void compute(int64_t first, int64_t count, uint8_t *out) const override {
    RowBuffer buffer;
    const int64_t matrix = first / height;
    const uint8_t *rows = whole.readRows(
        matrix * whole.shape[1] + start + first % height, count, buffer);
    std::memcpy(out, rows, count * whole.rowBytes());
  }
  llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs() const override {
    return whole.inputs();
  }
  std::string describe() const override {
    return "rows from " + std::to_string(start) + " on of " +
           (whole.source ? whole.source->describe() : "");
  }

private:
  const Tensor whole;
  const int64_t start, height;
};

} // namespace

std::pair<std::shared_ptr<const RowSource>, Format>
lfm2c::stackRows(std::vector<Tensor> matrices) {
  Format format = matrices.front().format;
  for (const Tensor &matrix : matrices)
    if (matrix.format != format)
      format = Format::F32;
  return {std::make_shared<StackedRows>(std::move(matrices), format), format};
}

std::shared_ptr<const RowSource>
lfm2c::sliceRows(const Tensor &whole, int64_t first, int64_t count) {
  return std::make_shared<SlicedRows>(whole, first, count);
}
