#include "tools/lfm2-compile/CommandLine.h"

#include "lib/Compiler/OptionWords.h"
#include "lib/Compiler/Version.h"
#include "lib/Quantize/Recipe.h"
#include "lib/Support/Error.h"
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

/// The words of an option as lines of its help.
template <typename Words> static std::string listWords(const Words &words) {
  std::string text;
  for (const auto &word : words)
    text += llvm::formatv("\n{0,-12}{1}", word.word, word.description).str();
  return text;
}

/// What was given, as a caller of the compiler would.
static OptionWords collect(const CommandLine &words) {
  OptionWords given;
  for (const cl::opt<std::string> *option :
       {&words.target,         &words.cpu,       &words.emit,
        &words.quantize,       &words.effort,    &words.kv,
        &words.activations,    &words.pre,       &words.chatTemplate,
        &words.schema,         &words.grammar,   &words.context,
        &words.chunk,          &words.weights,   &words.stopAfter,
        &words.report,         &words.calibrate, &words.importance,
        &words.saveImportance, &words.tuning,    &words.depfile})
    if (option->getNumOccurrences())
      given.give(option->ArgStr, *option);
  for (const std::string &word : words.lora)
    given.give("lora", word);
  for (const std::string &word : words.dumpAfter)
    given.give("dump-after", word);
  for (const Switch *option : {&words.verify, &words.allowNonFinite})
    if (*option)
      given.give(option->ArgStr, "true");
  return given;
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
      words.weights.HelpStr.str() + listWords(getWeightsPlaces()),
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
  auto options = readOptions(collect(words));
  if (!options)
    return options.takeError();
  request.options = std::move(*options);
  request.options.model = words.model;
  request.options.output = words.output;
  return request;
}
