// A compiled model in words: the JSON of --info and of --report.
#ifndef LFM2C_LIB_COMPILER_DESCRIPTION_H
#define LFM2C_LIB_COMPILER_DESCRIPTION_H

#include "lib/Compiler/ModuleFacts.h"
#include "lib/Pipeline/Activations.h"
#include "targets/Target.h"
#include "llvm/Support/JSON.h"

namespace lfm2c {
struct ChatForm;
struct Checkpoint;

/// What is known when the weights have been packed.
struct ModelDescription {
  const Checkpoint *checkpoint = nullptr; ///< not owned
  const ChatForm *chat = nullptr;         ///< not owned
  std::string target;
  llvm::ArrayRef<TargetVariant> variants;
  ProgramDescription program;
  WeightSummary weights;
  uint64_t decodeBytes = 0; ///< of weights that a step of one token reads
  uint64_t weightsHash = 0;
  std::string quantize;
  Activations activations = Activations::Per32;
};

/// Model, shapes, files, formats, tokenizer, chat form, sampling, target, CPU
/// features, sizes, version, hashes.
llvm::json::Object describeModel(const ModelDescription &model);

/// The text of section LFM2_SECTION_INFO.
std::string formatInfo(const ModelDescription &model);

/// The bytes of section LFM2_SECTION_DEFAULTS.
std::string formatDefaults(const ModelDescription &model, int64_t context);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_DESCRIPTION_H
