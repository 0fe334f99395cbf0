//===- StepBuilder.cpp - functions, buffers, weights and state ------------===//

#include "passes/tiling/StepBuilder.h"
#include "lfm2rt/abi.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

//===----------------------------------------------------------------------===//
// Packed weights
//===----------------------------------------------------------------------===//

int64_t PackedSpec::stepBytes() const {
  int64_t sum = 0;
  for (const SegmentSpec &s : segments)
    sum += PackedLayout(s.format, lanes).groupBytes(columns);
  return sum;
}

int64_t PackedSpec::bytes() const {
  if (plain)
    return columns * llvm::alignTo(segments[0].rows, 16) * 4;
  return unitsPerSegment() * groupsPerUnit() * stepBytes();
}

lfm2::WeightOp StepBuilder::lookupWeight(Operation *from,
                                         FlatSymbolRefAttr name) {
  return SymbolTable::lookupNearestSymbolFrom<lfm2::WeightOp>(from, name);
}

PackedSpec StepBuilder::plainSpec(Operation *from, FlatSymbolRefAttr name) {
  lfm2::WeightOp weight = lookupWeight(from, name);
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t rows = type.getDimSize(0);
  int64_t columns = type.getRank() > 1 ? type.getDimSize(1) : 1;
  PackedSpec spec{
      {{name, weight.getFormat(), 0, rows, rows}}, columns, facts.lanes, 1};
  spec.plain = true;
  return spec;
}

exec::WeightOp StepBuilder::declareWeight(const PackedSpec &spec) {
  StringRef name = spec.segments[0].weight.getValue();
  std::string symbol = ("packed." + name).str();
  if (auto op = module.lookupSymbol<exec::WeightOp>(symbol))
    return op;
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<Attribute> segments;
  for (const SegmentSpec &s : spec.segments)
    segments.push_back(exec::SegmentAttr::get(
        b.getContext(), s.weight.getValue(), getFormatInfo(s.format).name,
        s.first, s.rows, s.unit));
  return exec::WeightOp::create(
      b, b.getUnknownLoc(), symbol, b.getArrayAttr(segments), spec.columns,
      spec.lanes, spec.count, spec.bytes() * spec.count, spec.plain,
      IntegerAttr());
}

//===----------------------------------------------------------------------===//
// Scratch
//===----------------------------------------------------------------------===//

exec::BufferOp StepBuilder::declareBuffer(StringRef role, int64_t bytes) {
  std::string symbol = entry.name + "." + role.str();
  bytes = llvm::alignTo(bytes, 64);
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto op = module.lookupSymbol<exec::BufferOp>(symbol);
  if (!op)
    return exec::BufferOp::create(b, b.getUnknownLoc(), symbol, entry.name,
                                  bytes, phaseIndex, phaseIndex, /*near=*/false,
                                  IntegerAttr());
  op.setBytes(std::max<int64_t>(op.getBytes(), bytes));
  op.setFirst(std::min<int64_t>(op.getFirst(), phaseIndex));
  op.setLast(std::max<int64_t>(op.getLast(), phaseIndex));
  return op;
}

BufferRef StepBuilder::buffer(StringRef role, int64_t rowBytes,
                              int64_t rowsPerToken) {
  rowBytes = llvm::alignTo(rowBytes, 64);
  // Tiles read whole ones: from multiples of what they hold on, or from any row
  // where a token has several.
  int64_t used = entry.tokens * rowsPerToken, rows = used;
  if (!entry.isSingle())
    for (int64_t tile :
         {facts.tileTokens, facts.dotTileTokens, schedule.getTokens()})
      if (tile > 1)
        rows = std::max<int64_t>(rows, rowsPerToken > 1
                                           ? used + tile - 1
                                           : llvm::alignTo(used, tile));
  exec::BufferOp op = declareBuffer(role, rowBytes * rows);
  return {op.getSymName().str(), rowBytes};
}

BufferRef StepBuilder::privateBuffer(StringRef role, int64_t rowBytes) {
  rowBytes = llvm::alignTo(rowBytes, 64);
  exec::BufferOp op = declareBuffer(role, rowBytes * LFM2_MAX_THREADS);
  return {op.getSymName().str(), rowBytes, /*elementStride=*/0, rowBytes};
}

std::string StepBuilder::freeRole(Operation *phase, StringRef role) {
  auto isInUse = [&](StringRef symbol) {
    return llvm::any_of(buffers, [&](const auto &bound) {
      return bound.second.name == symbol &&
             llvm::any_of(bound.first.getUsers(), [&](Operation *user) {
               Operation *at = phase->getBlock()->findAncestorOpInBlock(*user);
               return at && !at->isBeforeInBlock(phase);
             });
    });
  };
  std::string free = role.str();
  for (int64_t i = 2; isInUse(entry.name + "." + free); ++i)
    free = (role + "." + Twine(i)).str();
  return free;
}

