// The functions of one entry.
//
// Writes, for one size of step, a function for each kind of layer and the step
// that calls them.

#ifndef LFM2C_PASSES_TILING_STEPWRITER_H
#define LFM2C_PASSES_TILING_STEPWRITER_H

#include "passes/tiling/PhaseContext.h"
#include "passes/tiling/StretchList.h"

namespace lfm2c {

class StepWriter {
public:
  /// `forward` is that of the entry. All arguments outlive the writer.
  StepWriter(const EntrySpec &entry, const exec::TargetFacts &facts,
             PackedWeights &weights, mlir::func::FuncOp forward);

  /// Writes a function of the name of the entry's, and what it calls.
  mlir::LogicalResult write();

  const StateLayout &getStates() const { return tables.getStates(); }
  /// What the written step does between its barriers.
  const StretchList &getStretches() const { return stretches; }

private:
  struct LayerFunction {
    explicit LayerFunction(mlir::func::FuncOp func) : func(func), scope(func) {}
    mlir::func::FuncOp func;
    LayerScope scope;
    llvm::SmallVector<int16_t> stretches; ///< In order of execution.
  };

  /// The function of the layer, written for the first call of it.
  mlir::FailureOr<LayerFunction *> writeLayer(exec::LayerOp layer,
                                              exec::CallOp call);
  mlir::LogicalResult writeCall(Emitter &e, exec::CallOp call);
  /// A phase of a function with the parts in front of it, and barriers between
  /// them. All are number `index` for the lives of buffers; their stretches are
  /// noted in `into`. `layer` is the kind of layer, empty outside of layers.
  mlir::LogicalResult writePhase(Emitter &e, FunctionScope &scope,
                                 llvm::ArrayRef<exec::PhaseOp> parts,
                                 int64_t index, llvm::StringRef layer,
                                 llvm::SmallVectorImpl<int16_t> &into);
  /// All threads meet between two phases of the step. One of several tokens may
  /// be given up there, to `exit`.
  void meet(Emitter &e, mlir::Block *exit);

  const EntrySpec &entry;
  const exec::TargetFacts &facts;
  PackedWeights &weights;
  mlir::func::FuncOp forward;
  mlir::ModuleOp module;
  EntryTables tables;
  StretchList stretches;
  llvm::StringMap<std::unique_ptr<LayerFunction>> layers;
  int16_t numCalls = 0; ///< Layers so far.
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_STEPWRITER_H
