// Cos and sin of each token's angles.
//
// All layers turn their heads by the same angles, or by those of a few kinds:
// they are computed once a step, in its first phase.

#ifndef LFM2C_PASSES_TILING_ROPETABLES_H
#define LFM2C_PASSES_TILING_ROPETABLES_H

#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace lfm2c {

class PhaseContext;

class RopeTables {
public:
  /// Of all kinds of angles in the module.
  explicit RopeTables(mlir::ModuleOp module);

  /// Role of the buffer with the table of the op: [cos | sin] a token, each of
  /// half a head.
  std::string roleOf(lfm2::HeadNormRopeOp op) const;
  llvm::SmallVector<std::string> getRoles() const;
  /// Writes all tables; threads share the tokens.
  void emit(PhaseContext &context) const;

private:
  /// One op for each kind of angles.
  llvm::SmallVector<lfm2::HeadNormRopeOp> kinds;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_ROPETABLES_H
