// exec.lookup, which targets lower piece by piece.
#ifndef LFM2C_TARGETS_LOOKUPS_H
#define LFM2C_TARGETS_LOOKUPS_H

#include "dialects/exec/IR/Exec.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

/// A piece of the indexes of a lookup, and its table filled up with zeros.
struct LookupPiece {
  mlir::Location loc;
  mlir::Value index;
  int64_t bytes; ///< Of the piece.
  std::array<int8_t, 16> table;
};

/// Lowers all lookups of `module`, in pieces of at most `vectorBytes`, of which
/// longer vectors are multiples.
void lowerLookups(
    mlir::ModuleOp module, int64_t vectorBytes,
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, const LookupPiece &)>
        lower);

/// A constant vector of `bytes` bytes: byte i is table[i % 16].
mlir::Value repeatedTable(mlir::OpBuilder &b, const LookupPiece &piece);

} // namespace lfm2c

#endif // LFM2C_TARGETS_LOOKUPS_H
