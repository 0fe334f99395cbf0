// dot2, by an instruction of the CPU or without.
#ifndef LFM2C_TARGETS_DOT2_H
#define LFM2C_TARGETS_DOT2_H

#include "dialects/exec/IR/Exec.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

/// What a CPU that multiplies pairs of bf16 has. It also rounds f32 to bf16.
struct Dot2Instruction {
  llvm::ArrayRef<int64_t> lanes; ///< Those it comes in, falling.
  llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location,
                                 mlir::Value acc, mlir::Value w, mlir::Value x)>
      make;
};

/// Lowers every dot2 of `module` to the instruction, piece by piece where it
/// has more lanes; what is left, or all if there is none (null), to f32
/// arithmetic that any CPU has: a bf16 becomes an f32 by 16 zero bits, and the
/// product of two of them is exact in f32. Without the instruction roundings to
/// bf16 become integer arithmetic as well. Slower, but so any CPU can check
/// programs that are made for the instruction.
void lowerDot2(mlir::ModuleOp module, const Dot2Instruction *instruction);

} // namespace lfm2c

#endif // LFM2C_TARGETS_DOT2_H
