// The code of one invocation, of that of its thread.

#ifndef LFM2C_PASSES_CONVERSION_INVOCATIONCODE_H
#define LFM2C_PASSES_CONVERSION_INVOCATIONCODE_H

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

namespace lfm2c {

/// Converts one kernel in place.
class InvocationCode {
public:
  InvocationCode(mlir::func::FuncOp func, const exec::TargetFacts &facts)
      : func(func), facts(facts), b(func.getContext()) {}

  /// Fails where code takes apart a vector that lanes hold.
  mlir::LogicalResult convert();

private:
  using Parts = llvm::SmallVector<mlir::Value, 4>;

  /// How an invocation holds a vector.
  enum class Form {
    Scalar, ///< No vector: as it is.
    Spread, ///< Some elements, those of its lane.
    Packed, ///< A word: the bytes, or halves of words, of its lane.
    Whole,  ///< All elements.
  };
  Form formOf(mlir::Type type) const;
  /// Of each part.
  mlir::Type partType(mlir::Type type) const;
  int64_t numParts(mlir::Type type) const;

  /// What an invocation holds of a value; fails where code within
  /// exec.by_invocation wants a vector that lanes hold.
  mlir::FailureOr<Parts> partsOf(mlir::Value value);
  mlir::FailureOr<Parts> partsOfConstant(mlir::DenseElementsAttr constant);
  /// Of a value that is no vector.
  mlir::Value scalarOf(mlir::Value value) {
    return parts.lookup(value).front();
  }
  llvm::SmallVector<mlir::Type> partTypes(mlir::TypeRange types) const;
  /// `values` are held as `from` has them, one after the other.
  void takeParts(mlir::ValueRange values, mlir::ValueRange from);

  mlir::LogicalResult refuse(mlir::Operation *op);
  mlir::LogicalResult convertBlock(mlir::Block &block);
  mlir::LogicalResult convertYield(mlir::scf::YieldOp op);
  mlir::LogicalResult convertOp(mlir::Operation *op);
  mlir::LogicalResult convertElementwise(mlir::Operation *op);
  mlir::LogicalResult convertShift(mlir::Operation *op);
  mlir::LogicalResult convertBitcast(mlir::Operation *op);
  mlir::LogicalResult convertSlice(mlir::Operation *op);
  mlir::LogicalResult convertDot4(exec::Dot4Op op);
  mlir::LogicalResult convertFor(mlir::scf::ForOp op);
  mlir::LogicalResult convertIf(mlir::scf::IfOp op);
  mlir::LogicalResult convertLoad(exec::LoadOp op);
  mlir::LogicalResult convertStore(exec::StoreOp op);
  mlir::LogicalResult convertSumSlices(exec::SumSlicesOp op);
  mlir::LogicalResult convertSumThread(exec::SumThreadOp op);
  mlir::LogicalResult convertNeighbours(exec::ReduceNeighboursOp op);

  // Words of the workgroup's memory, by which invocations pass on f32.
  void wantWords(int64_t n);
  mlir::Value loadWord(mlir::Value i, mlir::Type type);
  void storeWord(mlir::Value value, mlir::Value i);
  /// Combined in the order of a tree, neighbours first.
  mlir::Value combine(llvm::ArrayRef<mlir::Value> all, bool max = false);
  mlir::Value sum(llvm::ArrayRef<mlir::Value> all) { return combine(all); }
  mlir::Value sumWords(mlir::Value first, int64_t step, int64_t n);

  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value c);
  mlir::Value mul(mlir::Value a, int64_t c);

  mlir::func::FuncOp func;
  const exec::TargetFacts &facts;
  mlir::OpBuilder b;
  mlir::Location loc = func.getLoc();
  bool isAlone = false; ///< Within exec.by_invocation.
  mlir::Value invocation, lane, slice;
  exec::LocalOp words; ///< Null until it is wanted; grows with what is.
  llvm::DenseMap<mlir::Value, Parts> parts;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_CONVERSION_INVOCATIONCODE_H
