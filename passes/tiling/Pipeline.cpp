#include "passes/tiling/Pipeline.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/tiling/Passes.h"

void lfm2c::buildTilePipeline(mlir::OpPassManager &pm,
                              const TileOptions &options) {
  pm.addPass(createSchedulePhasesPass());
  CutPhasesPassOptions cut;
  cut.entries = options.entries;
  pm.addPass(createCutPhasesPass(cut));
  TilePhasesPassOptions tile;
  tile.tokenScales = options.tokenScales;
  tile.roundBF16 = options.roundBF16;
  pm.addPass(createTilePhasesPass(tile));
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
}
