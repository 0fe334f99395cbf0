#include "lib/Compiler/OptionWords.h"

#include "dialects/lfm2/IR/Caches.h"
#include "lib/Model/ModelConfig.h"
#include "lib/Model/PreTokenizers.h"
#include "lib/Quantize/Recipe.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

/// The value of the word of `name` among `infos`; `value` stays when the option
/// is not given.
template <typename Infos, typename T>
static Error readWord(const OptionWords &words, StringRef name,
                      const Infos &infos, T &value) {
  if (!words.isGiven(name))
    return Error::success();
  std::vector<StringRef> names;
  for (const auto &info : infos) {
    if (words.get(name) == info.word) {
      value = info.value;
      return Error::success();
    }
    names.push_back(info.word);
  }
  return makeError("unknown --{0}={1}; expected one of {2}", name,
                   words.get(name), llvm::join(names, ", "));
}

/// The number from 1 to `most` that the option holds; `value` stays when it is
/// not given.
static Error readNumber(const OptionWords &words, StringRef name, int64_t most,
                        std::optional<int64_t> &value) {
  if (!words.isGiven(name))
    return Error::success();
  int64_t number = 0;
  if (words.get(name).getAsInteger(10, number) || number < 1 || number > most)
    return makeError("expected --{0} from 1 to {1}, found {2}", name, most,
                     quoted(words.get(name)));
  value = number;
  return Error::success();
}

/// What was given of the options that modules remember.
static Error readProgramOptions(const OptionWords &words,
                                ProgramOptions &options) {
  if (words.isGiven("quantize")) {
    options.quantize = words.get("quantize").str();
    if (Error error = checkRecipeWord(*options.quantize))
      return error;
  }
  if (words.isGiven("kv")) {
    options.kv = words.get("kv").str();
    if (!llvm::is_contained(lfm2::getCacheWords(), *options.kv))
      return makeError("unknown --kv={0}; expected one of {1}", *options.kv,
                       llvm::join(lfm2::getCacheWords(), ", "));
  }
  if (Error error =
          readWord(words, "activations", activationsInfos, options.activations))
    return error;
  if (Error error = readNumber(words, "context", maxContext, options.context))
    return error;
  if (Error error =
          readNumber(words, "chunk", maxChunkTokens, options.chunkTokens))
    return error;
  if (words.get("pre").empty())
    return Error::success();
  options.pre = words.get("pre").str();
  TokenizerSpec tokenizer;
  return usePreTokenizer(*options.pre, "--pre", tokenizer);
}

/// A checkpoint has no code, so nothing that says how code is made is for it.
static Error refuseForCheckpoint(const OptionWords &words) {
  for (StringRef name : {"target", "cpu", "activations", "schema", "grammar",
                         "context", "chunk", "weights", "stop-after", "tuning"})
    if (words.isGiven(name))
      return makeError("--emit=gguf writes a checkpoint, and --{0} is for code "
                       "and programs; leave it out",
                       name);
  return Error::success();
}

/// What weights matter by; only where there is something to be quantised or
/// saved.
static Error readImportanceOptions(const OptionWords &words,
                                   CompileOptions &options) {
  options.calibratePath = words.get("calibrate").str();
  options.importancePath = words.get("importance").str();
  options.saveImportance = words.get("save-importance").str();
  if (options.quantizeEffort == Effort::Feedback) {
    if (options.calibratePath.empty() && options.importancePath.empty())
      return makeError("--quantize-effort=feedback needs products of what "
                       "weights are multiplied by; give --calibrate=FILE with "
                       "a text, or --importance=FILE that was saved with it");
    options.importanceRun = feedbackRun;
  }
  if (!options.calibratePath.empty() && !options.importancePath.empty())
    return makeError("--calibrate={0} and --importance={1} were given, but one "
                     "of them is used; leave the other one out",
                     options.calibratePath, options.importancePath);
  if (options.calibratePath.empty() && !options.saveImportance.empty())
    return makeError("--save-importance={0} writes what --calibrate gathers, "
                     "which was not given; give a text by --calibrate=TEXT",
                     options.saveImportance);
  return Error::success();
}

