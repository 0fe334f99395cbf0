// Arithmetic of floats, lane by lane.
//
// The first step of FloatsByLane.cpp.

#ifndef LFM2C_PASSES_CONVERSION_LANELOOPS_H
#define LFM2C_PASSES_CONVERSION_LANELOOPS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace lfm2c {

/// Makes loops over lanes of the arithmetic on vectors that a CPU of
/// `floatLanes` has no registers for. Such vectors are left only where they
/// pass through loops and memory.
void makeLaneLoops(mlir::func::FuncOp func, int64_t floatLanes);

} // namespace lfm2c

#endif // LFM2C_PASSES_CONVERSION_LANELOOPS_H
