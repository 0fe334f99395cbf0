// Kernels in the spirv dialect.

#include "dialects/exec/IR/Exec.h"
#include "mlir/Conversion/ArithToSPIRV/ArithToSPIRV.h"
#include "mlir/Conversion/MathToSPIRV/MathToSPIRV.h"
#include "mlir/Conversion/SCFToSPIRV/SCFToSPIRV.h"
#include "mlir/Conversion/VectorToSPIRV/VectorToSPIRV.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"
#include "passes/conversion/ExpandF16.h"
#include "targets/vulkan/Kernel.h"
#include "targets/vulkan/NarrowIndexes.h"
#include "targets/vulkan/Passes.h"
#include "targets/vulkan/SplitOffsets.h"
#include "targets/vulkan/ToSPIRV.h"

namespace lfm2c {
#define GEN_PASS_DEF_VULKANEXECTOSPIRVPASS
#include "targets/vulkan/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

/// All that upstream's patterns may use; what a kernel does need is found when
/// it is done.
static spirv::TargetEnvAttr makeEnvironment(MLIRContext *context) {
  using spirv::Capability;
  auto triple = spirv::VerCapExtAttr::get(
      spirv::Version::V_1_6,
      {Capability::Shader, Capability::Int8, Capability::Int16,
       Capability::Int64, Capability::Float16, Capability::Float64,
       Capability::PhysicalStorageBufferAddresses, Capability::DotProduct,
       Capability::DotProductInput4x8BitPacked},
      ArrayRef<spirv::Extension>(), context);
  return spirv::TargetEnvAttr::get(triple,
                                   spirv::getDefaultResourceLimits(context),
                                   spirv::ClientAPI::Vulkan);
}

static SPIRVConversionOptions makeOptions() {
  SPIRVConversionOptions options;
  options.use64bitIndex = true;
  return options;
}

KernelTypes::KernelTypes(MLIRContext *context)
    : SPIRVTypeConverter(makeEnvironment(context), makeOptions()) {
  addConversion([](exec::PtrType type) -> Type {
    exec::Memory memory = type.getMemory();
    bool isOfWorkgroup =
        memory == exec::Memory::Near || memory == exec::Memory::Local;
    return IntegerType::get(type.getContext(), isOfWorkgroup ? 32 : 64);
  });
  addConversion([](Float16Type type) -> Type {
    return IntegerType::get(type.getContext(), 16);
  });
  addConversion([this](VectorType type) -> std::optional<Type> {
    if (type.getRank() != 1 || type.isScalable())
      return Type();
    Type element = convertType(type.getElementType());
    const int64_t count = type.getNumElements();
    if (!element || count == 1)
      return element;
    if (count > 4)
      return spirv::PointerType::get(
          spirv::ArrayType::get(element, static_cast<unsigned>(count)),
          spirv::StorageClass::Function);
    return VectorType::get(count, element);
  });
}

namespace {

/// Signed bytes stand in front of unsigned ones.
struct PackedDot4Pattern : OpConversionPattern<exec::PackedDot4Op> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(exec::PackedDot4Op op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Location loc = op.getLoc();
    auto format = spirv::PackedVectorFormatAttr::get(
        getContext(), spirv::PackedVectorFormat::PackedVectorFormat4x8Bit);
    Value dot =
        op.getSignedW()
            ? Value(spirv::SDotOp::create(b, loc, b.getI32Type(), in.getW(),
                                          in.getX(), format))
            : Value(spirv::SUDotOp::create(b, loc, b.getI32Type(), in.getX(),
                                           in.getW(), format));
    b.replaceOpWithNewOp<spirv::IAddOp>(op, in.getAcc(), dot);
    return success();
  }
};

/// Needs no types of 16 bits, unlike a conversion of f16.
struct UnpackF16Pattern : OpConversionPattern<arith::ExtFOp> {
  UnpackF16Pattern(const TypeConverter &types, MLIRContext *context)
      : OpConversionPattern(types, context, /*benefit=*/2) {}
  LogicalResult matchAndRewrite(arith::ExtFOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    if (!op.getIn().getType().isF16() || !op.getType().isF32())
      return failure();
    Location loc = op.getLoc();
    Value bits = spirv::UConvertOp::create(b, loc, b.getI32Type(), in.getIn());
    Value both = spirv::GLUnpackHalf2x16Op::create(
        b, loc, VectorType::get(2, b.getF32Type()), bits);
    b.replaceOpWithNewOp<spirv::CompositeExtractOp>(op, both,
                                                    ArrayRef<int32_t>{0});
    return success();
  }
};

/// A constant f16 is its bits.
struct ConstantF16Pattern : OpConversionPattern<arith::ConstantOp> {
  ConstantF16Pattern(const TypeConverter &types, MLIRContext *context)
      : OpConversionPattern(types, context, /*benefit=*/2) {}
  LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter &b) const override {
    if (!op.getType().isF16())
      return failure();
    APInt bits = cast<FloatAttr>(op.getValue()).getValue().bitcastToAPInt();
    Type i16 = b.getIntegerType(16);
    b.replaceOpWithNewOp<spirv::ConstantOp>(op, i16,
                                            b.getIntegerAttr(i16, bits));
    return success();
  }
};

