// dot4 in the instructions of one x86-64 CPU.
#ifndef LFM2C_TARGETS_X86_LOWERDOT4_H
#define LFM2C_TARGETS_X86_LOWERDOT4_H

#include "llvm/ADT/StringRef.h"
#include <memory>

namespace mlir {
class Pass;
} // namespace mlir

namespace lfm2c {

/// Lowers `exec.dot4` to intrinsics. `form` is the name of a DotForm of
/// Facts.td: avx512vnni, avxvnni, avx2, ssse3 or sse2.
std::unique_ptr<mlir::Pass> createLowerDot4Pass(llvm::StringRef form = "avx2");

/// Registers it as `x86-lower-dot4{form=...}`.
void registerLowerDot4Pass();

} // namespace lfm2c

#endif // LFM2C_TARGETS_X86_LOWERDOT4_H
