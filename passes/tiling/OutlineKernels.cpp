// The pass: the stretches of a step become kernels.
//
// A device has no barrier between workgroups that need not run at the same
// time. So what stands between two barriers becomes a function of its own, and
// the step a list of which of them run one after the other. Layers are unrolled
// in the list, not in code.

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/tiling/Passes.h"
#include "llvm/Support/MathExtras.h"

namespace lfm2c {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "passes/tiling/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// The step and the thread stand in front of all other arguments.
constexpr unsigned ownArguments = 2;

/// Ops of a function between two barriers.
using Stretch = SmallVector<Operation *>;

/// A kernel, and the values of its function that it gets as arguments.
struct Kernel {
  func::FuncOp func;
  SmallVector<Value> arguments;
  int64_t threads;
};

/// Whether an op can be had again wherever its value is wanted.
bool isRepeatable(Operation *op) {
  auto load = dyn_cast<exec::LoadOp>(op);
  return isPure(op) || (load && load.getConstant());
}

/// Whether a stretch does anything.
bool hasEffect(const Stretch &stretch) {
  return llvm::any_of(stretch, [](Operation *op) { return !isRepeatable(op); });
}

/// Makes a function of a stretch.
class KernelWriter {
public:
  KernelWriter(func::FuncOp from, StringRef name,
               const exec::TargetFacts &facts)
      : from(from), facts(facts), b(from) {
    SmallVector<Type> types(from.getArgumentTypes().take_front(ownArguments));
    kernel.func = func::FuncOp::create(b, from.getLoc(), name,
                                       b.getFunctionType(types, {}));
    kernel.func->setAttr(exec::kernelAttr,
                         b.getI64IntegerAttr(facts.lanes * facts.slices));
    Block *body = kernel.func.addEntryBlock();
    b.setInsertionPointToStart(body);
    for (unsigned i = 0; i < ownArguments; ++i)
      map.map(from.getArgument(i), body->getArgument(i));
  }

  Kernel write(const Stretch &stretch) {
    for (Operation *op : stretch) {
      if (isRepeatable(op)) // Made where it is used.
        continue;
      bringOperands(op);
      b.clone(*op, map);
    }
    func::ReturnOp::create(b, from.getLoc());
    countThreads();
    return kernel;
  }

private:
  /// Makes what an op and the ops within it use of the outside.
  void bringOperands(Operation *op) {
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (!op->isAncestor(operand.getParentBlock()->getParentOp()) ||
            operand.getParentBlock() == op->getBlock())
          bring(operand);
    });
  }
  void bring(Value value) {
    if (map.contains(value))
      return;
    if (isa<BlockArgument>(value)) {
      kernel.arguments.push_back(value);
      unsigned at = kernel.func.getNumArguments();
      (void)kernel.func.insertArgument(at, value.getType(), {}, value.getLoc());
      map.map(value, kernel.func.getArgument(at));
      return;
    }
    Operation *op = value.getDefiningOp();
    bringOperands(op);
    b.clone(*op, map);
  }

  /// As many threads as have work; then their shares are known.
  void countThreads() {
    SmallVector<exec::ShareOp> shares;
    kernel.func.walk([&](exec::ShareOp op) { shares.push_back(op); });
    int64_t threads = 1;
    for (exec::ShareOp op : shares)
      threads = std::max<int64_t>(threads, op.getMost());
    // As even as they can be.
    int64_t each = llvm::divideCeil(threads, facts.mostThreads);
    kernel.threads = llvm::divideCeil(threads, each);
    for (exec::ShareOp op : shares)
      expand(op);
  }
  /// From n * thread / threads to n * (thread + 1) / threads.
  void expand(exec::ShareOp op) {
    OpBuilder at(op);
    Location loc = op.getLoc();
    auto index = [&](int64_t i) -> Value {
      return arith::ConstantIndexOp::create(at, loc, i);
    };
    Value thread =
        arith::IndexCastOp::create(at, loc, at.getIndexType(), op.getThread());
    Value next = arith::AddIOp::create(at, loc, thread, index(1));
    APInt n;
    bool isOneEach = matchPattern(op.getN(), m_ConstantInt(&n)) &&
                     n.getSExtValue() == kernel.threads;
    auto bound = [&](Value number) -> Value {
      if (isOneEach)
        return number;
      Value product = arith::MulIOp::create(at, loc, op.getN(), number);
      return arith::DivUIOp::create(at, loc, product, index(kernel.threads));
    };
    op.getLo().replaceAllUsesWith(bound(thread));
    op.getHi().replaceAllUsesWith(bound(next));
    op.erase();
  }

  func::FuncOp from;
  const exec::TargetFacts &facts;
  OpBuilder b;
  IRMapping map;
  Kernel kernel;
};

class Outliner {
public:
  Outliner(ModuleOp module)
      : module(module), facts(exec::TargetFacts::get(module)) {}

