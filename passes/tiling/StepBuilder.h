//===- StepBuilder.h - one entry's functions, phase by phase ----*- C++ -*-===//
//
// Writes, for one entry (decode, verify, prefill), a function for each kind of
// layer and the step that calls them. A FunctionScope is one of these functions
// while it is written: what it needs of the outside (packed weights, state)
// becomes an argument of a layer's function, or a placed symbol in the step.
//
//===----------------------------------------------------------------------===//

#ifndef PASSES_TILING_STEPBUILDER_H
#define PASSES_TILING_STEPBUILDER_H

#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/tiling/Activation.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include <functional>

namespace lfm2c {

/// One size of step. With one token every thread prepares the input of a
/// contraction for itself; with more, threads share that work and meet once
/// more.
struct EntrySpec {
  std::string name;
  int64_t tokens;
  ActivationForm activations;
  bool attendsInPairs; ///< Several tokens attend to f16 caches by dot2.
  bool isSingle() const { return tokens == 1; }
};

/// Rows of one lfm2.weight that go into a packed weight.
struct SegmentSpec {
  mlir::FlatSymbolRefAttr weight;
  Format format;
  int64_t first, rows, unit;
};

/// A packed weight as a phase reads it.
struct PackedSpec {
  llvm::SmallVector<SegmentSpec, 3> segments;
  int64_t columns, lanes, count;
  bool plain = false;

  int64_t unitsPerSegment() const {
    return segments[0].rows / segments[0].unit;
  }
  int64_t groupsPerUnit() const {
    return (segments[0].unit + lanes - 1) / lanes;
  }
  /// Bytes of group i of every segment together, and of all groups.
  int64_t stepBytes() const;
  int64_t bytes() const;
};

/// Where a tensor of the model lies in scratch: token t at t * rowBytes.
struct BufferRef {
  std::string name; ///< Of the exec.buffer.
  int64_t rowBytes;
  int64_t elementStride = 0; ///< Bytes from head to head, of per-head buffers.
  int64_t threadBytes = 0;   ///< Of each thread, where it has one for itself.
};

/// Bytes of all states, in the order of @forward's arguments.
struct StatePlan {
  int64_t fixedBytes = 0;    ///< Convolution columns.
  int64_t perTokenBytes = 0; ///< Keys and values.
};

class StepBuilder;

/// A function while it is written.
class FunctionScope {
public:
  virtual ~FunctionScope() = default;
  /// Byte offset of the packed weight in the weights section.
  virtual mlir::Value weight(const PackedSpec &spec) = 0;
  /// Offset of a convolution's columns in the state, or, of a cache, the bytes
  /// per token of all caches before it.
  virtual mlir::Value state(mlir::Value tensor) = 0;
};

class StepBuilder {
public:
  StepBuilder(mlir::ModuleOp module, const EntrySpec &entry,
              const exec::TargetFacts &facts)
      : module(module), entry(entry), facts(facts) {}

  /// Writes `@step_<tokens>` and what it calls.
  mlir::LogicalResult build(mlir::func::FuncOp forward);
  /// What the step does between its barriers, for `exec.entries`.
  void listStretches(mlir::NamedAttrList &to);

  /// The input of a contraction in the form that its weights read.
  struct Prepared {
    ActivationLayout layout;
    mlir::Value base, offset; ///< Of the first token's record.
    int64_t rowBytes;
  };

  mlir::ModuleOp module;
  const EntrySpec &entry;
  const exec::TargetFacts &facts;
  StatePlan states;

private:
  friend class StepScope;
  friend class LayerScope;
  struct LayerFunction {
    mlir::func::FuncOp func;
    llvm::SmallVector<PackedSpec> weights; ///< Arguments, in order.
    llvm::SmallVector<unsigned>
        stateArgs;                        ///< Block argument numbers, in order.
    llvm::SmallVector<bool> isWeight;     ///< Which kind each argument is.
    llvm::SmallVector<int16_t> stretches; ///< In order of execution.
  };

  mlir::LogicalResult planStates(mlir::func::FuncOp forward);
  mlir::FailureOr<LayerFunction *> buildLayer(exec::LayerOp layer,
                                              exec::CallOp call);
  mlir::LogicalResult emitCall(Emitter &e, exec::CallOp call);

  mlir::LogicalResult checkInputs(exec::PhaseOp phase);

  /// Emits the phase and notes its stretches in `into`.
  mlir::LogicalResult emitPhase(Emitter &e, FunctionScope &scope,
                                exec::PhaseOp phase, llvm::StringRef layer,
                                llvm::SmallVectorImpl<int16_t> &into);

  // Phases; see EmitPhases.cpp, EmitAttention.cpp, EmitExperts.cpp.
  mlir::LogicalResult emitBody(Emitter &e, FunctionScope &scope,
                               exec::PhaseOp phase);
  mlir::LogicalResult emitEmbed(Emitter &e, FunctionScope &scope,
                                exec::PhaseOp phase, lfm2::EmbedOp op);
  mlir::LogicalResult emitContraction(Emitter &e, FunctionScope &scope,
                                      exec::PhaseOp phase);
  mlir::LogicalResult emitAttend(Emitter &e, FunctionScope &scope,
                                 exec::PhaseOp phase, exec::AttendOp op);
  mlir::LogicalResult emitExpertsUp(Emitter &e, FunctionScope &scope,
                                    exec::PhaseOp phase,
                                    exec::ExpertGateUpOp op);
  /// Chooses the experts of each token, by the weights of `segment`.
  void emitRoute(Emitter &e, FunctionScope &scope, exec::PhaseOp phase,
                 lfm2::RouteOp op, const SegmentSpec &segment,
                 const Prepared &in);
  mlir::LogicalResult emitExpertsDown(Emitter &e, FunctionScope &scope,
                                      exec::PhaseOp phase,
                                      exec::ExpertDownOp op);
  void addRope(lfm2::HeadNormRopeOp op);
  void emitRopeTables(Emitter &e);

public:
  // Shared by the emission of phases.

