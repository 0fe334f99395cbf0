// tile_dot4 in the tile registers of AMX.
#ifndef LFM2C_TARGETS_X86_LOWERTILEDOT4_H
#define LFM2C_TARGETS_X86_LOWERTILEDOT4_H

#include <memory>

namespace mlir {
class Pass;
} // namespace mlir

namespace lfm2c {

/// Lowers `exec.tile_dot4` to AMX-INT8 where its sizes fit tile registers, and
/// leaves the others.
std::unique_ptr<mlir::Pass> createLowerTileDot4Pass();

/// Registers it as `x86-lower-tile-dot4`.
void registerLowerTileDot4Pass();

} // namespace lfm2c

#endif // LFM2C_TARGETS_X86_LOWERTILEDOT4_H
