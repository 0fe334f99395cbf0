#include "lib/Weights/Tensor.h"
#include "lib/Support/Error.h"
#include <cstring>

using namespace lfm2c;

int64_t Tensor::rows() const {
  int64_t count = 1;
  for (int64_t size : llvm::ArrayRef(shape).drop_back())
    count *= size;
  return count;
}

int64_t Tensor::rowBytes() const { return *formatBytes(format, cols()); }

const uint8_t *Tensor::readRows(int64_t first, int64_t count,
                                RowBuffer &buffer) const {
  const int64_t size = rowBytes();
  if (source) {
    if (buffer.size() < size_t(count * size))
      buffer.resize(count * size);
    source->compute(first, count, buffer.data());
    return buffer.data();
  }
  const int64_t perPiece = rows() / int64_t(pieces.size());
  return pieces[first / perPiece].data() + first % perPiece * size;
}

llvm::SmallVector<llvm::ArrayRef<uint8_t>> Tensor::inputs() const {
  if (source)
    return source->inputs();
  return {pieces.begin(), pieces.end()};
}

std::string Tensor::label() const {
  return quoted(origins.empty() ? name : origins.front().name);
}

std::string Tensor::describe(int64_t flatRow, int64_t column) const {
  const int64_t height = shape.size() > 2 ? shape[shape.size() - 2] : rows();
  const int64_t expert = flatRow / height;
  // A tensor of its own for each expert, or all in one.
  const bool isSplit = origins.size() > 1;
  const TensorOrigin origin =
      origins.empty() ? TensorOrigin{name, ""} : origins[isSplit ? expert : 0];
  std::string text;
  if (shape.size() > 2 && !isSplit)
    text += "expert " + std::to_string(expert) + ", ";
  if (shape.size() > 1)
    text += "row " + std::to_string(firstRow + flatRow % height) + ", ";
  text +=
      "column " + std::to_string(column) + " of tensor " + quoted(origin.name);
  return origin.file.empty() ? text : text + " in " + origin.file;
}

bool lfm2c::equalValues(const Tensor &a, const Tensor &b) {
  if (a.shape != b.shape)
    return false;
  std::vector<float> left(a.cols()), right(a.cols());
  RowBuffer leftBuffer, rightBuffer;
  for (int64_t row = 0; row < a.rows(); ++row) {
    const uint8_t *leftRow = a.readRow(row, leftBuffer);
    const uint8_t *rightRow = b.readRow(row, rightBuffer);
    if (a.format == b.format) {
      if (std::memcmp(leftRow, rightRow, a.rowBytes()) != 0)
        return false;
      continue;
    }
    dequantizeRow(a.format, leftRow, left.data(), a.cols());
    dequantizeRow(b.format, rightRow, right.data(), a.cols());
    if (left != right)
      return false;
  }
  return true;
}
