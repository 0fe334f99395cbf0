// What passes ask of an op of the model; see ModelOpInterface.td.

#ifndef LFM2C_DIALECTS_LFM2_INTERFACES_MODELOPINTERFACE_H
#define LFM2C_DIALECTS_LFM2_INTERFACES_MODELOPINTERFACE_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpDefinition.h"

namespace lfm2c::lfm2 {

/// What a thread must have of an operand.
enum class Need {
  Finished, ///< All of it, of all threads: what made it ended with a barrier.
  Whole,    ///< All of it, which every thread may have made for itself.
  Rows,     ///< The rows that the thread itself has just finished.
};

/// One weight that an op reads.
struct WeightUse {
  mlir::FlatSymbolRefAttr weight;
  /// Threads divide its rows, and each multiplies its own by the tokens.
  bool isContracted = false;
  /// It has a row for each token id, of which few are read, or which make
  /// logits: it is quantised with more care than others.
  bool isByTokenId = false;

  /// Neither: it is read whole, and no other format would be read faster.
  bool isAsItIs() const { return !isContracted && !isByTokenId; }
};

namespace detail {
/// Every symbol among the attributes of `op`, read as it is.
llvm::SmallVector<WeightUse> readAsTheyAre(mlir::Operation *op);
} // namespace detail

/// Makes arith.addf, the residual sum of the model, an op of this interface.
void attachModelOpInterface(mlir::MLIRContext &context);

} // namespace lfm2c::lfm2

#include "dialects/lfm2/Interfaces/ModelOpInterface.h.inc"

#endif // LFM2C_DIALECTS_LFM2_INTERFACES_MODELOPINTERFACE_H
