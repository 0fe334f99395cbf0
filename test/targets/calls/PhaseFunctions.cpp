#include "test/targets/calls/PhaseFunctions.h"

#include "dialects/exec/IR/TargetFacts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/tiling/PhaseEmitters.h"
#include "passes/tiling/StretchList.h"

using namespace mlir;
using namespace lfm2c;

namespace {

struct PhaseFunction {
  func::FuncOp func;
  /// What its arguments are, behind the step and the thread.
  SmallVector<LayerScope::Argument> arguments;
  int16_t stretch;
};

func::FuncOp createFunction(ModuleOp module, const Twine &name) {
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto step = exec::PtrType::get(module.getContext(), exec::Memory::Step);
  auto func =
      func::FuncOp::create(b, b.getUnknownLoc(), name.str(),
                           b.getFunctionType({step, b.getI32Type()}, {}));
  func.addEntryBlock();
  return func;
}

/// The functions of one entry, and the step that calls them.
class CallWriter {
public:
  CallWriter(CutEntry &cut, const exec::TargetFacts &facts,
             PackedWeights &weights)
      : cut(cut), facts(facts), weights(weights),
        module(cut.forward->getParentOfType<ModuleOp>()),
        tables(cut.spec, cut.forward, facts),
        list(createFunction(module, cut.forward.getSymName())),
        b(OpBuilder::atBlockEnd(&list.getBody().front())),
        e(b, list.getLoc(), facts, list.getArgument(0), list.getArgument(1)) {}

  LogicalResult write() {
    for (Operation &op : cut.forward.getBody().front()) {
      if (auto call = dyn_cast<exec::CallOp>(op)) {
        if (failed(callLayer(call)))
          return failure();
      } else if (auto phase = dyn_cast<exec::PhaseOp>(op)) {
        if (failed(callPhase(phase)))
          return failure();
      }
    }
    func::ReturnOp::create(b, list.getLoc());
    tables.getBuffers().keepAcrossLayers(cut.forward);
    return success();
  }

  const StateLayout &getStates() const { return tables.getStates(); }
  exec::EntryAttr makeEntry() {
    return stretches.makeEntry(module.getContext(), cut.spec.name,
                               cut.spec.tokens, list.getSymName());
  }

private:
  /// A function of nothing but the phase. `index` is its number in the layer,
  /// for the lives of buffers, and `kind` the layer's name in the profile.
  FailureOr<PhaseFunction> makeFunction(exec::PhaseOp phase, const Twine &name,
                                        int64_t index, StringRef kind) {
    tables.getBuffers().enterPhase(index);
    func::FuncOp func = createFunction(module, name);
    OpBuilder inside = OpBuilder::atBlockEnd(&func.getBody().front());
    LayerScope scope(func);
    Emitter emitter(inside, phase.getLoc(), facts, func.getArgument(0),
                    func.getArgument(1));
    PhaseContext context(emitter, scope, tables, phase);
    if (failed(emitPhase(context)))
      return failure();
    func::ReturnOp::create(inside, phase.getLoc());
    const int16_t stretch = stretches.note(
        {phase, kind, context.getReads(), context.getNearBytes()});
    return PhaseFunction{func, llvm::to_vector(scope.getArguments()), stretch};
  }

  /// `actual` is the model's name of a weight that the phase names, `state` the
  /// argument of @forward that is one of the phase's.
  void call(const PhaseFunction &made,
            llvm::function_ref<FlatSymbolRefAttr(FlatSymbolRefAttr)> actual,
            llvm::function_ref<Value(unsigned)> state, int16_t layer) {
    if (!isFirst)
      e.barrier();
    isFirst = false;
    StepScope scope(e, weights, tables.getStates());
    SmallVector<Value> args = {e.step, e.thread};
    for (const LayerScope::Argument &argument : made.arguments) {
      if (!argument.weight) {
        args.push_back(scope.state(state(argument.state)));
        continue;
      }
      PackedSpec spec = *argument.weight;
      for (SegmentSpec &segment : spec.segments)
        segment.weight = actual(segment.weight);
      args.push_back(scope.weight(spec));
    }
    func::CallOp::create(b, e.loc, made.func, args);
    stretches.run({made.stretch}, layer);
  }

