#include "lib/Weights/Tensor.h"
#include "lib/Support/Error.h"
#include <cstring>
#include <vector>

using namespace lfm2c;

int64_t Tensor::rows() const {
  int64_t count = 1;
  for (int64_t size : llvm::ArrayRef(shape).drop_back())
    count *= size;
  return count;
}

int64_t Tensor::rowBytes() const { return *formatBytes(format, cols()); }

uint64_t Tensor::bytes() const {
  uint64_t total = 0;
  for (llvm::ArrayRef<uint8_t> piece : pieces)
    total += piece.size();
  return total;
}

const uint8_t *Tensor::row(int64_t flatRow) const {
  const int64_t perPiece = rows() / int64_t(pieces.size());
  return pieces[flatRow / perPiece].data() + flatRow % perPiece * rowBytes();
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
  for (int64_t row = 0; row < a.rows(); ++row) {
    if (a.format == b.format) {
      if (std::memcmp(a.row(row), b.row(row), a.rowBytes()) != 0)
        return false;
      continue;
    }
    dequantizeRow(a.format, a.row(row), left.data(), a.cols());
    dequantizeRow(b.format, b.row(row), right.data(), a.cols());
    if (left != right)
      return false;
  }
  return true;
}
