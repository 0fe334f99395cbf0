// Scaled rotary positions: models that were stretched to longer texts turn
// their pairs of channels more slowly.
//
// Whatever a checkpoint calls its way, it comes down to a number for each pair,
// which its frequency is multiplied by, and one for all, the magnitude of cos
// and sin. The ways are those of transformers 5 and of llama.cpp, which agree.

#ifndef LFM2C_LIB_MODEL_ROPESCALING_H
#define LFM2C_LIB_MODEL_ROPESCALING_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace lfm2c {

enum class RopeScalingKind : uint8_t { None, Linear, Yarn, Llama3 };

struct RopeScaling {
  RopeScalingKind kind = RopeScalingKind::None;
  double factor = 1;           // What a frequency is divided by.
  double magnitude = 1;        // What cos and sin are multiplied by.
  int64_t originalContext = 0; // Tokens before the stretch; not of Linear.

  // Yarn: pairs that turn betaFast times or more over the original context keep
  // their frequency, those of betaSlow turns or less have it divided. Between
  // them goes a ramp over the number of the pair.
  double betaFast = 32, betaSlow = 1;
  double extrapolation = 1; // What the upper end of the ramp is, 0 to 1.
  bool truncate = true;     // The ramp begins and ends at whole pairs.

  // Llama3: the same with a ramp over the frequency. Turns over the original
  // context again.
  double lowFrequency = 1, highFrequency = 4;

  /// Frequencies and magnitude are those of no scaling.
  bool isNeutral() const {
    return magnitude == 1 && (kind == RopeScalingKind::None || factor == 1);
  }
};

/// "none", "linear", "yarn" or "llama3".
llvm::StringRef getName(RopeScalingKind kind);

/// The magnitude that belongs to frequencies divided by `factor`: 1 + 0.1 *
/// `weight` * ln(factor), and 1 where the factor is not above 1.
double yarnMagnitude(double factor, double weight = 1);

/// What the frequency `theta^(-2i / headSize)` of each pair i is multiplied by:
/// headSize / 2 numbers. `scaling` is verified.
std::vector<double> ropeScales(const RopeScaling &scaling, int64_t headSize,
                               double theta);

/// Checks that ropeScales() gives finite numbers above 0.
llvm::Error verifyRopeScaling(const RopeScaling &scaling);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_ROPESCALING_H
