// What passes may ask of a target.
//
// Passes name no target. They read these facts, which the driver writes on the
// module as the attribute `exec.target`, out of the target's data. Which there
// are stands in TargetFacts.td, and nowhere else.

#ifndef LFM2C_DIALECTS_EXEC_IR_TARGETFACTS_H
#define LFM2C_DIALECTS_EXEC_IR_TARGETFACTS_H

#include "llvm/ADT/Hashing.h"
#include <algorithm>
#include <cstdint>
#include <string>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c::exec {

struct TargetFacts {
#define GET_FACT_FIELDS
#include "dialects/exec/IR/TargetFacts.inc"

  /// Sums of `lanes` that registers hold where each is of two vectors, one of
  /// floats and one of integers, and half of the registers is for all else.
  int64_t sumsAtOnce() const { return std::max<int64_t>(1, registers / 4); }

  /// Those of the module's `exec.target`; without one, the initial values.
  static TargetFacts get(mlir::ModuleOp module);

  bool operator==(const TargetFacts &other) const;
  bool operator!=(const TargetFacts &other) const { return !(*this == other); }
};

llvm::hash_code hash_value(const TargetFacts &facts);

/// The facts of `found` that are others in `expected`, for the end of a
/// message: `lanes: 8, expected 16; fma: false, expected true`. Empty where all
/// are equal.
std::string describeDifference(const TargetFacts &found,
                               const TargetFacts &expected);

} // namespace lfm2c::exec

#endif // LFM2C_DIALECTS_EXEC_IR_TARGETFACTS_H
