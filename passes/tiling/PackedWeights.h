// The exec.weight ops of a module.
//
// One op for each way in which weights are packed, made when a phase first asks
// for it and shared by all entries.

#ifndef LFM2C_PASSES_TILING_PACKEDWEIGHTS_H
#define LFM2C_PASSES_TILING_PACKEDWEIGHTS_H

#include "dialects/exec/IR/Exec.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/tiling/PackedSpec.h"
#include "llvm/ADT/StringMap.h"

namespace lfm2c {

class PackedWeights {
public:
  explicit PackedWeights(mlir::ModuleOp module) : module(module) {}

  /// The op of `spec`. Its symbol is that of the first tensor behind
  /// "packed."; a number follows where that tensor is packed in several ways.
  exec::WeightOp declare(const PackedSpec &spec);

private:
  struct Declared {
    PackedSpec spec;
    exec::WeightOp op;
  };
  mlir::ModuleOp module;
  llvm::StringMap<llvm::SmallVector<Declared, 1>> byTensor;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_PACKEDWEIGHTS_H
