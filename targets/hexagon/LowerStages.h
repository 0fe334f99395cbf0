// exec.stage_start and exec.stage_wait to the DMA engine of Hexagon, which each
// thread has one of.
#ifndef LFM2C_TARGETS_HEXAGON_LOWERSTAGES_H
#define LFM2C_TARGETS_HEXAGON_LOWERSTAGES_H

#include <memory>

namespace mlir {
class Pass;
} // namespace mlir

namespace lfm2c {

std::unique_ptr<mlir::Pass> createHexagonLowerStagesPass();
void registerHexagonLowerStagesPass();

} // namespace lfm2c

#endif // LFM2C_TARGETS_HEXAGON_LOWERSTAGES_H
