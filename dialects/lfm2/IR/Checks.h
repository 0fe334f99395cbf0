// What the verifiers of several ops have in common, here and in the program
// dialect.
//
// A function that returns LogicalResult has emitted a diagnostic on `op` when
// it fails.

#ifndef LFM2C_DIALECTS_LFM2_IR_CHECKS_H
#define LFM2C_DIALECTS_LFM2_IR_CHECKS_H

#include "dialects/lfm2/IR/LFM2Ops.h"

namespace lfm2c::lfm2 {

/// The shape as messages show it: "? x 8 x 64".
std::string sizesText(llvm::ArrayRef<int64_t> shape);

/// Columns of a matrix of activations.
int64_t channels(mlir::Value value);

/// Checks that the rows of `a` and `b` can be the tokens of one call.
mlir::LogicalResult sameTokens(mlir::Operation *op, llvm::StringRef aName,
                               mlir::Value a, llvm::StringRef bName,
                               mlir::Value b);

/// Checks that only the number of tokens is dynamic.
mlir::LogicalResult fixedChannels(mlir::Operation *op, llvm::StringRef name,
                                  mlir::Value value);

/// Checks that a parameter is above zero, which NaN is not.
mlir::LogicalResult positive(mlir::Operation *op, llvm::StringRef name,
                             double value);

/// Checks the parameters that heads, and angles that they turn by, have.
mlir::LogicalResult headsFit(mlir::Operation *op, mlir::Value x, int64_t heads,
                             int64_t headSize, double eps);
mlir::LogicalResult anglesFit(mlir::Operation *op, int64_t headSize,
                              double theta, RopeScalingAttr scaling);

/// Finds the weight that `op` calls `role` and compares its shape, in which a
/// dynamic size fits any. `meaning` names the dimensions for the message.
mlir::LogicalResult checkWeight(mlir::Operation *op,
                                mlir::SymbolTableCollection &symbols,
                                mlir::FlatSymbolRefAttr name,
                                llvm::StringRef role,
                                llvm::ArrayRef<int64_t> shape,
                                llvm::StringRef meaning, bool mayBeQuantized);

} // namespace lfm2c::lfm2

#endif // LFM2C_DIALECTS_LFM2_IR_CHECKS_H