  /// Tokens of this step: 1, or the step's count.
  mlir::Value count(Emitter &e);
  /// A buffer of rows for all tokens of the entry, and as many more as a tile
  /// may be too long: tiles begin where a token does, or, where a token has
  /// several rows, anywhere.
  BufferRef buffer(llvm::StringRef role, int64_t rowBytes,
                   int64_t rowsPerToken = 1);
  /// A buffer of one token that each thread has for itself.
  BufferRef privateBuffer(llvm::StringRef role, int64_t rowBytes);
  /// Checks that a phase whose products are made of `source` may add them to
  /// `x` where it lies.
  mlir::LogicalResult checkResidual(exec::PhaseOp phase, mlir::Value x,
                                    const BufferRef &source);
  /// `role`, or one of its kind in which nothing lies that the phase reads or
  /// makes, or that is read behind it.
  std::string freeRole(mlir::Operation *phase, llvm::StringRef role);
  /// A value of the phase lies in `ref`, inside and, if it is yielded, outside.
  void bindResult(exec::PhaseOp phase, mlir::Value inner, const BufferRef &ref);
  /// Offset of the buffer in scratch.
  mlir::Value bufferAddress(Emitter &e, const BufferRef &ref);
  /// Bytes that each thread has for itself under `role`; offset of this
  /// thread's.
  mlir::Value privateAddress(Emitter &e, llvm::StringRef role, int64_t bytes);
  /// The op that made a value, within its phase if it is a phase's result; null
  /// of an argument.
  mlir::Operation *makerOf(mlir::Value value);
  lfm2::WeightOp lookupWeight(mlir::Operation *from,
                              mlir::FlatSymbolRefAttr name);
  /// A vector (norm, bias) or the taps of a convolution, [columns][rows] in
  /// f32.
  PackedSpec plainSpec(mlir::Operation *from, mlir::FlatSymbolRefAttr name);

  /// Brings the input of a contraction into the form that its weights read:
  /// `rows` records from row `firstRow` of `source` on.
  Prepared prepare(Emitter &e, FunctionScope &scope, exec::PhaseOp phase,
                   const BufferRef &source, lfm2::RMSNormOp norm,
                   int64_t columns, llvm::ArrayRef<Format> readers,
                   mlir::Value firstRow, mlir::Value rows,
                   int64_t rowsPerToken = 1);
  /// Whether two row groups of such a weight fit in a thread's near memory.
  bool isStaged(const PackedSpec &spec) const { return nearSlot(spec) > 0; }
  /// Runs `body(group, slot)` over the groups lo to hi of the packed weight at
  /// `start` of the archive, while a copy of one lies at `slot` of near memory.
  void forStaged(Emitter &e, const PackedSpec &spec, mlir::Value start,
                 mlir::Value lo, mlir::Value hi,
                 llvm::function_ref<void(mlir::Value, mlir::Value)> body);

  /// Offset of a cache in the state, of the `prefix` that its scope gives.
  mlir::Value cacheBase(Emitter &e, mlir::Value prefix);
  /// The state that a cache began as: an argument of the layer or of @forward.
  mlir::Value cacheOf(mlir::Value cache);
  /// Role of the buffer with cos and sin of each token's angles.
  std::string ropeName(lfm2::HeadNormRopeOp op);

  llvm::DenseMap<mlir::Value, BufferRef> buffers;
  exec::ScheduleAttr schedule; ///< Of the phase that is being emitted.
  /// What a phase leaves to be done by all threads once they have met.
  std::function<void(Emitter &)> beforeNextPhase;

private:
  exec::BufferOp declareBuffer(llvm::StringRef role, int64_t bytes);
  /// Bytes of one of two slots of near memory that hold a group of `spec` each;
  /// 0: too many.
  int64_t nearSlot(const PackedSpec &spec) const;
  /// Offset of this thread's `bytes` of near memory.
  mlir::Value nearAddress(Emitter &e, int64_t bytes);
  /// exec.weight for the spec, made once for all entries.
  exec::WeightOp declareWeight(const PackedSpec &spec);

  // See Stretches.cpp.
  void noteStretches(exec::PhaseOp phase, llvm::StringRef layer,
                     llvm::ArrayRef<std::string> parts,
                     llvm::SmallVectorImpl<int16_t> &into);
  /// The stretches `these` of layer `number` (-1: of none) are next.
  void runStretches(llvm::ArrayRef<int16_t> these, int16_t number);
  llvm::SmallVector<PackedSpec> phaseReads; ///< Weights of the running phase.
  int64_t phaseNear = 0; ///< Bytes of near memory that it uses, a thread.
  llvm::SmallVector<mlir::Attribute> stretches;
  llvm::SmallVector<int16_t> order, orderLayers;
  int16_t numCalls = 0; ///< Layers so far.

  llvm::StringMap<LayerFunction> layers;
  llvm::DenseMap<mlir::Value, std::pair<bool, int64_t>> stateOffsets;
  int64_t phaseIndex = 0; ///< Counted within a layer, for live ranges.
  /// One op for each kind of angles that the model has.
  llvm::SmallVector<lfm2::HeadNormRopeOp> ropes;
};

} // namespace lfm2c

#endif
