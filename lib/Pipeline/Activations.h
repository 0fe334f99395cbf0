// How contractions see their input, where that is a choice: the words of
// --activations.
#ifndef LFM2C_LIB_PIPELINE_ACTIVATIONS_H
#define LFM2C_LIB_PIPELINE_ACTIVATIONS_H

namespace lfm2c {

enum class Activations { Per32, PerToken, BF16 };

struct ActivationsInfo {
  const char *word;
  Activations value;
  const char *description;
};

/// In the order of the enum.
constexpr ActivationsInfo activationsInfos[] = {
    {"per-32", Activations::Per32,
     "int8 with one scale for 32 columns, as llama.cpp has it; for BF16 "
     "weights f32, or two bf16 a value (default)"},
    {"per-token", Activations::PerToken,
     "int8 with one scale for all columns: faster prompts, less faithful"},
    {"bf16", Activations::BF16,
     "for BF16 weights one bf16 a value, as llama.cpp has it, where the CPU "
     "multiplies such pairs: faster prompts, less faithful"},
};
constexpr const ActivationsInfo &getInfo(Activations activations) {
  return activationsInfos[static_cast<int>(activations)];
}

} // namespace lfm2c

#endif // LFM2C_LIB_PIPELINE_ACTIVATIONS_H
