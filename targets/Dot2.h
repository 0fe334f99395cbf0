// dot2, by an instruction of the CPU or without.
#ifndef LFM2C_TARGETS_DOT2_H
#define LFM2C_TARGETS_DOT2_H

#include "dialects/exec/IR/Exec.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

/// Lowers every dot2 of `module` to what `instruction` makes of it, or, where
/// that is nothing, to f32 arithmetic that any CPU has: a bf16 becomes an f32
/// by 16 zero bits, and the product of two of them is exact in f32. Slower, but
/// so any CPU can check programs that are made for the instruction.
void lowerDot2(mlir::ModuleOp module,
               llvm::function_ref<mlir::Value(mlir::OpBuilder &, exec::Dot2Op)>
                   instruction);

} // namespace lfm2c

#endif // LFM2C_TARGETS_DOT2_H
