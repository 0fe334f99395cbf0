// A cluster of ops, computed lane by lane.
//
// See LaneCode.cpp; LaneLoops.cpp finds the clusters.

#ifndef LFM2C_PASSES_CONVERSION_LANECODE_H
#define LFM2C_PASSES_CONVERSION_LANECODE_H

#include "dialects/exec/IR/Exec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace lfm2c {

/// Ops on vectors of as many lanes each, in the order of their block.
using LaneCluster = llvm::SetVector<mlir::Operation *>;

/// Makes the code of a function's clusters, which share its slots.
class LaneCode {
public:
  explicit LaneCode(mlir::func::FuncOp func) : func(func) {}

  /// Computes `cluster`, of `lanes` lanes, ahead of `before`, and puts the
  /// results in place of those of `members`, which are left without users
  /// elsewhere. What the cluster has beside them is computed once more.
  void compute(const LaneCluster &cluster,
               llvm::ArrayRef<mlir::Operation *> members, int64_t lanes,
               mlir::Operation *before);
  /// Gives the slots their size. Call once, at the end.
  void finish();

private:
  using Values = llvm::ArrayRef<mlir::Value>;

  void computeLanes(mlir::OpBuilder &b, const LaneCluster &cluster,
                    llvm::MutableArrayRef<mlir::IRMapping> known);
  void computeInRegisters(mlir::OpBuilder &b, const LaneCluster &cluster,
                          int64_t lanes, Values inputs,
                          const mlir::IRMapping &scalars, Values outputs);
  void computeInSlots(mlir::OpBuilder &b, const LaneCluster &cluster,
                      int64_t lanes, Values inputs,
                      const mlir::IRMapping &scalars, Values outputs);
  void replaceOutput(mlir::OpBuilder &b, mlir::Location loc, mlir::Value v,
                     mlir::Value base, int64_t place);
  mlir::Value slotsOfFunction();

  /// What slots are aligned to: a vector of any target.
  static constexpr int64_t slotAlign = 128;

  mlir::func::FuncOp func;
  exec::LocalOp slots;
  int64_t slotBytes = slotAlign;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_CONVERSION_LANECODE_H
