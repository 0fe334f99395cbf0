// How contractions see their input, where that is a choice: the words of
// --activations.
#ifndef LFM2C_LIB_PIPELINE_ACTIVATIONS_H
#define LFM2C_LIB_PIPELINE_ACTIVATIONS_H

namespace lfm2c {

enum class Activations { Per32, PerToken, Exact };

struct ActivationsInfo {
  const char *word;
  Activations value;
  const char *description;
};

/// In the order of the enum.
constexpr ActivationsInfo activationsInfos[] = {
    {"per-32", Activations::Per32,
     "int8 with one scale for 32 columns; for BF16 weights one bf16 a value "
     "where the CPU multiplies such pairs: both as llama.cpp has it (default)"},
    {"per-token", Activations::PerToken,
     "int8 with one scale for all columns: faster prompts, less faithful"},
    {"exact", Activations::Exact,
     "as per-32, but for BF16 weights f32, or two bf16 a value: a twentieth of "
     "the error, slower prompts"},
};
constexpr const ActivationsInfo &getInfo(Activations activations) {
  return activationsInfos[static_cast<int>(activations)];
}

} // namespace lfm2c

#endif // LFM2C_LIB_PIPELINE_ACTIVATIONS_H