  LogicalResult callPhase(exec::PhaseOp phase) {
    FailureOr<PhaseFunction> made =
        makeFunction(phase, list.getSymName() + "_phase" + Twine(numPhases++),
                     /*index=*/0, /*kind=*/"");
    if (failed(made))
      return failure();
    call(
        *made, [](FlatSymbolRefAttr weight) { return weight; },
        [&](unsigned number) { return cut.forward.getArgument(number); }, -1);
    return success();
  }

  LogicalResult callLayer(exec::CallOp op) {
    auto layer = module.lookupSymbol<exec::LayerOp>(op.getLayer());
    Block &body = layer.getBody().front();
    SmallVector<PhaseFunction> &phases = layers[layer.getSymName()];
    if (phases.empty() && failed(makeLayer(layer, op, phases)))
      return failure();
    llvm::StringMap<FlatSymbolRefAttr> actual;
    for (auto [param, name] :
         llvm::zip(body.getOps<lfm2::WeightOp>(), op.getWeights()))
      actual[param.getSymName()] = cast<FlatSymbolRefAttr>(name);
    for (const PhaseFunction &phase : phases)
      call(
          phase,
          [&](FlatSymbolRefAttr name) {
            return actual.lookup(name.getValue());
          },
          [&](unsigned number) { return op.getOperand(number); }, numLayers);
    ++numLayers;
    auto yield = cast<exec::YieldOp>(body.getTerminator());
    for (auto [inner, outer] : llvm::zip(yield.getValues(), op.getResults()))
      tables.getBuffers().bindAs(outer, inner);
    return success();
  }

  /// Activations lie where the first caller has them, and so for all callers.
  LogicalResult makeLayer(exec::LayerOp layer, exec::CallOp first,
                          SmallVectorImpl<PhaseFunction> &into) {
    Block &body = layer.getBody().front();
    for (auto [inner, outer] :
         llvm::zip(body.getArguments(), first.getOperands()))
      tables.getBuffers().bindAs(inner, outer);
    StringRef kind = layer.getSymName();
    kind.consume_back(instanceName("", cut.spec.name));
    for (auto [i, phase] : llvm::enumerate(body.getOps<exec::PhaseOp>())) {
      FailureOr<PhaseFunction> made = makeFunction(
          phase, layer.getSymName() + "_phase" + Twine(i), i, kind);
      if (failed(made))
        return failure();
      into.push_back(*made);
    }
    return success();
  }

  CutEntry &cut;
  const exec::TargetFacts &facts;
  PackedWeights &weights;
  ModuleOp module;
  EntryTables tables;
  StretchList stretches;
  func::FuncOp list;
  OpBuilder b;
  Emitter e;
  llvm::StringMap<SmallVector<PhaseFunction>> layers;
  int64_t numPhases = 0; ///< Outside of layers, so far.
  int16_t numLayers = 0;
  bool isFirst = true; ///< No call in the list yet.
};

struct PhaseFunctions final
    : PassWrapper<PhaseFunctions, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PhaseFunctions)
  explicit PhaseFunctions(ActivationForm activations)
      : activations(activations) {}
  StringRef getArgument() const override { return "test-phase-functions"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<exec::ExecDialect, arith::ArithDialect, math::MathDialect,
                    scf::SCFDialect, vector::VectorDialect,
                    cf::ControlFlowDialect, func::FuncDialect>();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    const exec::TargetFacts facts = exec::TargetFacts::get(module);
    SmallVector<CutEntry> entries = collectEntries(module, facts, activations);
    PackedWeights weights(module);
    SmallVector<Attribute> made;
    Builder b(&getContext());
    for (CutEntry &entry : entries) {
      CallWriter writer(entry, facts, weights);
      if (failed(writer.write()))
        return signalPassFailure();
      const StateLayout &states = writer.getStates();
      module->setAttr("exec.state_fixed",
                      b.getI64IntegerAttr(states.getFixedBytes()));
      module->setAttr("exec.state_per_token",
                      b.getI64IntegerAttr(states.getPerTokenBytes()));
      module->setAttr("exec.state_head",
                      b.getI64IntegerAttr(states.getHeadBytes()));
      made.push_back(writer.makeEntry());
    }
    module->setAttr("exec.entries", b.getArrayAttr(made));
    for (CutEntry &entry : entries)
      entry.forward.erase();
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isa<exec::LayerOp, lfm2::WeightOp>(op))
        op.erase();
  }

  ActivationForm activations;
};

} // namespace

std::unique_ptr<Pass>
lfm2c::createPhaseFunctionsPass(ActivationForm activations) {
  return std::make_unique<PhaseFunctions>(activations);
}
