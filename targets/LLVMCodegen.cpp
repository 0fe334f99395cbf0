// From the planned program to the LLVM dialect. Only the dot products are a
// target's own.
#include "targets/LLVMEmit.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/conversion/Passes.h"

using namespace lfm2c;

void LLVMTarget::buildCodegenPipeline(mlir::OpPassManager &pm,
                                      const TargetVariant &variant,
                                      CodeUse use) const {
  pm.addPass(mlir::createCSEPass());
  pm.addPass(mlir::createLoopInvariantCodeMotionPass());
  addTilePasses(pm, variant);
  pm.addPass(createExpandTileDot4Pass());
  addStagePasses(pm, variant, use);
  pm.addPass(createCopyStagesPass());
  addDotPasses(pm, variant);
  const int64_t floatLanes = variant.facts.floatLanes;
  if (!variant.facts.f16c || floatLanes > 1) {
    ExpandF16PassOptions expand;
    expand.keep = variant.facts.f16c ? floatLanes : 0;
    expand.integers = floatLanes == 1;
    pm.addPass(createExpandF16Pass(expand));
  }
  if (floatLanes > 0) {
    pm.addPass(mlir::createCanonicalizerPass());
    pm.addPass(createFloatsByLanePass());
    pm.addPass(mlir::createCanonicalizerPass());
  }
  pm.addPass(mlir::createCSEPass());
  pm.addPass(mlir::createSCFToControlFlowPass());
  pm.addPass(mlir::createConvertVectorToLLVMPass());
  pm.addPass(mlir::createConvertMathToLLVMPass());
  mlir::ArithToLLVMConversionPassOptions arith;
  arith.indexBitwidth = variant.facts.addressBits;
  pm.addPass(mlir::createArithToLLVMConversionPass(arith));
  pm.addPass(createExecToLLVMPass({/*volatileOrder=*/gathersLoads()}));
  pm.addPass(mlir::createReconcileUnrealizedCastsPass());
  pm.addPass(mlir::createCanonicalizerPass());
}