static Error readStages(const OptionWords &words, CompileOptions &options) {
  for (const std::string &name : words.all("dump-after")) {
    auto stage = parseStage(name);
    if (!stage)
      return stage.takeError();
    if (*stage >= Stage::Object)
      return makeError("--dump-after={0} has no module to print; the last that "
                       "has one is {1}",
                       name, getStageInfo(Stage::Codegen).name);
    options.dumpAfter.push_back(*stage);
  }
  if (!words.isGiven("stop-after"))
    return Error::success();
  auto stage = parseStage(words.get("stop-after"));
  if (!stage)
    return stage.takeError();
  options.stopAfter = *stage;
  return Error::success();
}

/// Where the compiler stops decides what there is to write.
static Error settleEmit(bool isGiven, CompileOptions &options) {
  if (options.stopAfter == Stage::Object && isGiven &&
      options.emit != Emit::Object)
    return makeError(
        "--stop-after=object leaves an object, so --emit can only be obj");
  const bool stopsEarly =
      options.stopAfter && *options.stopAfter < Stage::Object;
  if (stopsEarly && isGiven && options.emit != Emit::MLIR)
    return makeError(
        "--stop-after={0} leaves a module, so --emit can only be mlir",
        getStageInfo(*options.stopAfter).name);
  if (options.stopAfter && !stopsEarly && options.emit == Emit::MLIR)
    return makeError(
        "--stop-after={0} leaves no module, so --emit cannot be mlir",
        getStageInfo(*options.stopAfter).name);
  if (stopsEarly)
    options.emit = Emit::MLIR;
  else if (options.emit == Emit::MLIR)
    options.stopAfter = Stage::Import;
  else if (options.stopAfter == Stage::Object)
    options.emit = Emit::Object;
  return Error::success();
}

/// Fails where there is nothing that an option could be for.
static Error checkOutput(const OptionWords &words,
                         const CompileOptions &options) {
  const char *emit = getEmitInfo(options.emit).word;
  if (options.weights != WeightsPlace::Default && options.emitsText())
    return makeError("--weights={0} says where weights go, and --emit={1} "
                     "writes none",
                     words.get("weights"), emit);
  if (options.weights == WeightsPlace::Join && options.emit == Emit::Object)
    return makeError("--weights=join needs a program to join them to, and "
                     "--emit=obj leaves a part of one; give --weights=file");
  if (!options.reportPath.empty() && options.emitsText())
    return makeError("--report tells of a whole program, and --emit={0} leaves "
                     "none",
                     emit);
  if (!options.depfilePath.empty() && options.emitsText())
    return makeError("--depfile says what a file was made of, and --emit={0} "
                     "leaves text; leave it out",
                     emit);
  return Error::success();
}

llvm::Expected<CompileOptions> lfm2c::readOptions(const OptionWords &words) {
  CompileOptions options;
  options.target = words.get("target").str();
  options.cpu = words.get("cpu").str();
  if (Error error = readWord(words, "emit", getEmits(), options.emit))
    return std::move(error);
  if (options.emitsCheckpoint())
    if (Error error = refuseForCheckpoint(words))
      return std::move(error);
  if (Error error =
          readWord(words, "weights", getWeightsPlaces(), options.weights))
    return std::move(error);
  if (Error error = readWord(words, "quantize-effort", effortInfos,
                             options.quantizeEffort))
    return std::move(error);
  if (Error error = readProgramOptions(words, options.program))
    return std::move(error);
  options.reportPath = words.get("report").str();
  options.depfilePath = words.get("depfile").str();
  options.tuningPath = words.get("tuning").str();
  options.lora = words.all("lora").vec();
  if (Error error = readImportanceOptions(words, options))
    return std::move(error);
  options.chatTemplate = words.get("chat-template").str();
  options.schemaPath = words.get("schema").str();
  options.grammarPath = words.get("grammar").str();
  if (!options.schemaPath.empty() && !options.grammarPath.empty())
    return makeError("--schema={0} and --grammar={1} were given, but answers "
                     "have one form; leave one of them out",
                     options.schemaPath, options.grammarPath);
  options.verifyRoundTrip = words.isGiven("verify-roundtrip");
  options.allowNonFinite = words.isGiven("allow-nonfinite");
  if (Error error = readStages(words, options))
    return std::move(error);
  if (Error error = settleEmit(words.isGiven("emit"), options))
    return std::move(error);
  if (Error error = checkOutput(words, options))
    return std::move(error);
  return options;
}
