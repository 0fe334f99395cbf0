// What the emission of a phase may use.

#include "passes/tiling/PhaseContext.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

EntryTables::EntryTables(const EntrySpec &entry, func::FuncOp forward,
                         const exec::TargetFacts &facts)
    : entry(entry), states(forward, facts.lanes),
      buffers(forward->getParentOfType<ModuleOp>(), entry.name,
              /*ofWorkgroups=*/facts.slices > 0) {}

/// Of a phase that nothing was decided for.
static exec::ScheduleAttr oneByOne(MLIRContext *context) {
  return exec::ScheduleAttr::get(context, /*streams=*/1, /*prefetch=*/0,
                                 /*tokens=*/1, /*groups=*/1, /*ahead=*/0);
}

PhaseContext::PhaseContext(Emitter &e, FunctionScope &scope,
                           EntryTables &tables, exec::PhaseOp phase)
    : e(e), scope(scope), tables(tables), phase(phase),
      schedule(phase.getScheduleAttr()) {
  if (!schedule)
    schedule = oneByOne(phase.getContext());
}

Value PhaseContext::count() {
  return isSingle() ? e.index(1) : e.field("count");
}

Value PhaseContext::weight(const PackedSpec &spec) {
  reads.push_back(spec);
  return scope.weight(spec);
}

Value PhaseContext::plainWeight(FlatSymbolRefAttr name) {
  return weight(plainSpec(phase, name, e.facts.lanes));
}

BufferRef PhaseContext::buffer(StringRef role, int64_t rowBytes,
                               int64_t rowsPerToken) {
  // Tiles read whole ones: from multiples of what they hold on, or from any row
  // where a token has several.
  int64_t used = getEntry().tokens * rowsPerToken, rows = used;
  if (!isSingle())
    for (int64_t tile :
         {e.facts.tileTokens, e.facts.dotTileTokens, schedule.getTokens()})
      if (tile > 1)
        rows = std::max<int64_t>(rows, rowsPerToken > 1
                                           ? used + tile - 1
                                           : llvm::alignTo(used, tile));
  return getBuffers().shared(role, rowBytes, rows);
}

BufferRef PhaseContext::ownBuffer(StringRef role, int64_t rowBytes,
                                  int64_t rowsPerToken) {
  return buffer(getBuffers().freeRole(phase, role), rowBytes, rowsPerToken);
}

Value PhaseContext::privateAddress(StringRef role, int64_t bytes) {
  return address(getBuffers().perThread(role, bytes));
}

Value PhaseContext::nearAddress(int64_t bytes) {
  nearBytes = std::max(nearBytes, bytes);
  return e.add(getBuffers().nearAddress(e, "near", bytes),
               e.mul(e.toIndex(e.thread), e.field("near_bytes")));
}

SmallVector<Value, 1> PhaseContext::resultsOf(Value inner) {
  auto yield = cast<exec::YieldOp>(phase.getBody().front().getTerminator());
  SmallVector<Value, 1> found;
  for (auto [yielded, outer] : llvm::zip(yield.getValues(), phase.getResults()))
    if (yielded == inner)
      found.push_back(outer);
  return found;
}

void PhaseContext::bindResult(Value inner, const BufferRef &ref) {
  getBuffers().bind(inner, ref);
  for (Value outer : resultsOf(inner))
    getBuffers().bind(outer, ref);
}

bool PhaseContext::isReadOutside(Value inner) {
  return llvm::any_of(resultsOf(inner), [](Value outer) {
    return llvm::any_of(outer.getUsers(), [](Operation *user) {
      return !isa<func::ReturnOp>(user);
    });
  });
}

std::optional<lfm2::Role> PhaseContext::outputRoleOf(Value inner) {
  for (Value outer : resultsOf(inner))
    for (OpOperand &use : outer.getUses())
      if (auto model = dyn_cast<func::FuncOp>(use.getOwner()->getParentOp()))
        if (isa<func::ReturnOp>(use.getOwner()))
          return lfm2::resultRole(model, use.getOperandNumber());
  return std::nullopt;
}

bool PhaseContext::isVectors(Value inner) {
  std::optional<lfm2::Role> role = outputRoleOf(inner);
  return role == lfm2::Role::vectors || role == lfm2::Role::token_vectors;
}

BufferRef PhaseContext::sourceOf(Value input) {
  for (;;) {
    Operation *maker = makerOf(input);
    if (auto prepare = dyn_cast_or_null<exec::PrepareOp>(maker))
      input = prepare.getX();
    else if (auto norm = dyn_cast_or_null<lfm2::RMSNormOp>(maker))
      input = norm.getX();
    else
      return getBuffers().lookup(input);
  }
}

LogicalResult PhaseContext::checkResidual(Value x, const BufferRef &source) {
  auto fail = [&] {
    return phase.emitError("phase '")
           << phase.getName() << "' sums into a residual that ";
  };
  BufferRef found = getBuffers().lookup(x);
  if (!getBuffers().contains(x) || found.threadBytes || found.elementStride)
    return fail() << "is no rows in memory; expected what an embedding or a "
                     "contraction of a phase before it leaves";
  // One thread's sums would be another's input.
  if (found.name == source.name)
    return fail() << "its own contraction reads, directly or through a norm; "
                     "expected another input of the contraction";
  for (Operation *user : x.getUsers()) {
    Operation *at = phase->getBlock()->findAncestorOpInBlock(*user);
    if (at && phase->isBeforeInBlock(at))
      return fail() << "a later phase still reads";
  }
  return success();
}

Operation *lfm2c::makerOf(Value value) {
  while (auto phase = value.getDefiningOp<exec::PhaseOp>())
    value = cast<exec::YieldOp>(phase.getBody().front().getTerminator())
                .getValues()[cast<OpResult>(value).getResultNumber()];
  return value.getDefiningOp();
}
