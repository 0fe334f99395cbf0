#include "lib/Compiler/Settings.h"

#include "lib/Pipeline/Pipeline.h"
#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"
#include <algorithm>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

/// Fails where an option is for a phase that the module has been through.
static Error checkPhase(const CompileOptions &options, Phase passed) {
  const struct {
    bool isGiven;
    Phase phase;
    const char *option;
  } uses[] = {
      {options.quantize != "keep", Phase::Quantize, "--quantize"},
      {options.chunkTokens != 0, Phase::Tile, "--chunk"},
      {options.activations != Activations::Per32, Phase::Tile, "--activations"},
  };
  const StringRef done = getPhaseInfo(passed).name;
  for (const auto &use : uses)
    if (use.isGiven && use.phase <= passed)
      return makeError("the module in {0} has been through phase '{1}', "
                       "so {2} comes too late; give a module of an "
                       "earlier phase, or the checkpoint",
                       options.model, done, use.option);
  if (options.stopAfter && *options.stopAfter < passed)
    return makeError("the module in {0} has been through phase '{1}', "
                     "which is behind '{2}'; name a later one with "
                     "--stop-after",
                     options.model, done,
                     getPhaseInfo(*options.stopAfter).name);
  return Error::success();
}

/// Most tokens of a step of a model that takes whole texts, unless asked for
/// others: more gain nothing.
constexpr int64_t defaultTokensOfTexts = 512;

llvm::Expected<Settings> lfm2c::settle(const CompileOptions &options,
                                       const LoadedModel &model,
                                       CompileObserver &observer) {
  const ModelConfig &config = model.checkpoint->config;
  if (options.context > config.contextLength)
    observer.warning(
        llvm::formatv("--context={0} is more than the {1} tokens that "
                      "the model was made for",
                      options.context, config.contextLength)
            .str());
  if (Error error = checkPhase(options, model.done))
    return asUsage(std::move(error));
  Settings settings;
  settings.quantize = options.quantize;
  settings.activations = options.activations;
  settings.contextMax =
      options.context ? options.context : config.contextLength;
  settings.chunkTokens = options.chunkTokens
                             ? options.chunkTokens
                             : PipelineOptions::usualChunkTokens;
  settings.takesTexts = !config.causal;
  if (settings.takesTexts) {
    if (!options.chunkTokens)
      settings.chunkTokens =
          std::min(settings.contextMax, defaultTokensOfTexts);
    settings.contextMax = settings.chunkTokens; // A text is in one step.
  }
  return settings;
}
