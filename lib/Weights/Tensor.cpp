#include "lib/Weights/Tensor.h"

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
