#include "tools/lfm2-compile/CommandLine.h"

#include "dialects/lfm2/IR/Caches.h"
#include "lib/Compiler/Version.h"
#include "lib/Model/ModelConfig.h"
#include "lib/Model/PreTokenizers.h"
#include "lib/Quantize/Recipe.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace lfm2c;
namespace cl = llvm::cl;

namespace {
constexpr const char *overview =
    R"(compiles an LFM2 checkpoint into native code

MODEL is a GGUF file, a Hugging Face folder (config.json, *.safetensors,
tokenizer.json), a folder that has one of them below it (the hub's cache, the
output of a training), or an .mlir file that this compiler wrote.

  lfm2-compile LFM2-350M-Q4_0.gguf                    makes ./LFM2-350M-Q4_0
  lfm2-compile LFM2-350M -o chat --cpu=portable       for any x86-64 since 2009
  lfm2-compile m.gguf -o board --target=aarch64-linux for 64-bit ARM
  lfm2-compile m.gguf -o libm.a --emit=static         libm.a, libm.h, libm.weights
  lfm2-compile LFM2-350M --emit=gguf --quantize=q8_0  LFM2-350M.gguf for llama.cpp
)";

/// A word that an option takes.
template <typename T> struct Word {
  const char *word;
  T value;
  const char *description;
};

constexpr Word<WeightsPlace> weightsWords[] = {
    {"join", WeightsPlace::Join, "behind the program (default of exe)"},
    {"file", WeightsPlace::File,
     "into OUT.weights (default of static and shared)"},
};

/// Of an option that is given or not. LLVM's own shows a wrong value as it is.
struct SwitchParser : cl::parser<bool> {
  using cl::parser<bool>::parser;
  bool parse(cl::Option &option, llvm::StringRef, llvm::StringRef word,
             bool &value) {
    if (!word.empty() && word != "true" && word != "false")
      return option.error("expected no value, true or false, found " +
                          quoted(word));
    value = word != "false";
    return false;
  }
};
using Switch = cl::opt<bool, /*ExternalStorage=*/false, SwitchParser>;

