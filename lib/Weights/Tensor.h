// A tensor of a checkpoint: a view of mapped bytes.
//
// Experts may lie in separate tensors of the file and still be one tensor here:
// `pieces` are equally large parts along the outermost dimension, and nothing
// is copied to join them.

#ifndef LFM2C_LIB_WEIGHTS_TENSOR_H
#define LFM2C_LIB_WEIGHTS_TENSOR_H

#include "lib/Weights/Format.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace lfm2c {

/// What a tensor is called where it was read, for messages.
struct TensorOrigin {
  std::string name, file;
};

struct Tensor {
  std::string name; // Canonical, e.g. blk.3.ffn_gate.weight.
  // One of the file's tensors, or one for each piece.
  llvm::SmallVector<TensorOrigin, 1> origins;
  // Rows of the file's tensor, in each expert, that stand before those here.
  int64_t firstRow = 0;
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

  /// The name in the file, in quotes; of several, the first.
  std::string label() const;
  /// "row 5, column 7 of tensor 'model.norm.weight' in model.safetensors", in
  /// the file's own terms. Rows and columns count from 0.
  std::string describe(int64_t flatRow, int64_t column) const;
};

/// Whether all elements have the same values, whatever the formats.
bool equalValues(const Tensor &a, const Tensor &b);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_TENSOR_H
