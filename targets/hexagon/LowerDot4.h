// dot4 in the instructions of HVX.
#ifndef LFM2C_TARGETS_HEXAGON_LOWERDOT4_H
#define LFM2C_TARGETS_HEXAGON_LOWERDOT4_H

#include <memory>

namespace mlir {
class Pass;
} // namespace mlir

namespace lfm2c {

/// Lowers `exec.dot4` to vrmpy, 32 lanes at a time, and `exec.dot2` to f32
/// arithmetic.
std::unique_ptr<mlir::Pass> createHexagonLowerDot4Pass();

/// Registers it as `hexagon-lower-dot4`.
void registerHexagonLowerDot4Pass();

} // namespace lfm2c

#endif // LFM2C_TARGETS_HEXAGON_LOWERDOT4_H