/// A product and a sum: devices differ in whether they fuse the two.
struct SplitFma : OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::FmaOp op,
                                PatternRewriter &b) const override {
    Value product = arith::MulFOp::create(b, op.getLoc(), op.getA(), op.getB());
    b.replaceOpWithNewOp<arith::AddFOp>(op, product, op.getC());
    return success();
  }
};

/// Every thread has n / threads items, and the first ones have one more of the
/// rest. All in 32 bits: there a product n * thread would not fit.
struct DivideShare : OpRewritePattern<exec::ShareOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(exec::ShareOp op,
                                PatternRewriter &b) const override {
    Location loc = op.getLoc();
    Type i32 = b.getI32Type();
    auto narrow = [&](Value v) -> Value {
      return arith::IndexCastOp::create(b, loc, i32, v);
    };
    auto wide = [&](Value v) -> Value {
      v = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), v);
      return maskIndex(b, v, op.getMost());
    };
    Value thread = op.getThread();
    Value n = narrow(op.getN());
    Value threads = narrow(exec::ThreadsOp::create(b, loc));
    Value least = arith::DivUIOp::create(b, loc, n, threads);
    Value rest = arith::SubIOp::create(
        b, loc, n, arith::MulIOp::create(b, loc, least, threads));
    Value before = arith::MinUIOp::create(b, loc, thread, rest);
    Value lo = arith::AddIOp::create(
        b, loc, arith::MulIOp::create(b, loc, least, thread), before);
    Value more = arith::ExtUIOp::create(
        b, loc, i32,
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, thread, rest));
    Value hi = arith::AddIOp::create(
        b, loc, lo, arith::AddIOp::create(b, loc, least, more));
    b.replaceOp(op, {wide(lo), wide(hi)});
    return success();
  }
};

/// Out of a number that was extended from 32 bits come the same 32 bits.
template <typename Convert> struct ConvertBack : OpRewritePattern<Convert> {
  using OpRewritePattern<Convert>::OpRewritePattern;
  LogicalResult matchAndRewrite(Convert op, PatternRewriter &b) const override {
    Operation *first = op.getOperand().getDefiningOp();
    if (!isa_and_present<spirv::UConvertOp, spirv::SConvertOp>(first) ||
        first->getOperand(0).getType() != op.getType() ||
        !op.getOperand().getType().isInteger(64))
      return failure();
    b.replaceOp(op, first->getOperand(0));
    return success();
  }
};

/// Fails at an op that the passes before should have lowered, and says which.
LogicalResult checkOps(func::FuncOp kernel) {
  WalkResult checked = kernel.walk([&](Operation *op) -> WalkResult {
    if (!isa_and_present<exec::ExecDialect>(op->getDialect()))
      return WalkResult::advance();
    if (!isa<exec::FieldOp, exec::GivenOp, exec::LocalOp, exec::LoadOp,
             exec::StoreOp, exec::PrefetchOp, exec::InvocationOp, exec::JoinOp,
             exec::ShareOp, exec::ThreadsOp, exec::PackedDot4Op>(op))
      return op->emitOpError(
          "has no lowering to SPIR-V: expected are the ops of one invocation, "
          "with addresses that are planned");
    auto field = dyn_cast<exec::FieldOp>(op);
    if (field && field.getName() == "near" && !kernel->hasAttr(exec::nearAttr))
      return op->emitOpError("needs '")
             << exec::nearAttr
             << "' on its kernel, the bytes of near memory that a thread has";
    return checkAccess(op);
  });
  return failure(checked.wasInterrupted());
}

struct ExecToSPIRV final : lfm2c::impl::VulkanExecToSPIRVPassBase<ExecToSPIRV> {
  using VulkanExecToSPIRVPassBase::VulkanExecToSPIRVPassBase;

