// What the emission of a phase may use.
//
// One phase in one function of one entry: where its code goes, what it reads of
// the model, and the tables of the entry that it adds to.

#ifndef LFM2C_PASSES_TILING_PHASECONTEXT_H
#define LFM2C_PASSES_TILING_PHASECONTEXT_H

#include "dialects/lfm2/IR/Roles.h"
#include "passes/tiling/Buffers.h"
#include "passes/tiling/EntrySpec.h"
#include "passes/tiling/FunctionScope.h"
#include "passes/tiling/StateLayout.h"

namespace lfm2c {

/// What all phases of an entry have in common.
class EntryTables {
public:
  EntryTables(const EntrySpec &entry, mlir::func::FuncOp forward,
              const exec::TargetFacts &facts);

  const EntrySpec &getEntry() const { return entry; }
  const StateLayout &getStates() const { return states; }
  Buffers &getBuffers() { return buffers; }

private:
  const EntrySpec &entry;
  StateLayout states;
  Buffers buffers;
};

class PhaseContext {
public:
  PhaseContext(Emitter &e, FunctionScope &scope, EntryTables &tables,
               exec::PhaseOp phase);

  Emitter &getEmitter() { return e; }
  FunctionScope &getScope() { return scope; }
  exec::PhaseOp getPhase() { return phase; }
  exec::ScheduleAttr getSchedule() { return schedule; }
  Buffers &getBuffers() { return tables.getBuffers(); }
  const EntrySpec &getEntry() const { return tables.getEntry(); }
  const StateLayout &getStates() const { return tables.getStates(); }
  /// Whether the step has one token, so that threads prepare for themselves.
  bool isSingle() const { return getEntry().isSingle(); }

  /// Tokens of this step: 1, or the step's count.
  mlir::Value count();
  /// The sequences that these are of.
  Runs getRuns() { return Runs(e, getEntry().hasRuns); }

  // Packed weights: offsets in the archive.
  mlir::Value weight(const PackedSpec &spec);
  /// Of a vector or of taps; see plainSpec().
  mlir::Value plainWeight(mlir::FlatSymbolRefAttr name);

  /// A buffer of rows for all tokens of the entry, and as many more as a tile
  /// may be too long: tiles begin where a token does, or, where a token has
  /// several rows, anywhere.
  BufferRef buffer(llvm::StringRef role, int64_t rowBytes,
                   int64_t rowsPerToken = 1);
  /// The same, for what the phase makes: in memory that it does not read.
  BufferRef ownBuffer(llvm::StringRef role, int64_t rowBytes,
                      int64_t rowsPerToken = 1);
  mlir::Value address(const BufferRef &ref) {
    return getBuffers().address(e, ref);
  }
  mlir::Value base(const BufferRef &ref) { return Buffers::base(e, ref); }
  /// Bytes that each thread has for itself under `role`, in scratch; offset of
  /// this thread's. Not of workgroups.
  mlir::Value privateAddress(llvm::StringRef role, int64_t bytes);
  /// This thread's bytes of near memory.
  mlir::Value nearAddress(int64_t bytes);

  /// A value of the phase lies in `ref`, inside and, if it is yielded, outside.
  void bindResult(mlir::Value inner, const BufferRef &ref);
  /// Whether another phase reads what this one makes.
  bool isReadOutside(mlir::Value inner);
  /// What the model's caller gets it as; nothing if it does not.
  std::optional<lfm2::Role> outputRoleOf(mlir::Value inner);
  /// Whether the caller gets it as vectors, of texts or of tokens.
  bool isVectors(mlir::Value inner);
  /// The activations that products with `input` begin with: before they were
  /// prepared, and normed.
  BufferRef sourceOf(mlir::Value input);
  /// Checks that a phase whose products are made of `source` may add them to
  /// `x` where it lies.
  mlir::LogicalResult checkResidual(mlir::Value x, const BufferRef &source);

  /// What there is to tell of the emission, for the profile: the weights that
  /// were asked for, and bytes of near memory, a thread.
  llvm::ArrayRef<PackedSpec> getReads() const { return reads; }
  int64_t getNearBytes() const { return nearBytes; }

private:
  Emitter &e;
  FunctionScope &scope;
  /// The phase's results that are `inner`.
  llvm::SmallVector<mlir::Value, 1> resultsOf(mlir::Value inner);

  EntryTables &tables;
  exec::PhaseOp phase;
  exec::ScheduleAttr schedule;
  llvm::SmallVector<PackedSpec> reads;
  int64_t nearBytes = 0;
};

/// The op that made a value, within its phase if it is a phase's result; null
/// of an argument.
mlir::Operation *makerOf(mlir::Value value);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_PHASECONTEXT_H
