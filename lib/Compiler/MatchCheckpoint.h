// A module against the checkpoint behind it.
//
// Between two stages a module is a file, and so is its checkpoint: either may
// have been exchanged or edited. What code was made for is compared with what
// is there before a byte is packed.
#ifndef LFM2C_LIB_COMPILER_MATCHCHECKPOINT_H
#define LFM2C_LIB_COMPILER_MATCHCHECKPOINT_H

#include "llvm/Support/Error.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {
struct Checkpoint;

/// Notes on `module`, which was just imported from `checkpoint`, what it was
/// made of, as `lfm2.checkpoint`: the config, and shape and format of every
/// weight.
void recordCheckpoint(mlir::ModuleOp module, const Checkpoint &checkpoint);

/// Fails where `module` was recorded to be made of another checkpoint than this
/// one: the error names the tensor or the value, and both sides. Accepts a
/// module without a record.
llvm::Error checkRecord(mlir::ModuleOp module, const Checkpoint &checkpoint);

/// Fails where a weight that `module` declares, for the model or packed for the
/// program, is not that of `checkpoint` in shape or cannot be made of its
/// format; a tensor has to be covered whole. Placed weights must follow each
/// other.
llvm::Error checkWeights(mlir::ModuleOp module, const Checkpoint &checkpoint);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_MATCHCHECKPOINT_H
