// A tensor of a checkpoint: a view of mapped bytes.
//
// Experts may lie in separate tensors of the file and still be one tensor here:
// `pieces` are equal slices along the outermost dimension, and nothing is
// copied to join them.

#ifndef LFM2C_LIB_WEIGHTS_TENSOR_H
#define LFM2C_LIB_WEIGHTS_TENSOR_H

#include "lib/Weights/Format.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace lfm2c {

struct Tensor {
  std::string name; // Canonical, e.g. blk.3.ffn_gate.weight.
  Format format = Format::F32;
  // Outermost first: [out, in] or [experts, out, in].
  llvm::SmallVector<int64_t, 4> shape;
  llvm::SmallVector<llvm::ArrayRef<uint8_t>, 1> pieces;

  /// Elements of a row, the fastest dimension.
  int64_t cols() const { return shape.back(); }
  /// Product of all dimensions but the last.
  int64_t rows() const;
  int64_t elements() const { return rows() * cols(); }
  int64_t rowBytes() const;
  uint64_t bytes() const;
  /// First byte of a row, counted over all outer dimensions together.
  const uint8_t *row(int64_t flatRow) const;
};

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_TENSOR_H
