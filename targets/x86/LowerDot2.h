// dot2 in the instructions of one x86-64 CPU.
#ifndef LFM2C_TARGETS_X86_LOWERDOT2_H
#define LFM2C_TARGETS_X86_LOWERDOT2_H

#include <memory>

namespace mlir {
class Pass;
} // namespace mlir

namespace lfm2c {

/// Lowers `exec.dot2` to AVX512-BF16, or, without it, to f32 arithmetic that
/// any CPU has.
std::unique_ptr<mlir::Pass> createLowerDot2Pass(bool hasInstruction = false);

/// Registers it as `x86-lower-dot2{instruction=...}`.
void registerLowerDot2Pass();

} // namespace lfm2c

#endif // LFM2C_TARGETS_X86_LOWERDOT2_H
