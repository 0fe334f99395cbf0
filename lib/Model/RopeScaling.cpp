#include "lib/Model/RopeScaling.h"
#include "lib/Support/Error.h"
#include "llvm/Support/Format.h"
#include <algorithm>
#include <cmath>

using namespace lfm2c;

static constexpr double pi = 3.14159265358979323846;

static auto shown(double value) { return llvm::format("%.9g", value); }

llvm::StringRef lfm2c::getName(RopeScalingKind kind) {
  switch (kind) {
  case RopeScalingKind::None:
    return "none";
  case RopeScalingKind::Linear:
    return "linear";
  case RopeScalingKind::Yarn:
    return "yarn";
  case RopeScalingKind::Llama3:
    return "llama3";
  }
  return "";
}

double lfm2c::yarnMagnitude(double factor, double weight) {
  return factor <= 1 ? 1 : 1 + 0.1 * weight * std::log(factor);
}

namespace {

/// The pairs between which YaRN's ramp falls from the own frequency to the
/// divided one.
struct Ramp {
  double begin, end;

  /// 1 before the ramp, 0 behind it.
  double at(int64_t pair) const {
    return 1 - std::clamp((pair - begin) / (end - begin), 0.0, 1.0);
  }
};

Ramp yarnRamp(const RopeScaling &scaling, int64_t headSize, double theta) {
  // The pair, as a fraction, that turns so often over the original context.
  auto pairOf = [&](double turns) {
    return headSize *
           std::log(double(scaling.originalContext) / (turns * 2 * pi)) /
           (2 * std::log(theta));
  };
  double begin = pairOf(scaling.betaFast), end = pairOf(scaling.betaSlow);
  if (scaling.truncate) {
    begin = std::floor(begin);
    end = std::ceil(end);
  }
  begin = std::max(begin, 0.0);
  end = std::min(end, double(headSize - 1));
  // A step where the ramp has no length.
  return {begin, std::max(end, begin + 0.001)};
}

/// How much of its own frequency the pair keeps, 0 to 1, of which `turns` are
/// over the original context.
double llama3Share(const RopeScaling &scaling, double turns) {
  return std::clamp((turns - scaling.lowFrequency) /
                        (scaling.highFrequency - scaling.lowFrequency),
                    0.0, 1.0);
}

} // namespace

std::vector<double> lfm2c::ropeScales(const RopeScaling &scaling,
                                      int64_t headSize, double theta) {
  std::vector<double> scales(headSize / 2, 1);
  if (scaling.kind == RopeScalingKind::None || scaling.factor == 1)
    return scales;
  Ramp ramp = {};
  if (scaling.kind == RopeScalingKind::Yarn)
    ramp = yarnRamp(scaling, headSize, theta);
  for (int64_t i = 0; i < headSize / 2; ++i) {
    double own = 0; // The share of the own frequency.
    if (scaling.kind == RopeScalingKind::Yarn)
      own = ramp.at(i) * scaling.extrapolation;
    else if (scaling.kind == RopeScalingKind::Llama3)
      own = llama3Share(scaling, scaling.originalContext / (2 * pi) *
                                     std::pow(theta, -2.0 * i / headSize));
    scales[i] = (1 - own) / scaling.factor + own;
  }
  return scales;
}

llvm::Error lfm2c::verifyRopeScaling(const RopeScaling &scaling) {
  if (scaling.kind == RopeScalingKind::None && scaling.isNeutral())
    return llvm::Error::success();
  const struct {
    llvm::StringRef what;
    double value, low, high;
  } numbers[] = {
      {"factor", scaling.factor, 1e-6, 1e6},
      {"magnitude", scaling.magnitude, 1e-6, 1e6},
      {"beta_fast", scaling.betaFast, 1e-6, 1e6},
      {"beta_slow", scaling.betaSlow, 1e-6, 1e6},
      {"extrapolation factor", scaling.extrapolation, 0, 1},
      {"low_freq_factor", scaling.lowFrequency, 1e-6, 1e6},
      {"high_freq_factor", scaling.highFrequency, 1e-6, 1e6},
  };
  for (const auto &number : numbers)
    if (!(number.value >= number.low && number.value <= number.high)) // NaN too
      return makeError("the {0} of the scaled RoPE must lie between {1} and "
                       "{2}, but the checkpoint says {3}",
                       number.what, shown(number.low), shown(number.high),
                       shown(number.value));
  if ((scaling.kind == RopeScalingKind::Yarn ||
       scaling.kind == RopeScalingKind::Llama3) &&
      scaling.originalContext < 1)
    return makeError("the original context of the scaled RoPE must be 1 token "
                     "or more, but the checkpoint says {0}",
                     scaling.originalContext);
  // Else all pairs would turn less than slowly: no ramp has this meaning.
  if (scaling.kind == RopeScalingKind::Yarn &&
      (scaling.betaFast < scaling.betaSlow ||
       double(scaling.originalContext) <= 2 * pi * scaling.betaSlow))
    return makeError("YaRN needs a beta_fast of at least beta_slow, and an "
                     "original context of more than 2 pi * beta_slow tokens, "
                     "but the checkpoint says beta_fast {0}, beta_slow "
                     "{1} and an original context of {2}",
                     shown(scaling.betaFast), shown(scaling.betaSlow),
                     scaling.originalContext);
  if (scaling.kind == RopeScalingKind::Llama3 &&
      scaling.highFrequency <= scaling.lowFrequency)
    return makeError("the high_freq_factor of the scaled RoPE must be above "
                     "low_freq_factor, but the checkpoint says {0} and {1}",
                     shown(scaling.highFrequency), shown(scaling.lowFrequency));
  return llvm::Error::success();
}
