// How hard quantising tries.
#ifndef LFM2C_LIB_QUANTIZE_EFFORT_H
#define LFM2C_LIB_QUANTIZE_EFFORT_H

#include <cstdint>

namespace lfm2c {

enum class Effort { Nearest, Fit, Feedback };

/// Columns whose errors are fed back among each other, where products are
/// gathered: whole blocks of each format.
inline constexpr int64_t feedbackRun = 512;

struct EffortInfo {
  Effort value;
  const char *word, *description;
};

inline constexpr EffortInfo effortInfos[] = {
    {Effort::Nearest, "nearest",
     "q8_0 and q4_0 as the gguf package rounds them; others as fit"},
    {Effort::Fit, "fit",
     "scales by least squares, weighted by importance (default)"},
    {Effort::Feedback, "feedback",
     "and errors of a column are made up for by those that follow; needs "
     "importance with products"},
};

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_EFFORT_H
