// From the planned program to the LLVM dialect. Only the dot products are a
// target's own.
#include "targets/LLVMEmit.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/conversion/Passes.h"

using namespace lfm2c;

void LLVMTarget::buildCodegenPipeline(mlir::OpPassManager &pm,
                                      const TargetVariant &variant) const {
  pm.addPass(mlir::createCSEPass());
  pm.addPass(mlir::createLoopInvariantCodeMotionPass());
  addTilePasses(pm, variant);
  pm.addPass(createExpandTileDot4Pass());
  addDotPasses(pm, variant);
  if (!variant.facts.f16c)
    pm.addPass(createExpandF16Pass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(mlir::createSCFToControlFlowPass());
  pm.addPass(mlir::createConvertVectorToLLVMPass());
  pm.addPass(mlir::createConvertMathToLLVMPass());
  pm.addPass(mlir::createArithToLLVMConversionPass());
  pm.addPass(createExecToLLVMPass({/*volatileOrder=*/gathersLoads()}));
  pm.addPass(mlir::createReconcileUnrealizedCastsPass());
  pm.addPass(mlir::createCanonicalizerPass());
}
