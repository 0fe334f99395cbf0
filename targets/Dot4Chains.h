// Chains of dot4, which targets lower together.
//
// The sums of a block are chains: each dot4 continues the one before. What a
// target does may span several of them (products added up in 16 bits), and each
// part of a chain is lowered where its op stood, since the order of emission
// keeps few values alive.
#ifndef LFM2C_TARGETS_DOT4CHAINS_H
#define LFM2C_TARGETS_DOT4CHAINS_H

#include "dialects/exec/IR/Exec.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

/// Weights and activations of one dot4 of a chain, and the op itself.
struct Dot4Factor {
  mlir::Value w, x;
  mlir::Operation *op;
};

/// Vectors of `bytes` weights each, a chain or a part of all its vectors.
struct Dot4Chain {
  mlir::Location loc;
  mlir::Value acc;
  llvm::ArrayRef<Dot4Factor> factors;
  int64_t bits, bytes;
  bool isSigned;
};

/// Makes the sum of a chain; ops for a factor are to be made before its op.
using LowerDot4Chain =
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, const Dot4Chain &)>;

/// Lowers all dot4 of `module`, in pieces of at most `vectorBytes`, of which
/// longer vectors are multiples.
void lowerDot4Chains(mlir::ModuleOp module, int64_t vectorBytes,
                     LowerDot4Chain lower);

} // namespace lfm2c

#endif // LFM2C_TARGETS_DOT4CHAINS_H
