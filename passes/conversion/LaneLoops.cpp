// Arithmetic of floats, lane by lane.
//
// Ops on lanes that belong together are a cluster, which is computed in one
// loop: a cluster begins with an op that has no registers, takes what follows
// on its lanes, and ends where another op reads what it makes.

#include "passes/conversion/LaneLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "passes/conversion/FloatLanes.h"
#include "passes/conversion/LaneCode.h"
#include <map>

using namespace mlir;
using namespace lfm2c;

namespace {

/// Lanes of the vectors that an op reads or makes, or 0 where it is none that
/// is done for each lane alone.
int64_t lanesOf(Operation *op) {
  if (op->getNumResults() != 1)
    return 0;
  auto type = dyn_cast<VectorType>(op->getResult(0).getType());
  if (!type || type.getRank() != 1)
    return 0;
  int64_t lanes = type.getNumElements();
  if (auto cast = dyn_cast<vector::BitCastOp>(op))
    return cast.getSourceVectorType().getNumElements() == lanes ? lanes : 0;
  return OpTrait::hasElementwiseMappableTraits(op) ? lanes : 0;
}

bool hasElement(Operation *op, llvm::function_ref<bool(Type)> is) {
  auto matches = [&](Type type) {
    return isa<VectorType>(type) && is(getElementTypeOrSelf(type));
  };
  return llvm::any_of(op->getOperandTypes(), matches) ||
         llvm::any_of(op->getResultTypes(), matches);
}

class LaneLoops {
public:
  LaneLoops(func::FuncOp func, int64_t floatLanes)
      : func(func), floatLanes(floatLanes), code(func) {}

  void run() {
    for (Block &block : func.getBody())
      visit(block);
    code.finish();
  }

private:
  bool isSeed(Operation *op) {
    // Other names for the same bits are no arithmetic.
    if (isa<vector::BitCastOp>(op))
      return false;
    if (floatLanes > 1 && isa<arith::DivFOp>(op))
      return true;
    auto apart = [&](Type type) {
      auto vector = dyn_cast<VectorType>(type);
      return vector && isTakenApart(vector, floatLanes);
    };
    return llvm::any_of(op->getOperandTypes(), apart) ||
           llvm::any_of(op->getResultTypes(), apart);
  }
  /// Whether what a cluster of `lanes` has computed is better read there.
  bool mayFollow(Operation *op, int64_t lanes) {
    return floatLanes == 1 || lanes % floatLanes != 0 ||
           hasElement(op, [](Type element) {
             return element.isInteger(1) ||
                    element.getIntOrFloatBitWidth() == 64;
           });
  }

  void visit(Block &block) {
    std::map<int64_t, LaneCluster> open;
    SmallVector<Operation *> ops;
    for (Operation &op : block)
      ops.push_back(&op);
    for (Operation *op : ops) {
      int64_t lanes = lanesOf(op);
      bool follows = false;
      llvm::SmallSetVector<int64_t, 4> read;
      op->walk([&](Operation *inner) {
        for (Value v : inner->getOperands())
          for (auto &[n, cluster] : open)
            if (Operation *made = v.getDefiningOp();
                made && cluster.contains(made)) {
              if (inner == op && n == lanes &&
                  (mayFollow(op, lanes) || isSeed(op)))
                follows = true;
              else
                read.insert(n);
            }
      });
      for (int64_t n : read) {
        close(open[n], n, op);
        open.erase(n);
      }
      if (lanes && (follows || isSeed(op)))
        open[lanes].insert(op);
      for (Region &region : op->getRegions())
        for (Block &inner : region)
          visit(inner);
    }
    for (auto &[n, cluster] : open)
      close(cluster, n, block.getTerminator());
  }

  /// Conditions have no place in memory: what makes them is computed again.
  void addConditions(LaneCluster &cluster) {
    SmallVector<Operation *> found;
    std::function<void(Operation *)> add = [&](Operation *op) {
      for (Value v : op->getOperands())
        if (Operation *made = v.getDefiningOp();
            made && !cluster.contains(made) && lanesOf(made) &&
            isa<VectorType>(v.getType()) &&
            getElementTypeOrSelf(v.getType()).isInteger(1) &&
            !isa<arith::ConstantOp>(made)) {
          add(made);
          found.push_back(made);
        }
    };
    for (Operation *op : cluster)
      add(op);
    if (found.empty())
      return;
    LaneCluster all(found.begin(), found.end());
    all.insert(cluster.begin(), cluster.end());
    cluster = std::move(all);
  }

  void close(LaneCluster &cluster, int64_t lanes, Operation *before) {
    SmallVector<Operation *> members(cluster.begin(), cluster.end());
    addConditions(cluster);
    code.compute(cluster, members, lanes, before);
    for (Operation *op : llvm::reverse(members))
      op->erase();
  }

  func::FuncOp func;
  int64_t floatLanes;
  LaneCode code;
};

} // namespace

void lfm2c::makeLaneLoops(func::FuncOp func, int64_t floatLanes) {
  LaneLoops(func, floatLanes).run();
}
