// What a function needs of the outside.
//
// A scope is one function while it is written. Packed weights and state become
// arguments of a layer's function, added where its code first needs them, and
// placed symbols and constants in the step.

#ifndef LFM2C_PASSES_TILING_FUNCTIONSCOPE_H
#define LFM2C_PASSES_TILING_FUNCTIONSCOPE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/tiling/Emitter.h"
#include "passes/tiling/PackedWeights.h"
#include "passes/tiling/StateLayout.h"
#include <optional>

namespace lfm2c {

class FunctionScope {
public:
  virtual ~FunctionScope() = default;

  /// Byte offset of the packed weight in the weights section.
  virtual mlir::Value weight(const PackedSpec &spec) = 0;
  /// Offset of a convolution's columns, or of kept rows, in the state, or, of a
  /// cache, the bytes per token of all caches before it.
  virtual mlir::Value state(mlir::Value tensor) = 0;
};

class StepScope final : public FunctionScope {
public:
  StepScope(Emitter &e, PackedWeights &weights, const StateLayout &states)
      : e(e), weights(weights), states(states) {}
  mlir::Value weight(const PackedSpec &spec) override;
  mlir::Value state(mlir::Value tensor) override;

private:
  Emitter &e;
  PackedWeights &weights;
  const StateLayout &states;
};

class LayerScope final : public FunctionScope {
public:
  /// `func` has the arguments of every step: the step, the thread.
  explicit LayerScope(mlir::func::FuncOp func)
      : func(func), firstArgument(func.getNumArguments()) {}

  /// What an argument is for.
  struct Argument {
    std::optional<PackedSpec> weight; ///< Named as the layer names it.
    unsigned state = 0; ///< Else: number of the layer's block argument.
  };
  /// In the order of the function's arguments, behind the step's.
  llvm::ArrayRef<Argument> getArguments() const { return arguments; }
  mlir::Value weight(const PackedSpec &spec) override;
  mlir::Value state(mlir::Value tensor) override;

private:
  mlir::Value add(Argument argument);

  mlir::func::FuncOp func;
  unsigned firstArgument;
  llvm::SmallVector<Argument> arguments;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_FUNCTIONSCOPE_H
