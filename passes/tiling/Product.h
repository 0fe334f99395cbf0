// The product of activations with a weight matrix, whichever op makes it.
//
// Activations [T, K] times a weight [N, K] are rows of N. What follows on such
// rows asks for the product by ModelOpInterface::getProduct(), and so for no op
// by name.

#ifndef LFM2C_PASSES_TILING_PRODUCT_H
#define LFM2C_PASSES_TILING_PRODUCT_H

#include "dialects/exec/IR/Exec.h"
#include "passes/tiling/PackedSpec.h"

namespace lfm2c {

class Product {
public:
  /// Null where `op` is null or makes no product.
  explicit Product(mlir::Operation *op);
  /// The product that `result` is; null where it is none.
  static Product of(mlir::Value result);
  explicit operator bool() const { return op; }

  mlir::Operation *getOp() const { return op; }
  /// [T, K].
  mlir::Value getInput() const;
  /// [T, N].
  mlir::Value getResult() const;
  /// [N, K].
  mlir::FlatSymbolRefAttr getWeight() const;
  /// N.
  int64_t getRows() const { return weightDim(op, getWeight(), 0); }

  /// Rows `first` to `first + rows` of the weight, in units of `unit` rows.
  SegmentSpec segment(int64_t first, int64_t rows, int64_t unit) const {
    return segmentOf(op, getWeight(), first, rows, unit);
  }
  /// The whole weight, in units of `unit` rows.
  PackedSpec pack(int64_t unit, int64_t lanes) const {
    return matrixSpec(op, segment(0, getRows(), unit), lanes);
  }
  /// The weight in `parts` equal parts, which stand side by side.
  PackedSpec packParts(int64_t parts, int64_t lanes) const;

private:
  lfm2::ModelOpInterface op;
};

/// All of the phase, in order.
llvm::SmallVector<Product> productsOf(exec::PhaseOp phase);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_PRODUCT_H