  /// Makes a list of the step of an entry.
  LogicalResult outline(exec::EntryAttr entry) {
    auto step = module.lookupSymbol<func::FuncOp>(entry.getSymbol());
    // The list is written behind what it is made of.
    Block *list = step.addBlock();
    OpBuilder b = OpBuilder::atBlockEnd(list);
    int64_t number = 0;
    for (const Stretch &stretch : stretchesOf(step)) {
      auto call = dyn_cast<func::CallOp>(stretch.front());
      if (!call) {
        Kernel kernel = outline(step, stretch, number++);
        dispatch(b, kernel, kernel.arguments);
        continue;
      }
      auto layer = module.lookupSymbol<func::FuncOp>(call.getCallee());
      for (const Kernel &kernel : kernelsOf(layer)) {
        SmallVector<Value> arguments;
        for (Value v : kernel.arguments)
          arguments.push_back(
              call.getOperand(cast<BlockArgument>(v).getArgNumber()));
        dispatch(b, kernel, arguments);
      }
    }
    func::ReturnOp::create(b, step.getLoc());
    auto found = llvm::range_size(list->getOps<exec::DispatchOp>());
    ArrayRef<int16_t> order = entry.getOrder().asArrayRef();
    if (found != order.size())
      return step.emitError("has ")
             << found << " kernels, but 'exec.entries' has " << order.size()
             << " stretches between barriers";
    for (Block &block : llvm::make_early_inc_range(
             llvm::drop_end(step.getBody().getBlocks()))) {
      block.dropAllDefinedValueUses();
      block.dropAllReferences();
    }
    Block *first = &step.getBody().front();
    while (&step.getBody().back() != first && first->getNextNode() != list)
      first->getNextNode()->erase();
    first->clear();
    first->getOperations().splice(first->end(), list->getOperations());
    list->erase();
    return success();
  }

  /// Layers are nothing but kernels now.
  void eraseLayers() {
    for (auto &[symbol, kernels] : layers)
      module.lookupSymbol(symbol)->erase();
  }

private:
  /// What stands between barriers, in order; a call of a layer for itself. The
  /// blocks of a step follow each other: each but the last ends at a barrier.
  SmallVector<Stretch> stretchesOf(func::FuncOp func) {
    SmallVector<Stretch> all(1);
    for (Block &block : func.getBody())
      for (Operation &op : block) {
        if (isa<func::CallOp>(op)) {
          all.push_back({&op});
          all.emplace_back();
        } else if (isa<exec::BarrierOp>(op)) {
          all.emplace_back();
        } else if (!op.hasTrait<OpTrait::IsTerminator>()) {
          all.back().push_back(&op);
        }
      }
    llvm::erase_if(all,
                   [](const Stretch &stretch) { return !hasEffect(stretch); });
    return all;
  }

  Kernel outline(func::FuncOp func, const Stretch &stretch, int64_t number) {
    std::string name = (func.getSymName() + "." + Twine(number)).str();
    return KernelWriter(func, name, facts).write(stretch);
  }

  ArrayRef<Kernel> kernelsOf(func::FuncOp layer) {
    auto [at, isNew] = layers.try_emplace(layer.getSymName());
    if (isNew)
      for (const Stretch &stretch : stretchesOf(layer))
        at->second.push_back(outline(layer, stretch, at->second.size()));
    return at->second;
  }

  /// Adds to the list; what arguments are made of is made again there.
  void dispatch(OpBuilder &b, const Kernel &kernel, ArrayRef<Value> arguments) {
    SmallVector<Value> made;
    for (Value argument : arguments)
      made.push_back(remake(b, argument));
    func::FuncOp func = kernel.func;
    exec::DispatchOp::create(b, func.getLoc(), func.getSymName(), made,
                             kernel.threads);
  }
  Value remake(OpBuilder &b, Value value) {
    Operation *op = value.getDefiningOp();
    IRMapping map;
    for (Value operand : op->getOperands())
      map.map(operand, remake(b, operand));
    return b.clone(*op, map)->getResult(
        cast<OpResult>(value).getResultNumber());
  }

  ModuleOp module;
  const exec::TargetFacts facts;
  llvm::MapVector<StringRef, SmallVector<Kernel>> layers;
};

struct OutlineKernels final
    : lfm2c::impl::OutlineKernelsPassBase<OutlineKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto entries = module->getAttrOfType<ArrayAttr>("exec.entries");
    if (!entries) {
      module.emitError("expected the entries of the program in 'exec.entries'; "
                       "run exec-tile-phases first");
      return signalPassFailure();
    }
    if (exec::TargetFacts::get(module).slices == 0) {
      module.emitError("expected a target whose threads are workgroups: the "
                       "fact 'slices' is 0");
      return signalPassFailure();
    }
    Outliner outliner(module);
    for (auto entry : entries.getAsRange<exec::EntryAttr>())
      if (failed(outliner.outline(entry)))
        return signalPassFailure();
    outliner.eraseLayers();
  }
};

} // namespace
