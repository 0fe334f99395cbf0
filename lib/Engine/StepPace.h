// How many tokens of prompts are read in a step in which answers go on.
//
// Whoever reads an answer sees a step with a prompt in it as a pause. Half as
// much again as a step of answers alone takes is hardly seen, and a prompt is
// read at most of the speed that it has alone.

#ifndef LFM2C_LIB_ENGINE_STEPPACE_H
#define LFM2C_LIB_ENGINE_STEPPACE_H

#include <algorithm>
#include <cstdint>

namespace lfm2e {

class StepPace {
public:
  /// Tokens of prompts beside so many answers, of which a step has `chunk` at
  /// most.
  uint32_t promptTokens(uint32_t answers, uint32_t chunk) const {
    if (answers == 0)
      return chunk;
    if (answerSeconds == 0 || tokenSeconds == 0)
      return std::min(chunk, least);
    double tokens = pause * answerSeconds / tokenSeconds;
    return std::clamp(uint32_t(std::min(tokens, 1e6)), least,
                      std::max(chunk, least));
  }

  /// What a step took.
  void measured(uint32_t answers, uint32_t promptTokens, double seconds) {
    if (promptTokens == 0)
      follow(answerSeconds, seconds);
    else if (promptTokens >= least)
      follow(tokenSeconds,
             std::max(seconds - (answers ? answerSeconds : 0), 0.0) /
                 promptTokens);
  }

private:
  static constexpr uint32_t least = 16;
  static constexpr double pause = 1.5;

  static void follow(double &value, double found) {
    value = value == 0 ? found : value + (found - value) / 8;
  }

  double answerSeconds = 0; ///< Of a step of answers alone.
  double tokenSeconds = 0;  ///< Of a token of a prompt.
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_STEPPACE_H