void StepBuilder::bindResult(exec::PhaseOp phase, Value inner,
                             const BufferRef &ref) {
  buffers[inner] = ref;
  auto yield = cast<exec::YieldOp>(phase.getBody().front().getTerminator());
  for (auto [yielded, outer] : llvm::zip(yield.getValues(), phase.getResults()))
    if (yielded == inner)
      buffers[outer] = ref;
}

Value StepBuilder::bufferAddress(Emitter &e, const BufferRef &ref) {
  // A use lengthens the buffer's life to this phase.
  auto op = module.lookupSymbol<exec::BufferOp>(ref.name);
  op.setLast(std::max<int64_t>(op.getLast(), phaseIndex));
  op.setFirst(std::min<int64_t>(op.getFirst(), phaseIndex));
  Value at = exec::AddressOp::create(e.b, e.loc, e.b.getIndexType(), ref.name);
  if (ref.threadBytes)
    at = e.add(at, e.mul(e.toIndex(e.thread), ref.threadBytes));
  return at;
}

Value StepBuilder::privateAddress(Emitter &e, StringRef role, int64_t bytes) {
  bytes = llvm::alignTo(bytes, 64);
  exec::BufferOp op = declareBuffer(role, bytes * LFM2_MAX_THREADS);
  Value base =
      exec::AddressOp::create(e.b, e.loc, e.b.getIndexType(), op.getSymName());
  return e.add(base, e.mul(e.toIndex(e.thread), bytes));
}

