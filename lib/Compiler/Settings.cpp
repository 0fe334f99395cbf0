#include "lib/Compiler/Settings.h"

#include "lib/Pipeline/Pipeline.h"
#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

/// The value of an option as a user writes it; empty where there is none.
static std::string asWord(const std::optional<std::string> &word) {
  return word.value_or("");
}
static std::string asWord(std::optional<int64_t> number) {
  return number ? std::to_string(*number) : "";
}
static std::string asWord(std::optional<Activations> activations) {
  return activations ? getInfo(*activations).word : "";
}

/// Fails where an option is for a stage that the module has been through with
/// another value.
static Error checkStage(const CompileOptions &options,
                        const LoadedModel &model) {
  if (!options.lora.empty() && options.lora != model.adapters)
    return makeError("the module in {0} was made {1}, so --lora={2} comes too "
                     "late; give the checkpoint",
                     options.model,
                     model.adapters.empty()
                         ? "without an adapter"
                         : "with --lora=" +
                               llvm::join(model.adapters, " --lora="),
                     llvm::join(options.lora, " --lora="));
  const ProgramOptions &given = options.program, &recorded = model.recorded;
  const struct {
    const char *option;
    Stage stage; ///< the first that uses it
    std::string given, recorded;
  } uses[] = {
      {"--quantize", Stage::Quantize, asWord(given.quantize),
       asWord(recorded.quantize)},
      {"--kv", Stage::Quantize, asWord(given.kv), asWord(recorded.kv)},
      {"--chunk", Stage::Tile, asWord(given.chunkTokens),
       asWord(recorded.chunkTokens)},
      {"--activations", Stage::Tile, asWord(given.activations),
       asWord(recorded.activations)},
  };
  const StringRef done = getStageInfo(model.done).name;
  for (const auto &use : uses)
    if (!use.given.empty() && use.stage <= model.done &&
        use.given != use.recorded)
      return makeError(
          "the module in {0} has been through stage '{1}'{2}, "
          "so {3}={4} comes too late; give a module of an "
          "earlier stage, or the checkpoint",
          options.model, done,
          use.recorded.empty()
              ? ""
              : llvm::formatv(" with {0}={1}", use.option, use.recorded).str(),
          use.option, use.given);
  if (options.stopAfter && *options.stopAfter < model.done)
    return makeError("the module in {0} has been through stage '{1}', "
                     "which is behind '{2}'; name a later one with "
                     "--stop-after",
                     options.model, done,
                     getStageInfo(*options.stopAfter).name);
  return Error::success();
}

/// Most tokens of a step of a model that takes whole texts, unless asked for
/// others: more gain nothing.
constexpr int64_t defaultTokensOfTexts = 512;

/// The tokens of a step of such a model, in which a text has to be whole.
/// `isTiled`: these are what they are.
static llvm::Expected<int64_t> settleTexts(const ProgramOptions &asked,
                                           const ModelConfig &config,
                                           bool isTiled) {
  if (!asked.context)
    return asked.chunkTokens.value_or(
        std::min(config.contextLength, defaultTokensOfTexts));
  const int64_t context = *asked.context,
                most = asked.chunkTokens.value_or(maxChunkTokens);
  if (context <= most)
    return asked.chunkTokens.value_or(context);
  if (!asked.chunkTokens || context > maxChunkTokens || isTiled)
    return makeError("a bidirectional model reads a text as a whole, in one "
                     "step of at most {0} tokens, so --context={1} is too "
                     "many; give --context={0} or less",
                     most, context);
  return makeError("a bidirectional model reads a text as a whole, in one step "
                   "of at most {0} tokens (--chunk={0}), so --context={1} is "
                   "too many; give --chunk={1}, or --context={0} or less",
                   most, context);
}

llvm::Expected<Settings> lfm2c::settle(const CompileOptions &options,
                                       const LoadedModel &model,
                                       CompileObserver &observer) {
  const ModelConfig &config = model.checkpoint->config;
  const ProgramOptions asked = complete(options.program, model.recorded);
  if (Error error = checkStage(options, model))
    return asUsage(std::move(error));
  Settings settings;
  settings.options = asked;
  settings.quantize = asked.quantize.value_or("keep");
  if (settings.quantize != "keep" && model.done < Stage::Quantize) {
    auto recipe = findRecipe(settings.quantize);
    if (!recipe)
      return recipe.takeError();
    settings.recipe = std::move(*recipe);
  }
  settings.activations = asked.activations.value_or(Activations::Per32);
  settings.contextMax = asked.context.value_or(config.contextLength);
  settings.chunkTokens =
      asked.chunkTokens.value_or(PipelineOptions::usualChunkTokens);
  settings.takesTexts = !config.causal;
  settings.kv = asked.kv.value_or("");
  if (asked.kv && !config.causal)
    return asUsage(
        makeError("--kv={0} says what the cache of a conversation holds, and a "
                  "bidirectional model has none; leave the option out",
                  *asked.kv));
  if (settings.takesTexts) {
    auto tokens = settleTexts(asked, config, model.done >= Stage::Tile);
    if (!tokens)
      return asUsage(tokens.takeError());
    settings.contextMax = settings.chunkTokens = *tokens;
  }
  if (asked.context > config.contextLength)
    observer.warning(
        llvm::formatv("--context={0} is more than the {1} tokens that "
                      "the model was made for",
                      *asked.context, config.contextLength)
            .str());
  return settings;
}

ProgramOptions lfm2c::rememberedAfter(Stage last, const Settings &settings) {
  ProgramOptions options = settings.options;
  if (last >= Stage::Quantize)
    options.quantize = settings.quantize;
  if (last >= Stage::Tile) {
    options.activations = settings.activations;
    options.chunkTokens = settings.chunkTokens;
  }
  return options;
}
