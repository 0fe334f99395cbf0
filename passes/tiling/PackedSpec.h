// How a phase wants its weights packed.
//
// Which rows of which tensors stand side by side, in what format and units.
// Two specs that differ in anything name two packed weights, even if both are
// made of the same tensors.

#ifndef LFM2C_PASSES_TILING_PACKEDSPEC_H
#define LFM2C_PASSES_TILING_PACKEDSPEC_H

#include "dialects/lfm2/IR/LFM2Ops.h"
#include "lib/Weights/PackedLayout.h"
#include "llvm/ADT/SmallVector.h"

namespace lfm2c {

/// Rows of one lfm2.weight that go into a packed weight.
struct SegmentSpec {
  mlir::FlatSymbolRefAttr weight;
  Format format;
  int64_t first, rows, unit;

  bool operator==(const SegmentSpec &other) const;
};

/// A packed weight as a phase reads it.
struct PackedSpec {
  llvm::SmallVector<SegmentSpec, 3> segments;
  int64_t columns, lanes, count;
  bool plain = false;

  bool operator==(const PackedSpec &other) const;
  bool operator!=(const PackedSpec &other) const { return !(*this == other); }

  int64_t unitsPerSegment() const {
    return segments[0].rows / segments[0].unit;
  }
  int64_t groupsPerUnit() const {
    return (segments[0].unit + lanes - 1) / lanes;
  }
  /// Bytes of group i of every segment together.
  int64_t stepBytes() const;
  /// Bytes of all groups of one of the `count` matrices.
  int64_t bytes() const;
};

/// The weight that `name` means at `from`: of a layer's parameters or of the
/// module.
lfm2::WeightOp lookupWeight(mlir::Operation *from,
                            mlir::FlatSymbolRefAttr name);
/// Size `i` of the shape of such a weight.
int64_t weightDim(mlir::Operation *from, mlir::FlatSymbolRefAttr name,
                  int64_t i);
/// Rows `first` to `first + rows` of a weight, in units of `unit` rows.
SegmentSpec segmentOf(mlir::Operation *from, mlir::FlatSymbolRefAttr name,
                      int64_t first, int64_t rows, int64_t unit);
/// A matrix of these segments, side by side; all have the same columns.
PackedSpec matrixSpec(mlir::Operation *from,
                      llvm::ArrayRef<SegmentSpec> segments, int64_t lanes);
/// A vector (norm, bias) or the taps of a convolution, [columns][rows] in f32.
PackedSpec plainSpec(mlir::Operation *from, mlir::FlatSymbolRefAttr name,
                     int64_t lanes);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_PACKEDSPEC_H
