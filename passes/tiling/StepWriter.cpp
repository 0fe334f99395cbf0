// The functions of one entry.

#include "passes/tiling/StepWriter.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "passes/tiling/PhaseEmitters.h"

using namespace mlir;
using namespace lfm2c;

StepWriter::StepWriter(const EntrySpec &entry, const exec::TargetFacts &facts,
                       PackedWeights &weights, func::FuncOp forward)
    : entry(entry), facts(facts), weights(weights), forward(forward),
      module(forward->getParentOfType<ModuleOp>()),
      tables(entry, forward, facts) {}

/// A function of the step's arguments and the thread's number.
static func::FuncOp createFunction(ModuleOp module, StringRef name,
                                   bool isPrivate) {
  MLIRContext *context = module.getContext();
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto type = FunctionType::get(
      context,
      {exec::PtrType::get(context, exec::Memory::Step), b.getI32Type()}, {});
  auto func = func::FuncOp::create(b, b.getUnknownLoc(), name, type);
  if (isPrivate)
    func.setPrivate();
  func.addEntryBlock();
  return func;
}

/// The phase that begins with `first` and the parts in front of it.
static SmallVector<exec::PhaseOp> collectParts(exec::PhaseOp first) {
  SmallVector<exec::PhaseOp> parts = {first};
  while (parts.back().getPart())
    if (auto next = dyn_cast<exec::PhaseOp>(parts.back()->getNextNode()))
      parts.push_back(next);
    else
      break;
  return parts;
}

LogicalResult StepWriter::writePhase(Emitter &e, FunctionScope &scope,
                                     ArrayRef<exec::PhaseOp> parts,
                                     int64_t index, StringRef layer,
                                     SmallVectorImpl<int16_t> &into) {
  tables.getBuffers().enterPhase(index);
  struct Emission {
    std::unique_ptr<PhaseContext> context;
    std::unique_ptr<PhaseEmitter> emitter;
  };
  SmallVector<Emission> emissions;
  auto begin = [&](exec::PhaseOp phase) -> LogicalResult {
    auto context = std::make_unique<PhaseContext>(e, scope, tables, phase);
    auto emitter = PhaseEmitter::create(*context);
    if (failed(emitter) || failed((*emitter)->begin()))
      return failure();
    emissions.push_back({std::move(context), std::move(*emitter)});
    return success();
  };
  if (failed(begin(parts.front())))
    return failure();
  for (auto [i, phase] : llvm::enumerate(parts)) {
    // What follows asks for its pointers before threads meet.
    bool isLast = i + 1 == parts.size();
    if (!isLast && failed(begin(parts[i + 1])))
      return failure();
    emitYieldedNorms(*emissions[i].context);
    if (failed(emissions[i].emitter->emit()))
      return failure();
    const PhaseContext &context = *emissions[i].context;
    into.push_back(stretches.note(
        {phase, layer, context.getReads(), context.getNearBytes()}));
    if (!isLast)
      e.barrier();
  }
  return success();
}

FailureOr<StepWriter::LayerFunction *>
StepWriter::writeLayer(exec::LayerOp layer, exec::CallOp call) {
  std::unique_ptr<LayerFunction> &made = layers[layer.getSymName()];
  if (made)
    return made.get();
  made = std::make_unique<LayerFunction>(
      createFunction(module, layer.getSymName(), true));
  OpBuilder b = OpBuilder::atBlockEnd(&made->func.getBody().front());
  Emitter e(b, layer.getLoc(), facts, made->func.getArgument(0),
            made->func.getArgument(1));
  Block &body = layer.getBody().front();
  // Activations lie where the first caller has them, and so for all callers.
  for (auto [inner, outer] : llvm::zip(body.getArguments(), call.getOperands()))
    tables.getBuffers().bindAs(inner, outer);
  // The profile knows the layer by the name that all entries have for it.
  StringRef kind = layer.getSymName();
  kind.consume_back(instanceName("", entry.name));
  auto phases = llvm::to_vector(body.getOps<exec::PhaseOp>());
  int64_t index = 0;
  for (ArrayRef<exec::PhaseOp> rest = phases; !rest.empty(); ++index) {
    SmallVector<exec::PhaseOp> parts = collectParts(rest.front());
    rest = rest.drop_front(parts.size());
    if (failed(writePhase(e, made->scope, parts, index, kind, made->stretches)))
      return failure();
    // The last barrier of a layer is the step's, who may be told to give up.
    if (!rest.empty())
      e.barrier();
  }
  func::ReturnOp::create(b, layer.getLoc());
  return made.get();
}

