// From the planned program to the LLVM dialect, with x86-64's own `dot4`.
#include "targets/x86/LowerDot2.h"
#include "targets/x86/LowerDot4.h"
#include "targets/x86/LowerTileDot4.h"
#include "targets/x86/X86Target.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/conversion/Passes.h"

using namespace lfm2c;

void X86Target::buildCodegenPipeline(mlir::OpPassManager &pm,
                                     const TargetVariant &variant) const {
  pm.addPass(mlir::createCSEPass());
  pm.addPass(mlir::createLoopInvariantCodeMotionPass());
  if (variant.facts.dotTileTokens > 0)
    pm.addPass(createLowerTileDot4Pass());
  pm.addPass(createExpandTileDot4Pass());
  pm.addPass(createLowerDot4Pass(variant.facts.dot));
  pm.addPass(createLowerDot2Pass(variant.facts.bf16dot));
  if (!variant.facts.f16c)
    pm.addPass(createExpandF16Pass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(mlir::createSCFToControlFlowPass());
  pm.addPass(mlir::createConvertVectorToLLVMPass());
  pm.addPass(mlir::createConvertMathToLLVMPass());
  pm.addPass(mlir::createArithToLLVMConversionPass());
  pm.addPass(createExecToLLVMPass());
  pm.addPass(mlir::createReconcileUnrealizedCastsPass());
  pm.addPass(mlir::createCanonicalizerPass());
}
