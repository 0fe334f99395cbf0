#include "targets/Lookups.h"
#include "targets/Intrinsics.h"

using namespace mlir;
using namespace lfm2c;

void lfm2c::lowerLookups(
    ModuleOp module, int64_t vectorBytes,
    llvm::function_ref<Value(OpBuilder &, const LookupPiece &)> lower) {
  SmallVector<exec::LookupOp> all;
  module.walk([&](exec::LookupOp op) { all.push_back(op); });
  for (exec::LookupOp op : all) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto type = cast<VectorType>(op.getType());
    int64_t bytes = type.getNumElements(), width = std::min(bytes, vectorBytes);
    LookupPiece piece = {loc, {}, width, {}};
    llvm::copy(op.getTable(), piece.table.begin());
    Value result;
    for (int64_t at = 0; at < bytes; at += width) {
      piece.index = sliceOf(b, loc, op.getIndex(), at, width);
      Value part = lower(b, piece);
      if (width == bytes) {
        result = part;
        break;
      }
      if (!result)
        result = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
      result = vector::InsertStridedSliceOp::create(
          b, loc, part, result, ArrayRef<int64_t>{at}, ArrayRef<int64_t>{1});
    }
    op.replaceAllUsesWith(result);
    op.erase();
  }
}

Value lfm2c::repeatedTable(OpBuilder &b, const LookupPiece &piece) {
  SmallVector<int8_t> bytes;
  for (int64_t i = 0; i < piece.bytes; ++i)
    bytes.push_back(piece.table[i % 16]);
  auto type = VectorType::get({piece.bytes}, b.getI8Type());
  return arith::ConstantOp::create(
      b, piece.loc, DenseElementsAttr::get(type, ArrayRef<int8_t>(bytes)));
}
