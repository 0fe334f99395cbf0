//===- ExecToLLVM.cpp - bytes, fields and barriers in LLVM's dialect ------===//

#include "dialects/exec/IR/Exec.h"
#include "lfm2rt/abi.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/conversion/Passes.h"
#include <cstddef>

namespace lfm2c {
#define GEN_PASS_DEF_EXECTOLLVMPASS
#include "passes/conversion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// Byte offset of a field of lfm2_step.
int64_t fieldOffset(StringRef name) {
  static const std::pair<StringRef, size_t> fields[] = {
      {"weights", offsetof(lfm2_step, weights)},
      {"state", offsetof(lfm2_step, state)},
      {"scratch", offsetof(lfm2_step, scratch)},
      {"tokens", offsetof(lfm2_step, tokens)},
      {"logits", offsetof(lfm2_step, logits)},
      {"shares", offsetof(lfm2_step, shares)},
      {"count", offsetof(lfm2_step, count)},
      {"position", offsetof(lfm2_step, position)},
      {"context", offsetof(lfm2_step, context)},
      {"logits_mode", offsetof(lfm2_step, logits_mode)},
      {"threads", offsetof(lfm2_step, threads)}};
  for (auto [field, offset] : fields)
    if (field == name)
      return static_cast<int64_t>(offset);
  llvm_unreachable("the verifier knows the fields");
}

Value byteAddress(OpBuilder &b, Location loc, Value base, Value offset) {
  return LLVM::GEPOp::create(b, loc, base.getType(), b.getI8Type(), base,
                             ArrayRef<LLVM::GEPArg>{offset});
}
Value byteAddress(OpBuilder &b, Location loc, Value base, int64_t offset) {
  return LLVM::GEPOp::create(
      b, loc, base.getType(), b.getI8Type(), base,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
}

struct FieldPattern : ConvertOpToLLVMPattern<exec::FieldOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(exec::FieldOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value at =
        byteAddress(b, op.getLoc(), in.getStep(), fieldOffset(op.getName()));
    bool isPointer = isa<exec::PtrType>(op.getType());
    Type type = isPointer ? Type(LLVM::LLVMPointerType::get(getContext()))
                          : b.getI32Type();
    Value v = LLVM::LoadOp::create(b, op.getLoc(), type, at,
                                   /*alignment=*/isPointer ? 8 : 4,
                                   /*isVolatile=*/false,
                                   /*isNonTemporal=*/false,
                                   /*isInvariant=*/true);
    if (!isPointer) // Counts and positions are never negative.
      v = LLVM::ZExtOp::create(b, op.getLoc(), b.getI64Type(), v);
    b.replaceOp(op, v);
    return success();
  }
};

struct LoadPattern : ConvertOpToLLVMPattern<exec::LoadOp> {
  LoadPattern(const LLVMTypeConverter &types, bool volatileOrder)
      : ConvertOpToLLVMPattern(types), volatileOrder(volatileOrder) {}
  LogicalResult matchAndRewrite(exec::LoadOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value at = byteAddress(b, op.getLoc(), in.getBase(), in.getOffset());
    bool ordered = op.getOrdered();
    b.replaceOpWithNewOp<LLVM::LoadOp>(op, op.getType(), at, op.getAlign(),
                                       /*isVolatile=*/ordered && volatileOrder,
                                       /*isNonTemporal=*/false,
                                       /*isInvariant=*/op.getConstant() &&
                                           !ordered);
    return success();
  }

  const bool volatileOrder;
};

struct StorePattern : ConvertOpToLLVMPattern<exec::StoreOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(exec::StoreOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value at = byteAddress(b, op.getLoc(), in.getBase(), in.getOffset());
    b.replaceOpWithNewOp<LLVM::StoreOp>(op, in.getValue(), at, op.getAlign());
    return success();
  }
};

struct PrefetchPattern : ConvertOpToLLVMPattern<exec::PrefetchOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(exec::PrefetchOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value at = byteAddress(b, op.getLoc(), in.getBase(), in.getOffset());
    // To the second level: what lies in the first is in use.
    b.replaceOpWithNewOp<LLVM::Prefetch>(op, at, /*rw=*/0, /*hint=*/2,
                                         /*cache=*/1);
    return success();
  }
};

struct BarrierPattern : ConvertOpToLLVMPattern<exec::BarrierOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(exec::BarrierOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Location loc = op.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Value at = byteAddress(b, loc, in.getStep(), offsetof(lfm2_step, barrier));
    Value callee = LLVM::LoadOp::create(b, loc, pointer, at, /*alignment=*/8,
                                        false, false, /*isInvariant=*/true);
    auto type =
        LLVM::LLVMFunctionType::get(b.getI32Type(), {pointer, b.getI32Type()});
    Value told =
        LLVM::CallOp::create(b, loc, type,
                             ValueRange{callee, in.getStep(), in.getThread()})
            .getResult();
    Value zero = LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
    b.replaceOpWithNewOp<LLVM::ICmpOp>(op, LLVM::ICmpPredicate::ne, told, zero);
    return success();
  }
};

/// Fails at an op that the passes before should have lowered, and says which.
LogicalResult checkOps(ModuleOp module) {
  WalkResult checked = module.walk([](Operation *op) {
    if (!isa_and_present<exec::ExecDialect>(op->getDialect()) ||
        isa<exec::FieldOp, exec::LoadOp, exec::StoreOp, exec::PrefetchOp,
            exec::BarrierOp>(op))
      return WalkResult::advance();
    op->emitOpError("has no lowering on this target: dot products (exec.dot4, "
                    "exec.dot2) need a pass of its own, addresses must be "
                    "planned; what is lowered here are exec.field, exec.load, "
                    "exec.store, exec.prefetch and exec.barrier");
    return WalkResult::interrupt();
  });
  return failure(checked.wasInterrupted());
}

struct ExecToLLVM final : lfm2c::impl::ExecToLLVMPassBase<ExecToLLVM> {
  using ExecToLLVMPassBase::ExecToLLVMPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isa<exec::WeightOp, exec::BufferOp>(op))
        op.erase();
    if (failed(checkOps(module)))
      return signalPassFailure();
    LLVMTypeConverter types(&getContext());
    types.addConversion([](exec::PtrType type) -> Type {
      return LLVM::LLVMPointerType::get(type.getContext());
    });
    LLVMConversionTarget target(getContext());
    target.addIllegalDialect<exec::ExecDialect>();
    RewritePatternSet patterns(&getContext());
    patterns.add<FieldPattern, StorePattern, PrefetchPattern, BarrierPattern>(
        types);
    patterns.add<LoadPattern>(types, volatileOrder);
    populateFuncToLLVMConversionPatterns(types, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(types, patterns);
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
