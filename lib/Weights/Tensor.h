// A tensor of a checkpoint: a view of mapped bytes, or rows that are computed
// whenever they are read.
//
// Experts may lie in separate tensors of the file and still be one tensor here:
// `pieces` are equally large parts along the outermost dimension, and nothing
// is copied to join them.
//
// Who reads rows calls readRows() and does not ask which of both it is. So what
// is merged, permuted or decoded from another layout never lies in memory
// whole.

#ifndef LFM2C_LIB_WEIGHTS_TENSOR_H
#define LFM2C_LIB_WEIGHTS_TENSOR_H

#include "lib/Weights/Format.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <string>
#include <vector>

namespace lfm2c {

/// What a tensor is called where it was read, for messages.
struct TensorOrigin {
  std::string name, file;
};

/// Computes rows of a tensor from bytes that outlive it, as those of mapped
/// files do. Several threads call it at the same time.
class RowSource {
public:
  virtual ~RowSource() = default;

  /// Writes `count` rows from `first` on, counted over all outer dimensions
  /// together, one after the other in the tensor's format. `out` has room for
  /// them. All are of one matrix: a caller never asks across two experts.
  virtual void compute(int64_t first, int64_t count, uint8_t *out) const = 0;
  /// All bytes of files that rows are computed from, so that they are hashed
  /// for the program's identity and their pages are given back after use.
  virtual llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs() const = 0;
  /// What else decides the rows, for the program's identity: the kind of
  /// computation and its numbers, in one line.
  virtual std::string describe() const = 0;
};

/// Where rows that are computed are put; of one thread, for any tensors.
using RowBuffer = std::vector<uint8_t>;

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
  // Computes the rows where there are no pieces; null otherwise. It knows the
  // rows by `shape` and `format` as they are here.
  std::shared_ptr<const RowSource> source;

  /// Elements of a row, the fastest dimension.
  int64_t cols() const { return shape.back(); }
  /// Product of all dimensions but the last.
  int64_t rows() const;
  int64_t elements() const { return rows() * cols(); }
  int64_t rowBytes() const;
  uint64_t bytes() const { return uint64_t(rows()) * rowBytes(); }
  /// `count` rows of one matrix from `first` on, counted over all outer
  /// dimensions together, one after the other: where they are mapped, or else
  /// in `buffer`, until it is used again.
  const uint8_t *readRows(int64_t first, int64_t count,
                          RowBuffer &buffer) const;
  const uint8_t *readRow(int64_t flatRow, RowBuffer &buffer) const {
    return readRows(flatRow, 1, buffer);
  }
  /// The bytes of files behind it: the pieces, or what rows are computed from.
  llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs() const;

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
