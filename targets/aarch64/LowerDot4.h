// dot4 in the instructions of one AArch64 CPU.
#ifndef LFM2C_TARGETS_AARCH64_LOWERDOT4_H
#define LFM2C_TARGETS_AARCH64_LOWERDOT4_H

#include "llvm/ADT/StringRef.h"
#include <memory>

namespace mlir {
class Pass;
} // namespace mlir

namespace lfm2c {

/// Lowers `exec.dot4` to intrinsics. `form` is the name of a DotForm of
/// Facts.td: sve, i8mm, dotprod or neon; `vectorBytes` the length of SVE's
/// vectors.
std::unique_ptr<mlir::Pass>
createAArch64LowerDot4Pass(llvm::StringRef form = "dotprod",
                           int64_t vectorBytes = 16);

/// Registers it as `aarch64-lower-dot4{form=... vector-bytes=...}`.
void registerAArch64LowerDot4Pass();

} // namespace lfm2c

#endif // LFM2C_TARGETS_AARCH64_LOWERDOT4_H
