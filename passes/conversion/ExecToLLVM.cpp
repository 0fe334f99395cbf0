// Bytes, fields and barriers in LLVM's dialect.

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "lfm2rt/step_layout.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "passes/conversion/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_EXECTOLLVMPASS
#include "passes/conversion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// Byte offset of a field of lfm2_step, on a machine with pointers of
/// `pointerBytes`. The verifier knows the fields.
int64_t fieldOffset(StringRef name, int64_t pointerBytes) {
  return lfm2rt::stepOffset(lfm2rt::findStepField(name.data(), name.size()),
                            pointerBytes);
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
    const LLVMTypeConverter &types = *getTypeConverter();
    int64_t pointerBytes = types.getIndexTypeBitwidth() / 8;
    Value at = byteAddress(b, op.getLoc(), in.getStep(),
                           fieldOffset(op.getName(), pointerBytes));
    bool isPointer = isa<exec::PtrType>(op.getType());
    Type type = isPointer ? Type(LLVM::LLVMPointerType::get(getContext()))
                          : b.getI32Type();
    Value v = LLVM::LoadOp::create(b, op.getLoc(), type, at,
                                   /*alignment=*/isPointer ? pointerBytes : 4,
                                   /*isVolatile=*/false,
                                   /*isNonTemporal=*/false,
                                   /*isInvariant=*/true);
    if (v.getType() != types.getIndexType() && !isPointer)
      // Counts and positions are never negative.
      v = LLVM::ZExtOp::create(b, op.getLoc(), types.getIndexType(), v);
    b.replaceOp(op, v);
    return success();
  }
};

struct GivenPattern : ConvertOpToLLVMPattern<exec::GivenOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(exec::GivenOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value null = LLVM::ZeroOp::create(b, op.getLoc(), in.getBase().getType());
    b.replaceOpWithNewOp<LLVM::ICmpOp>(op, LLVM::ICmpPredicate::ne,
                                       in.getBase(), null);
    return success();
  }
};

/// What is known of the address of a value of this type, at least the size of
/// its elements.
int64_t alignOf(Type type, int64_t known) {
  int64_t bits = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  return std::max(known, bits / 8);
}

struct LoadPattern : ConvertOpToLLVMPattern<exec::LoadOp> {
  LoadPattern(const LLVMTypeConverter &types, bool volatileOrder)
      : ConvertOpToLLVMPattern(types), volatileOrder(volatileOrder) {}
  LogicalResult matchAndRewrite(exec::LoadOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value at = byteAddress(b, op.getLoc(), in.getBase(), in.getOffset());
    bool ordered = op.getOrdered();
    b.replaceOpWithNewOp<LLVM::LoadOp>(
        op, op.getType(), at, alignOf(op.getType(), op.getAlign()),
        /*isVolatile=*/ordered && volatileOrder,
        /*isNonTemporal=*/false,
        /*isInvariant=*/op.getConstant() && !ordered);
    return success();
  }

  const bool volatileOrder;
};

struct StorePattern : ConvertOpToLLVMPattern<exec::StoreOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(exec::StoreOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value at = byteAddress(b, op.getLoc(), in.getBase(), in.getOffset());
    b.replaceOpWithNewOp<LLVM::StoreOp>(
        op, in.getValue(), at, alignOf(op.getValue().getType(), op.getAlign()));
    return success();
  }
};

struct LocalPattern : ConvertOpToLLVMPattern<exec::LocalOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(exec::LocalOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value bytes = LLVM::ConstantOp::create(
        b, op.getLoc(),
        b.getI32IntegerAttr(static_cast<int32_t>(op.getBytes())));
    b.replaceOpWithNewOp<LLVM::AllocaOp>(
        op, LLVM::LLVMPointerType::get(getContext()), b.getI8Type(), bytes,
        /*alignment=*/128);
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
    int64_t pointerBytes = getTypeConverter()->getIndexTypeBitwidth() / 8;
    Value at =
        byteAddress(b, loc, in.getStep(), fieldOffset("barrier", pointerBytes));
    Value callee = LLVM::LoadOp::create(b, loc, pointer, at, pointerBytes,
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
        isa<exec::FieldOp, exec::GivenOp, exec::LocalOp, exec::LoadOp,
            exec::StoreOp, exec::PrefetchOp, exec::BarrierOp>(op))
      return WalkResult::advance();
    op->emitOpError(
        "has no lowering on this target: dot products (exec.dot4, "
        "exec.dot2) and stages need passes of their own, addresses "
        "must be planned; what is lowered here are exec.field, exec.given, "
        "exec.local, exec.load, exec.store, exec.prefetch and exec.barrier");
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
    LowerToLLVMOptions options(&getContext());
    options.overrideIndexBitwidth(exec::TargetFacts::get(module).addressBits);
    LLVMTypeConverter types(&getContext(), options);
    types.addConversion([](exec::PtrType type) -> Type {
      return LLVM::LLVMPointerType::get(type.getContext());
    });
    LLVMConversionTarget target(getContext());
    target.addIllegalDialect<exec::ExecDialect>();
    RewritePatternSet patterns(&getContext());
    patterns.add<FieldPattern, GivenPattern, StorePattern, LocalPattern,
                 PrefetchPattern, BarrierPattern>(types);
    patterns.add<LoadPattern>(types, volatileOrder);
    populateFuncToLLVMConversionPatterns(types, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(types, patterns);
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
