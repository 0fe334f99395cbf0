// Row groups, staged in near memory.
//
// Two slots a thread: while the products of one row group are made, the next
// one is brought. The engine that copies has a group's time for it, and the
// core never reads weights from afar.

#ifndef LFM2C_PASSES_TILING_NEARMEMORY_H
#define LFM2C_PASSES_TILING_NEARMEMORY_H

#include "passes/tiling/PhaseContext.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace lfm2c {

/// Whether two row groups of such a weight fit in a thread's near memory.
bool isStaged(const exec::TargetFacts &facts, const PackedSpec &spec);

/// Runs `body(group, slot)` over the groups lo to hi of the packed weight at
/// `start` of the archive, while a copy of one lies at `slot` of near memory.
void forStaged(PhaseContext &context, const PackedSpec &spec, mlir::Value start,
               mlir::Value lo, mlir::Value hi,
               llvm::function_ref<void(mlir::Value, mlir::Value)> body);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_NEARMEMORY_H
