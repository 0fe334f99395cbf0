// The sequences that a step has tokens of.
//
// A run is some tokens of one sequence, behind each other in the step, with a
// position and a state of their own. Products with weights see the tokens of
// all runs alike; what depends on positions, on neighbours or on state goes run
// by run. An entry with EntrySpec::hasRuns lists the runs of its step; that of
// one token of a causal model has one, which the step's own fields describe.

#ifndef LFM2C_PASSES_TILING_RUNS_H
#define LFM2C_PASSES_TILING_RUNS_H

#include "passes/tiling/Emitter.h"

namespace lfm2c {

/// Tokens are numbered within the step, not within the run. What a run does not
/// change is loaded where it is asked for.
class Run {
public:
  /// The run of all tokens of the step.
  explicit Run(Emitter &e) : e(e) {}
  /// The run that lfm2_step.runs describes at byte `record`.
  Run(Emitter &e, mlir::Value record) : e(e), record(record) {}

  /// Its first token.
  mlir::Value getFirst() const;
  /// How many tokens it has.
  mlir::Value getCount() const;
  /// Position of its first token.
  mlir::Value getPosition() const;
  /// Position of token `t` of the step, which is one of the run's.
  mlir::Value positionOf(mlir::Value t) const;
  /// Tokens that its caches have room for.
  mlir::Value getContext() const;
  /// Offset, from the step's state on, of byte `at` of the run's.
  mlir::Value inState(mlir::Value at) const;

private:
  mlir::Value load(size_t at, mlir::Type type) const;

  Emitter &e;
  mlir::Value record; ///< Null: the step itself.
};

class Runs {
public:
  Runs(Emitter &e, bool areListed) : e(e), areListed(areListed) {}

  /// How many.
  mlir::Value getNumber() const;
  Run at(mlir::Value index) const;
  /// That of token `t` of the step.
  Run of(mlir::Value t) const;

  /// Runs `body(run)` for all runs, in order.
  void forEach(llvm::function_ref<void(const Run &)> body) const;
  /// Runs `body(run, t)` for the tokens from `lo` to `hi` of the step.
  void forTokens(mlir::Value lo, mlir::Value hi,
                 llvm::function_ref<void(const Run &, mlir::Value)> body) const;
  /// Shares the items of all runs, `itemsOf(run)` each and `most` together,
  /// among threads: runs `enter(run)` for each run and then `body(run, item)`
  /// for those of its items that are this thread's.
  void forShare(int64_t most,
                llvm::function_ref<mlir::Value(const Run &)> itemsOf,
                llvm::function_ref<void(const Run &)> enter,
                llvm::function_ref<void(const Run &, mlir::Value)> body) const;

private:
  Emitter &e;
  const bool areListed;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_RUNS_H
