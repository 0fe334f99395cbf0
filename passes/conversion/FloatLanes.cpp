#include "passes/conversion/FloatLanes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace lfm2c;

bool lfm2c::isTakenApart(VectorType type, int64_t floatLanes) {
  Type element = type.getElementType();
  if (!isa<FloatType>(element) || type.getRank() != 1)
    return false;
  return element.isF64() || floatLanes == 1 ||
         type.getNumElements() % floatLanes != 0;
}

VectorType lfm2c::asIntegers(VectorType type) {
  return VectorType::get(
      type.getShape(),
      IntegerType::get(type.getContext(), type.getElementTypeBitWidth()));
}

Value lfm2c::toType(OpBuilder &b, Value v, Type type) {
  if (v.getType() == type)
    return v;
  if (auto vector = dyn_cast<VectorType>(type))
    return vector::BitCastOp::create(b, v.getLoc(), vector, v);
  return arith::BitcastOp::create(b, v.getLoc(), type, v);
}