LogicalResult StepWriter::writeCall(Emitter &e, exec::CallOp call) {
  auto layer = module.lookupSymbol<exec::LayerOp>(call.getLayer());
  FailureOr<LayerFunction *> made = writeLayer(layer, call);
  if (failed(made))
    return failure();
  llvm::StringMap<FlatSymbolRefAttr> actual;
  for (auto [param, name] : llvm::zip(
           layer.getBody().front().getOps<lfm2::WeightOp>(), call.getWeights()))
    actual[param.getSymName()] = cast<FlatSymbolRefAttr>(name);

  SmallVector<Value> args = {e.step, e.thread};
  StepScope scope(e, weights, tables.getStates());
  for (const LayerScope::Argument &argument : (*made)->scope.getArguments()) {
    if (!argument.weight) {
      args.push_back(scope.state(call.getOperand(argument.state)));
      continue;
    }
    PackedSpec spec = *argument.weight;
    for (SegmentSpec &segment : spec.segments)
      segment.weight = actual.lookup(segment.weight.getValue());
    args.push_back(scope.weight(spec));
  }
  func::CallOp::create(e.b, e.loc, (*made)->func, args);
  stretches.run((*made)->stretches, numCalls++);
  auto yield = cast<exec::YieldOp>(layer.getBody().front().getTerminator());
  for (auto [inner, outer] : llvm::zip(yield.getValues(), call.getResults()))
    tables.getBuffers().bindAs(outer, inner);
  return success();
}

void StepWriter::meet(Emitter &e, Block *exit) {
  Value cancelled =
      exec::BarrierOp::create(e.b, e.loc, e.b.getI1Type(), e.step, e.thread);
  if (entry.isSingle()) // It is finished: its state would be half written.
    return;
  Block *next = cast<func::FuncOp>(exit->getParentOp()).addBlock();
  cf::CondBranchOp::create(e.b, e.loc, cancelled, exit, next);
  e.b.setInsertionPointToEnd(next);
}

LogicalResult StepWriter::write() {
  auto func = createFunction(module, forward.getSymName(), false);
  Block *exit = func.addBlock();
  OpBuilder b = OpBuilder::atBlockEnd(exit);
  func::ReturnOp::create(b, func.getLoc());
  b.setInsertionPointToEnd(&func.getBody().front());
  Emitter e(b, func.getLoc(), facts, func.getArgument(0), func.getArgument(1));

  StepScope scope(e, weights, tables.getStates());
  for (Operation *op = &forward.getBody().front().front(), *last = op; op;
       op = last->getNextNode()) {
    last = op;
    if (auto call = dyn_cast<exec::CallOp>(op)) {
      if (failed(writeCall(e, call)))
        return failure();
    } else if (auto phase = dyn_cast<exec::PhaseOp>(op)) {
      SmallVector<exec::PhaseOp> parts = collectParts(phase);
      SmallVector<int16_t> made;
      if (failed(writePhase(e, scope, parts, /*index=*/0, "", made)))
        return failure();
      stretches.run(made, -1);
      last = parts.back();
    } else {
      continue;
    }
    if (isa<func::ReturnOp>(last->getNextNode()))
      break;
    meet(e, exit);
  }
  cf::BranchOp::create(b, e.loc, exit);
  tables.getBuffers().keepAcrossLayers(forward);
  return success();
}
