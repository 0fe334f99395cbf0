// Vectors of floats without registers.
//
// A CPU may have no vectors of floats, or only shorter ones. Which vectors
// these are, and other names for their bits.

#ifndef LFM2C_PASSES_CONVERSION_FLOATLANES_H
#define LFM2C_PASSES_CONVERSION_FLOATLANES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace lfm2c {

/// Whether a vector of this type has no registers to be computed in, where the
/// CPU computes `floatLanes` floats at once (1: one).
bool isTakenApart(mlir::VectorType type, int64_t floatLanes);

/// The vector of integers of the same bits.
mlir::VectorType asIntegers(mlir::VectorType type);

/// `v` with vectors of floats as vectors of integers, or back: the same bits as
/// another type.
mlir::Value toType(mlir::OpBuilder &b, mlir::Value v, mlir::Type type);

} // namespace lfm2c

#endif // LFM2C_PASSES_CONVERSION_FLOATLANES_H