/// All options, made when the command line is read.
struct CommandLine {
  cl::OptionCategory category{"lfm2-compile options"};
  cl::opt<std::string> model{cl::Positional, cl::desc("MODEL"),
                             cl::value_desc("MODEL"), cl::cat(category)};
  cl::opt<std::string> output{"o",
                              cl::desc("Output; without it, named after MODEL "
                                       "in this folder (text: stdout)"),
                              cl::value_desc("OUT"), cl::cat(category)};
  cl::opt<std::string> target{
      "target", cl::desc("Device to make code for (default: this machine)"),
      cl::value_desc("T"), cl::cat(category)};
  cl::opt<std::string> cpu{
      "cpu",
      cl::desc("native, portable (several CPUs in one program, chosen at "
               "start), or a "
               "CPU's name with ,+feature and ,-feature behind it (default: "
               "native, or "
               "the target's baseline when compiling for another machine); "
               "none, where a device needs no CPU to fall back on"),
      cl::value_desc("C"), cl::cat(category)};
  cl::opt<std::string> emit{"emit", cl::desc("What to write:"),
                            cl::value_desc("KIND"), cl::cat(category)};
  cl::opt<std::string> quantize{"quantize",
                                cl::desc("Formats of weights: keep (default), "
                                         "a file with a recipe, or"),
                                cl::value_desc("RECIPE"), cl::cat(category)};
  cl::opt<std::string> effort{
      "quantize-effort",
      cl::desc("How hard quantising tries, where weights are packed:"),
      cl::value_desc("EFFORT"), cl::cat(category)};
  cl::opt<std::string> kv{
      "kv",
      cl::desc("What the cache of keys and values holds: f16 (default; of an "
               "F32 checkpoint f32), f32, q8_0, q4_0"),
      cl::value_desc("F"), cl::cat(category)};
  cl::list<std::string> lora{
      "lora",
      cl::desc("Merge this adapter into the weights: a folder of PEFT's or a "
               "GGUF file of llama.cpp's, with a factor behind a colon if it "
               "is to be weaker or stronger; may be given several times"),
      cl::value_desc("PATH[:SCALE]"), cl::cat(category)};
  cl::opt<std::string> activations{
      "activations",
      cl::desc("What activations are rounded to before they meet weights:"),
      cl::value_desc("FORM"), cl::cat(category)};
  cl::opt<std::string> pre{
      "pre",
      cl::desc("Split texts as this pre-tokenizer of GGUF does, in place of "
               "what MODEL says: lfm2, gpt-2, qwen2, ..."),
      cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> chatTemplate{
      "chat-template",
      cl::desc(
          "Write conversations by this Jinja template, in place of the one "
          "in MODEL; none: leave it out"),
      cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> schema{
      "schema",
      cl::desc("All answers are JSON that meets the JSON schema in FILE"),
      cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> grammar{
      "grammar",
      cl::desc("All answers are in the grammar in FILE, written as GBNF"),
      cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> context{
      "context",
      cl::desc(
          "Most tokens of a conversation (default: the model's own limit)"),
      cl::value_desc("N"), cl::cat(category)};
  cl::opt<std::string> chunk{
      "chunk",
      cl::desc("Tokens of one prefill step (default: 128); of a bidirectional "
               "model, most tokens of a text (default: --context, or 512)"),
      cl::value_desc("N"), cl::cat(category)};
  cl::opt<std::string> weights{"weights", cl::desc("Where the weights go:"),
                               cl::value_desc("PLACE"), cl::cat(category)};
  cl::opt<std::string> stopAfter{
      "stop-after", cl::desc("Write the module after this stage; stages:"),
      cl::value_desc("STAGE"), cl::cat(category)};
  cl::list<std::string> dumpAfter{
      "dump-after", cl::desc("Print the module to stderr after these stages"),
      cl::value_desc("STAGE,..."), cl::CommaSeparated, cl::cat(category)};
  Switch verify{
      "verify-roundtrip",
      cl::desc("Print, parse and compare the module after every stage"),
      cl::cat(category)};
  Switch allowNonFinite{
      "allow-nonfinite",
      cl::desc("Compile weights that have a NaN or an infinity in them"),
      cl::cat(category)};
  cl::opt<std::string> report{
      "report",
      cl::desc(
          "Write sizes, memory plan, times and formats as JSON (- is stdout)"),
      cl::value_desc("FILE.json"), cl::cat(category)};
  cl::opt<std::string> depfile{
      "depfile",
      cl::desc("Write which files were read, as a rule for make and ninja"),
      cl::value_desc("FILE.d"), cl::cat(category)};
  cl::opt<std::string> calibrate{
      "calibrate",
      cl::desc("Quantise by what matters: the model reads this text, and the "
               "squares of what its weights are multiplied by are gathered"),
      cl::value_desc("TEXT"), cl::cat(category)};
  cl::opt<std::string> importance{
      "importance",
      cl::desc("The same out of a file: of --save-importance, or of "
               "llama-imatrix in either form"),
      cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> saveImportance{
      "save-importance",
      cl::desc("Write what --calibrate gathered, as llama-imatrix does"),
      cl::value_desc("FILE.gguf"), cl::cat(category)};
  cl::opt<std::string> tuning{
      "tuning",
      cl::desc("What lfm2-tune measured on a CPU, in place of its defaults"),
      cl::value_desc("FILE.json"), cl::cat(category)};
  Switch listTargets{"list-targets", cl::desc("Print the targets and stop"),
                     cl::cat(category)};
  Switch listCpus{"list-cpus", cl::desc("Print the CPUs of --target and stop"),
                  cl::cat(category)};
};
} // namespace

/// LLVM registers hundreds of options of its own, some with our names. They are
/// no part of this tool.
static void removeOptionsOfLLVM() {
  llvm::SmallVector<cl::Option *> foreign;
  for (auto &entry : cl::getRegisteredOptions()) {
    cl::Option *option = entry.second;
    if (!llvm::StringRef(option->ArgStr).starts_with("help") &&
        option->ArgStr != "version")
      foreign.push_back(option);
  }
  for (cl::Option *option : foreign)
    option->removeArgument();
}

/// The first sentence of what LLVM's parser complains about, without the name
/// of the tool that it puts in front.
static std::string firstLine(llvm::StringRef text) {
  // What is wrong with a value LLVM prints itself.
  if (text.trim().empty())
    return "";
  llvm::StringRef line = text.trim().split('\n').first;
  line.consume_front(line.take_until([](char c) { return c == ' '; }));
  line = line.ltrim(" :");
  // "Unknown command line argument '--x'.  Try: 'PATH --help'"
  line = line.split("  Try:").first;
  return (line + " (lfm2-compile --help lists the options)").str();
}

/// The value of `given` among `words`; `value` stays when the option is not
/// given.
template <typename Words, typename T>
static llvm::Error readWord(const cl::opt<std::string> &given,
                            const Words &words, T &value) {
  if (!given.getNumOccurrences())
    return llvm::Error::success();
  std::vector<llvm::StringRef> names;
  for (const auto &word : words) {
    if (given == word.word) {
      value = word.value;
      return llvm::Error::success();
    }
    names.push_back(word.word);
  }
  return makeError("unknown --{0}={1}; expected one of {2}", given.ArgStr,
                   llvm::StringRef(given), llvm::join(names, ", "));
}

/// The number from 1 to `most` that `given` holds; `value` stays when the
/// option is not given.
static llvm::Error readNumber(const cl::opt<std::string> &given, int64_t most,
                              std::optional<int64_t> &value) {
  if (!given.getNumOccurrences())
    return llvm::Error::success();
  int64_t number = 0;
  if (llvm::StringRef(given).getAsInteger(10, number) || number < 1 ||
      number > most)
    return makeError("expected --{0} from 1 to {1}, found {2}", given.ArgStr,
                     most, quoted(given));
  value = number;
  return llvm::Error::success();
}

/// The words of an option as lines of its help.
template <typename Words> static std::string listWords(const Words &words) {
  std::string text;
  for (const auto &word : words)
    text += llvm::formatv("\n{0,-12}{1}", word.word, word.description).str();
  return text;
}

/// What was given of the options that modules remember.
static llvm::Error readProgramOptions(const CommandLine &words,
                                      ProgramOptions &options) {
  if (words.quantize.getNumOccurrences()) {
    options.quantize = words.quantize;
    if (llvm::Error error = checkRecipeWord(*options.quantize))
      return error;
  }
  if (words.kv.getNumOccurrences()) {
    options.kv = words.kv;
    if (!llvm::is_contained(lfm2::getCacheWords(), *options.kv))
      return makeError("unknown --kv={0}; expected one of {1}", *options.kv,
                       llvm::join(lfm2::getCacheWords(), ", "));
  }
  if (llvm::Error error =
          readWord(words.activations, activationsInfos, options.activations))
    return error;
  if (llvm::Error error =
          readNumber(words.context, maxContext, options.context))
    return error;
  if (llvm::Error error =
          readNumber(words.chunk, maxChunkTokens, options.chunkTokens))
    return error;
  if (words.pre.empty())
    return llvm::Error::success();
  options.pre = words.pre;
  TokenizerSpec tokenizer;
  return usePreTokenizer(*options.pre, "--pre", tokenizer);
}

/// A checkpoint has no code, so nothing that says how code is made is for it.
static llvm::Error refuseForCheckpoint(const CommandLine &words) {
  for (const cl::Option *option : std::initializer_list<const cl::Option *>{
           &words.target, &words.cpu, &words.activations, &words.schema,
           &words.grammar, &words.context, &words.chunk, &words.weights,
           &words.stopAfter, &words.tuning})
    if (option->getNumOccurrences())
      return makeError("--emit=gguf writes a checkpoint, and --{0} is for code "
                       "and programs; leave it out",
                       option->ArgStr);
  return llvm::Error::success();
}

/// What weights matter by; only where there is something to be quantised or
/// saved.
static llvm::Error readImportanceOptions(const CommandLine &words,
                                         CompileOptions &options) {
  options.calibratePath = words.calibrate;
  options.importancePath = words.importance;
  if (options.quantizeEffort == Effort::Feedback) {
    if (words.calibrate.empty() && words.importance.empty())
      return makeError("--quantize-effort=feedback needs products of what "
                       "weights are multiplied by; give --calibrate=FILE with "
                       "a text, or --importance=FILE that was saved with it");
    options.importanceRun = feedbackRun;
  }
  options.saveImportance = words.saveImportance;
  if (!words.calibrate.empty() && !words.importance.empty())
    return makeError("--calibrate={0} and --importance={1} were given, but one "
                     "of them is used; leave the other one out",
                     words.calibrate, words.importance);
  if (words.calibrate.empty() && !words.saveImportance.empty())
    return makeError("--save-importance={0} writes what --calibrate gathers, "
                     "which was not given; give a text by --calibrate=TEXT",
                     words.saveImportance);
  return llvm::Error::success();
}

static llvm::Expected<CompileOptions> readOptions(const CommandLine &words) {
  CompileOptions options;
  options.model = words.model;
  options.output = words.output;
  options.target = words.target;
  options.cpu = words.cpu;
  if (llvm::Error error = readWord(words.emit, getEmits(), options.emit))
    return error;
  if (options.emitsCheckpoint())
    if (llvm::Error error = refuseForCheckpoint(words))
      return std::move(error);
  if (llvm::Error error =
          readWord(words.weights, weightsWords, options.weights))
    return error;
  if (llvm::Error error =
          readWord(words.effort, effortInfos, options.quantizeEffort))
    return error;
  if (llvm::Error error = readProgramOptions(words, options.program))
    return error;
  options.reportPath = words.report;
  options.depfilePath = words.depfile;
  options.tuningPath = words.tuning;
  options.lora.assign(words.lora.begin(), words.lora.end());
  if (llvm::Error error = readImportanceOptions(words, options))
    return error;
  options.chatTemplate = words.chatTemplate;
  if (!words.schema.empty() && !words.grammar.empty())
    return makeError("--schema={0} and --grammar={1} were given, but answers "
                     "have one form; leave one of them out",
                     words.schema, words.grammar);
  options.schemaPath = words.schema;
  options.grammarPath = words.grammar;
  options.verifyRoundTrip = words.verify;
  options.allowNonFinite = words.allowNonFinite;
  for (const std::string &name : words.dumpAfter) {
    auto stage = parseStage(name);
    if (!stage)
      return stage.takeError();
    if (*stage >= Stage::Object)
      return makeError("--dump-after={0} has no module to print; the last that "
                       "has one is {1}",
                       name, getStageInfo(Stage::Codegen).name);
    options.dumpAfter.push_back(*stage);
  }
  if (words.stopAfter.getNumOccurrences()) {
    auto stage = parseStage(words.stopAfter);
    if (!stage)
      return stage.takeError();
    options.stopAfter = *stage;
  }
  if (options.stopAfter == Stage::Object && words.emit.getNumOccurrences() &&
      options.emit != Emit::Object)
    return makeError(
        "--stop-after=object leaves an object, so --emit can only be obj");
  const bool stopsEarly =
      options.stopAfter && *options.stopAfter < Stage::Object;
  if (stopsEarly && words.emit.getNumOccurrences() &&
      options.emit != Emit::MLIR)
    return makeError(
        "--stop-after={0} leaves a module, so --emit can only be mlir",
        getStageInfo(*options.stopAfter).name);
  if (options.stopAfter && !stopsEarly && options.emit == Emit::MLIR)
    return makeError(
        "--stop-after={0} leaves no module, so --emit cannot be mlir",
        getStageInfo(*options.stopAfter).name);
  // Where the compiler stops decides what there is to write.
  if (stopsEarly)
    options.emit = Emit::MLIR;
  else if (options.emit == Emit::MLIR)
    options.stopAfter = Stage::Import;
  else if (options.stopAfter == Stage::Object)
    options.emit = Emit::Object;
  const char *emit = getEmitInfo(options.emit).word;
  if (options.weights != WeightsPlace::Default && options.emitsText())
    return makeError("--weights={0} says where weights go, and --emit={1} "
                     "writes none",
                     words.weights.getValue(), emit);
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
  return options;
}

llvm::Expected<Request> lfm2c::readCommandLine(int argc, char **argv,
                                               const TargetRegistry &targets) {
  removeOptionsOfLLVM();
  // Lives on: lld resets the registered options while it links.
  static CommandLine words;
  std::string stages, names;
  for (const StageInfo &info : getStages())
    stages += llvm::formatv("\n{0,-12}{1}", info.name, info.description).str();
  for (const TargetRegistry::Entry &entry : targets.getEntries())
    names += llvm::formatv("\n{0,-23} {1}", entry.name,
                           entry.target->getDescription())
                 .str();
  // Descriptions are not owned by the options.
  const std::string help[] = {
      words.stopAfter.HelpStr.str() + stages,
      words.target.HelpStr.str() + names,
      words.emit.HelpStr.str() + listWords(getEmits()),
      words.weights.HelpStr.str() + listWords(weightsWords),
      words.activations.HelpStr.str() + listWords(activationsInfos),
      words.quantize.HelpStr.str() + listWords(listPresets()),
      words.effort.HelpStr.str() + listWords(effortInfos)};
  words.stopAfter.setDescription(help[0]);
  words.target.setDescription(help[1]);
  words.emit.setDescription(help[2]);
  words.weights.setDescription(help[3]);
  words.activations.setDescription(help[4]);
  words.quantize.setDescription(help[5]);
  words.effort.setDescription(help[6]);
  cl::HideUnrelatedOptions(words.category);
  cl::SetVersionPrinter([](llvm::raw_ostream &os) {
    os << "lfm2-compile " << getCompilerVersion() << "\n";
  });
  std::string complaint;
  llvm::raw_string_ostream complaints(complaint);
  if (!cl::ParseCommandLineOptions(argc, argv, overview, &complaints))
    return makeErrorText(firstLine(complaint));

  Request request;
  request.options.target = words.target;
  if (words.listTargets || words.listCpus) {
    request.kind = words.listTargets ? Request::ListTargets : Request::ListCpus;
    return request;
  }
  if (words.model.empty())
    return makeError(
        "expected a MODEL: a GGUF file, a Hugging Face folder, or an "
        ".mlir file (lfm2-compile --help shows how)");
  auto options = readOptions(words);
  if (!options)
    return options.takeError();
  request.options = std::move(*options);
  return request;
}