  void runOnOperation() override {
    SmallVector<func::FuncOp> kernels;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(exec::kernelAttr))
        kernels.push_back(function);
    for (func::FuncOp kernel : kernels)
      if (failed(lower(kernel)))
        return signalPassFailure();
    // Lists of dispatches and what was planned are in the program table by now.
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(*getOperation().getBody())))
      if (isa<func::FuncOp, exec::WeightOp, exec::BufferOp>(op))
        op.erase();
  }

private:
  LogicalResult lower(func::FuncOp kernel) {
    if (failed(checkKernel(kernel)) || failed(checkOps(kernel)))
      return failure();
    RewritePatternSet before(&getContext());
    before.add<SplitFma, DivideShare>(&getContext());
    // SPIR-V says nothing of how it rounds to f16.
    populateTruncateF16Patterns(before, /*keep=*/0);
    if (!exec::TargetFacts::get(getOperation()).f16c)
      populateExtendF16Patterns(before, /*keep=*/0, /*integers=*/true);
    if (failed(applyPatternsGreedily(kernel, std::move(before))))
      return failure();
    OpPassManager narrow(func::FuncOp::getOperationName());
    addNarrowingPasses(narrow);
    if (failed(splitOffsets(kernel)))
      return failure();
    maskIndexes(kernel);
    if (failed(narrowLoops(kernel)) || failed(runPipeline(narrow, kernel)))
      return failure();
    unmaskIndexes(kernel);
    spirv::ModuleOp module = makeSpirvModule(kernel);
    if (failed(convert(module)))
      return failure();
    RewritePatternSet after(&getContext());
    after.add<ConvertBack<spirv::UConvertOp>, ConvertBack<spirv::SConvertOp>>(
        &getContext());
    if (failed(applyPatternsGreedily(module, std::move(after))))
      return failure();
    OpPassManager clean(spirv::ModuleOp::getOperationName());
    clean.addPass(createCanonicalizerPass());
    clean.addPass(createCSEPass());
    if (failed(runPipeline(clean, module)))
      return failure();
    // Two kernels of the same arithmetic are to give the same bits.
    module.walk([&](Operation *op) {
      if (isa<spirv::FMulOp, spirv::FAddOp, spirv::FSubOp>(op))
        op->setAttr("no_contraction", UnitAttr::get(&getContext()));
    });
    addEntryPoint(module);
    setRequirements(module);
    return success();
  }

  /// Upstream's conversion keeps the results of a loop in variables that its
  /// body sets: of one that is run no time they would be anything. They stand
  /// right before the loop, as its header's arguments behind the counter.
  static void initializeResults(spirv::LoopOp loop) {
    auto enter = cast<spirv::BranchOp>(loop.getEntryBlock()->getTerminator());
    OpBuilder b(loop);
    Operation *at = loop->getPrevNode();
    for (Value first : llvm::reverse(enter.getBlockArguments().drop_front())) {
      auto variable = cast<spirv::VariableOp>(at);
      at = at->getPrevNode();
      spirv::StoreOp::create(b, loop.getLoc(), variable, first);
    }
  }

  LogicalResult convert(spirv::ModuleOp module) {
    KernelTypes types(&getContext());
    RewritePatternSet patterns(&getContext());
    ScfToSPIRVContext loops;
    arith::populateArithToSPIRVPatterns(types, patterns);
    populateMathToSPIRVPatterns(types, patterns);
    populateSCFToSPIRVPatterns(types, loops, patterns);
    populateVectorToSPIRVPatterns(types, patterns);
    populateMemoryToSPIRVPatterns(types, patterns);
    patterns.add<PackedDot4Pattern, UnpackF16Pattern, ConstantF16Pattern>(
        types, &getContext());
    ConversionTarget target(getContext());
    // Of math functions there are those of OpenCL, too.
    target.addDynamicallyLegalDialect<spirv::SPIRVDialect>([](Operation *op) {
      return !op->getName().getStringRef().starts_with("spirv.CL.");
    });
    target.addLegalOp<UnrealizedConversionCastOp>();
    if (failed(applyFullConversion(module, target, std::move(patterns))))
      return failure();
    SmallVector<spirv::LoopOp> all;
    module.walk([&](spirv::LoopOp loop) { all.push_back(loop); });
    llvm::for_each(all, initializeResults);
    SmallVector<UnrealizedConversionCastOp> casts, kept;
    module.walk([&](UnrealizedConversionCastOp op) { casts.push_back(op); });
    reconcileUnrealizedCasts(casts, &kept);
    if (kept.empty())
      return success();
    return kept.front().emitError("expects no value of this type in a kernel: ")
           << kept.front().getResultTypes();
  }
};

} // namespace
