// The weights section: packed out of the mapped checkpoint, streamed.
#ifndef LFM2C_LIB_COMPILER_PACKWEIGHTS_H
#define LFM2C_LIB_COMPILER_PACKWEIGHTS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {
struct WeightPlace;
class QuantizedTensors;

/// Writes `exec.weights_bytes` bytes: every weight of the planned `module` at
/// its offset, out of `tensors`, which are the checkpoint's. The module has
/// passed checkWeights(). `progress` hears bytes
/// done and in all, `onNonFinite` of the first weight that is no finite number;
/// an error that either returns ends the packing.
llvm::Error
packWeights(mlir::ModuleOp module, QuantizedTensors &tensors,
            llvm::raw_ostream &os,
            llvm::function_ref<llvm::Error(uint64_t, uint64_t)> progress,
            llvm::function_ref<llvm::Error(const WeightPlace &)> onNonFinite);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_PACKWEIGHTS_H
