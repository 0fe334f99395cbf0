// tile_dot4 in the outer products of SME.
#ifndef LFM2C_TARGETS_AARCH64_LOWERTILEDOT4_H
#define LFM2C_TARGETS_AARCH64_LOWERTILEDOT4_H

#include <memory>

namespace mlir {
class Pass;
} // namespace mlir

namespace lfm2c {

/// Makes functions in streaming mode of the `exec.tile_section`s whose
/// `exec.tile_dot4`s fit SME with vectors of 512 bits, and lowers these. Other
/// sections become part of the code around them.
std::unique_ptr<mlir::Pass> createAArch64LowerTileDot4Pass();

/// Registers it as `aarch64-lower-tile-dot4`.
void registerAArch64LowerTileDot4Pass();

} // namespace lfm2c

#endif // LFM2C_TARGETS_AARCH64_LOWERTILEDOT4_H