Value StepBuilder::count(Emitter &e) {
  return entry.isSingle() ? e.index(1) : e.field("count");
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

namespace lfm2c {

/// The step itself: weights are symbols, states are constants.
class StepScope final : public FunctionScope {
public:
  StepScope(StepBuilder &builder, Emitter &e) : builder(builder), e(e) {}
  Value weight(const PackedSpec &spec) override {
    builder.phaseReads.push_back(spec);
    return exec::AddressOp::create(e.b, e.loc, e.b.getIndexType(),
                                   builder.declareWeight(spec).getSymName());
  }
  Value state(Value tensor) override {
    return e.index(builder.stateOffsets.lookup(tensor).second);
  }

private:
  StepBuilder &builder;
  Emitter &e;
};

/// A layer's function: both are arguments, added where they are first needed.
class LayerScope final : public FunctionScope {
public:
  LayerScope(StepBuilder &builder, StepBuilder::LayerFunction &made)
      : builder(builder), made(made) {}
  Value weight(const PackedSpec &spec) override {
    builder.phaseReads.push_back(spec);
    for (auto [i, other] : llvm::enumerate(made.weights))
      if (other.segments[0].weight == spec.segments[0].weight)
        return argumentOf(i, /*weight=*/true);
    made.weights.push_back(spec);
    return addArgument(/*weight=*/true);
  }
  Value state(Value tensor) override {
    unsigned number = cast<BlockArgument>(tensor).getArgNumber();
    for (auto [i, other] : llvm::enumerate(made.stateArgs))
      if (other == number)
        return argumentOf(i, /*weight=*/false);
    made.stateArgs.push_back(number);
    return addArgument(/*weight=*/false);
  }

private:
  Value addArgument(bool weight) {
    made.isWeight.push_back(weight);
    unsigned at = made.func.getNumArguments();
    if (failed(made.func.insertArgument(at,
                                        IndexType::get(made.func.getContext()),
                                        {}, made.func.getLoc())))
      llvm_unreachable("a function takes any argument");
    return made.func.getArgument(at);
  }
  Value argumentOf(size_t wanted, bool weight) {
    for (auto [i, isWeight] : llvm::enumerate(made.isWeight))
      if (isWeight == weight && wanted-- == 0)
        return made.func.getArgument(2 + i);
    llvm_unreachable("an argument that was added");
  }
  StepBuilder &builder;
  StepBuilder::LayerFunction &made;
};

} // namespace lfm2c

static func::FuncOp createFunction(ModuleOp module, StringRef name,
                                   bool isPrivate) {
  MLIRContext *context = module.getContext();
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto type = FunctionType::get(
      context, {exec::PtrType::get(context), b.getI32Type()}, {});
  auto func = func::FuncOp::create(b, b.getUnknownLoc(), name, type);
  if (isPrivate)
    func.setPrivate();
  func.addEntryBlock();
  return func;
}

LogicalResult StepBuilder::planStates(func::FuncOp forward) {
  // Caches come in pairs, keys then values, and are as long as the context.
  bool haveKeys = false;
  for (BlockArgument arg : forward.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(arg.getType());
    if (!type || type.getElementType().isInteger())
      continue;
    if (type.getRank() == 2) {
      int64_t width = llvm::alignTo(type.getDimSize(1), facts.lanes);
      stateOffsets[arg] = {true, states.fixedBytes};
      states.fixedBytes += llvm::alignTo(type.getDimSize(0) * width * 4, 64);
      continue;
    }
    stateOffsets[arg] = {false, states.perTokenBytes};
    if (haveKeys)
      states.perTokenBytes += 2 * type.getDimSize(1) * type.getDimSize(2) *
                              type.getElementTypeBitWidth() / 8;
    haveKeys = !haveKeys;
  }
  return success();
}

FailureOr<StepBuilder::LayerFunction *>
StepBuilder::buildLayer(exec::LayerOp layer, exec::CallOp call) {
  auto [it, isNew] = layers.try_emplace(layer.getSymName());
  LayerFunction &made = it->second;
  if (!isNew)
    return &made;
  made.func = createFunction(
      module, (layer.getSymName() + "_" + entry.name).str(), true);
  OpBuilder b = OpBuilder::atBlockEnd(&made.func.getBody().front());
  Emitter e(b, layer.getLoc(), facts, made.func.getArgument(0),
            made.func.getArgument(1));
  LayerScope scope(*this, made);
  Block &body = layer.getBody().front();
  // Activations lie where the first caller has them, and so for all callers.
  for (auto [inner, outer] : llvm::zip(body.getArguments(), call.getOperands()))
    if (buffers.contains(outer))
      buffers[inner] = buffers.lookup(outer);
  phaseIndex = 0;
  auto phases = llvm::to_vector(body.getOps<exec::PhaseOp>());
  for (exec::PhaseOp phase : phases) {
    if (failed(emitPhase(e, scope, phase, layer.getSymName(), made.stretches)))
      return failure();
    // The last barrier of a layer is the step's, who may be told to give up.
    if (phase != phases.back())
      e.barrier();
    ++phaseIndex;
  }
  func::ReturnOp::create(b, layer.getLoc());
  return &made;
}

LogicalResult StepBuilder::emitCall(Emitter &e, exec::CallOp call) {
  auto layer = module.lookupSymbol<exec::LayerOp>(call.getLayer());
  FailureOr<LayerFunction *> made = buildLayer(layer, call);
  if (failed(made))
    return failure();
  llvm::StringMap<FlatSymbolRefAttr> actual;
  for (auto [param, name] : llvm::zip(
           layer.getBody().front().getOps<lfm2::WeightOp>(), call.getWeights()))
    actual[param.getSymName()] = cast<FlatSymbolRefAttr>(name);

  SmallVector<Value> args = {e.step, e.thread};
  StepScope scope(*this, e);
  size_t weight = 0, state = 0;
  for (bool isWeight : (*made)->isWeight) {
    if (!isWeight) {
      args.push_back(scope.state(call.getOperand((*made)->stateArgs[state++])));
      continue;
    }
    PackedSpec spec = (*made)->weights[weight++];
    for (SegmentSpec &segment : spec.segments)
      segment.weight = actual.lookup(segment.weight.getValue());
    args.push_back(scope.weight(spec));
  }
  func::CallOp::create(e.b, e.loc, (*made)->func, args);
  runStretches((*made)->stretches, numCalls++);
  auto yield = cast<exec::YieldOp>(layer.getBody().front().getTerminator());
  for (auto [inner, outer] : llvm::zip(yield.getValues(), call.getResults()))
    if (buffers.contains(inner))
      buffers[outer] = buffers.lookup(inner);
  return success();
}

LogicalResult StepBuilder::build(func::FuncOp forward) {
  if (failed(planStates(forward)))
    return failure();
  module.walk([&](lfm2::HeadNormRopeOp op) { addRope(op); });

  auto func =
      createFunction(module, "step_" + std::to_string(entry.tokens), false);
  Block *exit = func.addBlock();
  OpBuilder b = OpBuilder::atBlockEnd(exit);
  func::ReturnOp::create(b, func.getLoc());
  b.setInsertionPointToEnd(&func.getBody().front());
  Emitter e(b, func.getLoc(), facts, func.getArgument(0), func.getArgument(1));
  StepScope scope(*this, e);

  for (Operation &op : forward.getBody().front()) {
    if (auto call = dyn_cast<exec::CallOp>(op)) {
      if (failed(emitCall(e, call)))
        return failure();
    } else if (auto phase = dyn_cast<exec::PhaseOp>(op)) {
      phaseIndex = 0;
      SmallVector<int16_t> made;
      if (failed(emitPhase(e, scope, phase, "", made)))
        return failure();
      runStretches(made, -1);
    } else {
      continue;
    }
    if (isa<func::ReturnOp>(op.getNextNode()))
      break;
    // Between layers a long step may be given up; a single token is finished.
    Value cancelled =
        exec::BarrierOp::create(b, e.loc, b.getI1Type(), e.step, e.thread);
    if (entry.isSingle())
      continue;
    Block *next = func.addBlock();
    cf::CondBranchOp::create(b, e.loc, cancelled, exit, next);
    b.setInsertionPointToEnd(next);
  }
  cf::BranchOp::create(b, e.loc, exit);
  // What is live across layers may share its place with nothing.
  SmallVector<std::string> longLived = {"x"};
  for (lfm2::HeadNormRopeOp rope : ropes)
    longLived.push_back(ropeName(rope));
  for (const std::string &role : longLived)
    if (auto op =
            module.lookupSymbol<exec::BufferOp>(entry.name + "." + role)) {
      op.setFirst(0);
      op.setLast(1 << 20);
    }
  return success();
}
