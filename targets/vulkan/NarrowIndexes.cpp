// Index arithmetic in 32 bits where that is enough.
//
// An index has 64 bits, as addresses have, and a GPU computes with 32: a
// product of indexes takes four instructions there, a quotient a hundred.
// Upstream's passes know by ranges which values fit into 32 bits; counters of
// loops are not among them, so these come first. What the dispatch and the step
// give has a range that they do not know. So it is masked while they run.

#include "targets/vulkan/NarrowIndexes.h"

#include "dialects/exec/IR/Exec.h"
#include "mlir/Analysis/DataFlow/IntegerRangeAnalysis.h"
#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "targets/vulkan/Kernel.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

/// On a mask that changes nothing, since its operand is no larger.
static constexpr StringLiteral maskAttribute = "vulkan.mask";
/// Vulkan promises no more workgroups in a row, and none is asked for.
static constexpr int64_t mostThreads = 65535;

/// The largest that an index of the step may be.
static int64_t mostOf(exec::FieldOp field, func::FuncOp kernel) {
  StringRef name = field.getName();
  auto tokens = kernel->getAttrOfType<IntegerAttr>(tokensAttribute);
  if (tokens && (name == "count" || name == "num_logits" || name == "num_runs"))
    return tokens.getInt();
  return INT32_MAX;
}

Value lfm2c::maskIndex(OpBuilder &b, Value value, int64_t most) {
  Location loc = value.getLoc();
  int64_t ones = static_cast<int64_t>(llvm::NextPowerOf2(most)) - 1;
  Value bits = arith::ConstantOp::create(
      b, loc, b.getIntegerAttr(value.getType(), ones));
  auto masked = arith::AndIOp::create(b, loc, value, bits);
  masked->setAttr(maskAttribute, b.getUnitAttr());
  return masked;
}

static void maskUses(Value value, int64_t most) {
  OpBuilder b(value.getContext());
  b.setInsertionPointAfterValue(value);
  Value masked = maskIndex(b, value, most);
  value.replaceAllUsesExcept(masked, masked.getDefiningOp());
}

void lfm2c::maskIndexes(func::FuncOp kernel) {
  auto invocations = kernel->getAttrOfType<IntegerAttr>(exec::kernelAttr);
  kernel.walk([&](Operation *op) {
    if (isa<exec::InvocationOp>(op))
      maskUses(op->getResult(0), invocations.getInt() - 1);
    else if (isa<exec::ThreadsOp>(op))
      maskUses(op->getResult(0), mostThreads);
    else if (auto field = dyn_cast<exec::FieldOp>(op);
             field && field.getType().isIndex())
      maskUses(field, mostOf(field, kernel));
  });
  maskUses(kernel.getArgument(1), mostThreads);
}

/// The largest value of an index that is never negative.
static std::optional<int64_t> largest(DataFlowSolver &ranges, Value value) {
  const auto *state =
      ranges.lookupState<dataflow::IntegerValueRangeLattice>(value);
  if (!state || state->getValue().isUninitialized())
    return std::nullopt;
  const ConstantIntRanges &range = state->getValue().getValue();
  if (range.smin().isNegative())
    return std::nullopt;
  return range.smax().getSExtValue();
}

/// Makes the counter of a loop an i32.
static void narrowLoop(scf::ForOp loop) {
  OpBuilder b(loop);
  Type word = b.getI32Type();
  for (OpOperand *bound :
       {&loop.getLowerBoundMutable(), &loop.getUpperBoundMutable(),
        &loop.getStepMutable()})
    bound->set(
        arith::IndexCastUIOp::create(b, loop.getLoc(), word, bound->get()));
  Value counter = loop.getInductionVar();
  counter.setType(word);
  b.setInsertionPointToStart(loop.getBody());
  auto wide =
      arith::IndexCastUIOp::create(b, loop.getLoc(), b.getIndexType(), counter);
  counter.replaceAllUsesExcept(wide, wide);
}

LogicalResult lfm2c::narrowLoops(func::FuncOp kernel) {
  DataFlowSolver ranges;
  dataflow::loadBaselineAnalyses(ranges);
  ranges.load<dataflow::IntegerRangeAnalysis>();
  if (failed(ranges.initializeAndRun(kernel)))
    return failure();
  SmallVector<scf::ForOp> loops;
  kernel.walk([&](scf::ForOp loop) {
    std::optional<int64_t> end = largest(ranges, loop.getUpperBound());
    std::optional<int64_t> step = largest(ranges, loop.getStep());
    if (loop.getInductionVar().getType().isIndex() &&
        largest(ranges, loop.getLowerBound()).value_or(INT64_MAX) <=
            INT32_MAX &&
        end && step && *end <= INT32_MAX && *step <= INT32_MAX - *end)
      loops.push_back(loop);
  });
  llvm::for_each(loops, narrowLoop);
  return success();
}

void lfm2c::addNarrowingPasses(OpPassManager &pm) {
  pm.addPass(arith::createIntRangeOptimizationsPass());
  pm.addPass(arith::createArithUnsignedWhenEquivalentPass());
  pm.addPass(
      arith::createArithIntRangeNarrowing({/*bitwidthsSupported=*/{32}}));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void lfm2c::unmaskIndexes(func::FuncOp kernel) {
  kernel.walk([](arith::AndIOp op) {
    if (!op->hasAttr(maskAttribute))
      return;
    op.replaceAllUsesWith(op.getLhs());
    op.erase();
  });
  // Flags of an op in 64 bits say nothing of the same one in 32.
  kernel.walk([](arith::ArithIntegerOverflowFlagsInterface op) {
    op->removeAttr(op.getIntegerOverflowAttrName());
  });
}
