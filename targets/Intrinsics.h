// Words for lowerings that are written in a CPU's own instructions.
#ifndef LFM2C_TARGETS_INTRINSICS_H
#define LFM2C_TARGETS_INTRINSICS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace lfm2c {

/// The result of LLVM's intrinsic `name`.
inline mlir::Value callIntrinsic(mlir::OpBuilder &b, mlir::Location loc,
                                 llvm::StringRef name, mlir::Type type,
                                 mlir::ValueRange args) {
  return mlir::LLVM::CallIntrinsicOp::create(b, loc, type,
                                             b.getStringAttr(name), args)
      .getResult(0);
}

/// The address of byte `at` + `more` of the memory at `base`, an `exec.ptr`.
inline mlir::Value addressOf(mlir::OpBuilder &b, mlir::Location loc,
                             mlir::Value base, mlir::Value at, int64_t more) {
  using namespace mlir;
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value from =
      UnrealizedConversionCastOp::create(b, loc, pointer, base).getResult(0);
  Value offset = arith::IndexCastOp::create(b, loc, b.getI64Type(), at);
  from = LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), from,
                             llvm::ArrayRef<LLVM::GEPArg>{offset});
  return LLVM::GEPOp::create(
      b, loc, pointer, b.getI8Type(), from,
      llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(more)});
}

/// A vector of integers, all of them `value`.
inline mlir::Value splatInteger(mlir::OpBuilder &b, mlir::Location loc,
                                mlir::VectorType type, int64_t value) {
  return mlir::arith::ConstantOp::create(
      b, loc,
      mlir::SplatElementsAttr::get(
          type, b.getIntegerAttr(type.getElementType(), value)));
}

/// Elements `first` to `first + n` of a vector; itself where that is all.
inline mlir::Value sliceOf(mlir::OpBuilder &b, mlir::Location loc,
                           mlir::Value v, int64_t first, int64_t n) {
  if (mlir::cast<mlir::VectorType>(v.getType()).getNumElements() == n)
    return v;
  return mlir::vector::ExtractStridedSliceOp::create(
      b, loc, v, llvm::ArrayRef<int64_t>{first}, llvm::ArrayRef<int64_t>{n},
      llvm::ArrayRef<int64_t>{1});
}

} // namespace lfm2c

#endif // LFM2C_TARGETS_INTRINSICS_H
