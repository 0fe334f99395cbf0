// What the stages between import and machine code do to a module.
#ifndef LFM2C_LIB_PIPELINE_PIPELINE_H
#define LFM2C_LIB_PIPELINE_PIPELINE_H

#include "lib/Pipeline/Activations.h"
#include "lib/Pipeline/Stages.h"
#include "targets/Target.h"

namespace lfm2c {

struct PipelineOptions {
  /// Tokens of one prefill step, where nobody says otherwise.
  static constexpr int64_t usualChunkTokens = 128;

  PipelineOptions(const Target &target, const TargetVariant &variant)
      : target(target), variant(variant) {}

  /// What code is made for; neither is copied. There are no stages without.
  const Target &target;
  const TargetVariant &variant;
  CodeUse use = CodeUse::Program;
  /// A preset of formats to choose, the name of a recipe, or "keep" for the
  /// formats of the checkpoint.
  std::string quantize = "keep";
  /// The text of a recipe that is no preset.
  std::string quantizeRules = {};
  /// What caches hold, one of lfm2::getCacheWords(); empty: as they are.
  std::string kv;
  /// The model is not causal: its step takes whole texts, of `chunkTokens`
  /// together at most.
  bool takesTexts = false;
  /// Tokens of one prefill step.
  int64_t chunkTokens = usualChunkTokens;
  /// Steps keep what products read; see exec-keep-inputs.
  bool keepInputs = false;
  Activations activations = Activations::Per32;
  /// Prints and parses the module after every stage and compares.
  bool verifyRoundTrip = false;
};

/// Adds the passes of `stage`, which is one of Quantize ... Codegen, to `pm`.
void buildStage(mlir::OpPassManager &pm, Stage stage,
                const PipelineOptions &options);

/// Runs `stage` on `module` and verifies it. The error holds the first
/// diagnostic of a failing pass with its location and notes.
llvm::Error runStage(mlir::ModuleOp module, Stage stage,
                     const PipelineOptions &options);

/// Fails unless `module` prints to text that parses to what prints the same.
llvm::Error checkRoundTrip(mlir::ModuleOp module);

} // namespace lfm2c

#endif // LFM2C_LIB_PIPELINE_PIPELINE_H
