// dot2 in the instruction of one AArch64 CPU.
#ifndef LFM2C_TARGETS_AARCH64_LOWERDOT2_H
#define LFM2C_TARGETS_AARCH64_LOWERDOT2_H

#include <memory>

namespace mlir {
class Pass;
} // namespace mlir

namespace lfm2c {

/// Lowers `exec.dot2` to bfdot, or, without it, to f32 arithmetic that any CPU
/// has.
std::unique_ptr<mlir::Pass>
createAArch64LowerDot2Pass(bool hasInstruction = false);

/// Registers it as `aarch64-lower-dot2{instruction=...}`.
void registerAArch64LowerDot2Pass();

} // namespace lfm2c

#endif // LFM2C_TARGETS_AARCH64_LOWERDOT2_H
