// The way of one model, step by step: each step is a unit of its own.
#include "lib/Compiler/Compiler.h"

#include "frontends/Locate.h"
#include "lfm2rt/abi.h"
#include "lib/Compiler/AnswerForm.h"
#include "lib/Compiler/Calibrate.h"
#include "lib/Compiler/ChatTemplate.h"
#include "lib/Compiler/Depfile.h"
#include "lib/Compiler/GGUFOutput.h"
#include "lib/Compiler/LibraryHeader.h"
#include "lib/Compiler/Lowering.h"
#include "lib/Compiler/ModelArchive.h"
#include "lib/Compiler/NonFinite.h"
#include "lib/Compiler/Outputs.h"
#include "lib/Compiler/ProgramOutputs.h"
#include "lib/Compiler/QuantizedSummary.h"
#include "lib/Compiler/Report.h"
#include "lib/Compiler/Settings.h"
#include "lib/Compiler/TargetChoice.h"
#include "lib/Compiler/VariantCode.h"
#include "lib/Pipeline/Pipeline.h"
#include "lib/Support/Error.h"
#include "lib/Support/InputFiles.h"
#include "lib/Weights/Checkpoint.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

namespace {
class Compilation {
public:
  Compilation(const CompileOptions &options, CompileObserver &observer)
      : options(options), observer(observer),
        runner(observer, this->options.dumpAfter) {}

  Error run(const TargetRegistry &targets);
  /// Of one that succeeded.
  CompileResult takeResult();

private:
  /// Finds the model, whose place names the output.
  Error locate();
  Error load();
  Error read(const ReadOptions &reading);
  void warnOfMerged();
  /// How conversations are written, and what answers have to be.
  Error settleAnswers();
  /// Finds out how much columns of weights matter, where that is asked for.
  Error weigh(const TargetRegistry &targets);
  /// The module after the last stage, as text.
  Error writeModule();
  Error writeDepfile(llvm::ArrayRef<std::string> inputs,
                     PendingOutputs &pending);
  Error writeText(StringRef text);
  /// The tensors in the formats that a module of the checkpoint has.
  QuantizedTensors convertTensors() const {
    QuantizeOptions quantize;
    quantize.effort = options.quantizeEffort;
    quantize.importance = importance ? &*importance : nullptr;
    return QuantizedTensors(*model.checkpoint, quantize);
  }
  void noteQuantized(llvm::ArrayRef<QuantizedReport> quantized) {
    if (!quantized.empty())
      observer.note(summarizeQuantized(quantized));
  }
  /// The checkpoint, with its weights as they are after stage 'quantize'.
  Error writeCheckpoint();
  /// Machine code of all variants and of the table, which gets its identity.
  Error makeCode(ProgramCode &code, ModelArchive &archive);
  /// The program, its archive, header and report.
  Error writeProgram(const ProgramCode &code, ModelArchive &archive);
  llvm::Expected<WrittenSizes>
  link(const ProgramCode &code, ModelArchive &archive, PendingOutputs &pending);

  CompileOptions options;
  CompileObserver &observer;
  StageRunner runner;
  TargetChoice choice;
  OutputPaths paths;
  std::unique_ptr<mlir::MLIRContext> context;
  LoadedModel model;
  Settings settings;
  ChatForm chat;
  std::vector<uint8_t> answerForm;
  std::optional<Importance> importance; ///< for what is quantised
  std::vector<KeptInput> kept;          ///< by the program, once it is written
  std::string report;                   ///< the same, as JSON
};
} // namespace

Error Compilation::locate() {
  if (!options.source) {
    auto place = locateModel(options.model);
    if (!place)
      return place.takeError();
    options.model = place->path;
    for (const std::string &note : place->notes)
      observer.note(note);
  }
  auto chosen = chooseOutputs(options);
  if (!chosen)
    return chosen.takeError();
  paths = std::move(*chosen);
  return Error::success();
}

Error Compilation::settleAnswers() {
  if (options.emitsCheckpoint())
    return replaceChatTemplate(*model.checkpoint, options.chatTemplate);
  auto form = chooseChatForm(*model.checkpoint, options.chatTemplate);
  if (!form)
    return form.takeError();
  chat = std::move(*form);
  auto tables = compileAnswerForm(options, *model.checkpoint, chat);
  if (!tables)
    return tables.takeError();
  answerForm = std::move(*tables);
  return Error::success();
}

/// Weights that adapters were added to are f32 unless something else was asked
/// for: a user may not expect the size.
void Compilation::warnOfMerged() {
  const Checkpoint &checkpoint = *model.checkpoint;
  if (settings.quantize != "keep" ||
      checkpoint.bytesOfMerged <= checkpoint.bytesBeforeMerging)
    return;
  observer.warning(
      llvm::formatv("the weights that --lora changes are stored as f32, {0} MB "
                    "in place of {1} MB; --quantize=bf16, q8_0 or another "
                    "format makes them smaller",
                    (checkpoint.bytesOfMerged + 999999) / 1000000,
                    (checkpoint.bytesBeforeMerging + 999999) / 1000000)
          .str());
}

Error Compilation::read(const ReadOptions &reading) {
  if (options.source) {
    auto checkpoint = options.source(reading);
    if (!checkpoint)
      return checkpoint.takeError();
    if (Error error = readAdapters(reading, **checkpoint))
      return error;
    model = loadModel(std::move(*checkpoint), *context, reading.adapters);
    return Error::success();
  }
  auto loaded = loadModel(options.model, *context, reading);
  if (!loaded)
    return loaded.takeError();
  model = std::move(*loaded);
  return Error::success();
}

Error Compilation::load() {
  mlir::DialectRegistry registry;
  registerModelDialects(registry);
  choice.target->registerDialects(registry);
  context = std::make_unique<mlir::MLIRContext>(registry);
  // A failure is one line; the op is in the module that --stop-after shows.
  context->printOpOnDiagnostic(false);
  return runner.run(Stage::Import, "", [&]() -> Error {
    ReadOptions reading{options.program.pre.value_or(""), {}};
    for (const std::string &word : options.lora) {
      auto adapter = AdapterChoice::parse(word);
      if (!adapter)
        return asUsage(adapter.takeError());
      reading.adapters.push_back(std::move(*adapter));
    }
    if (Error error = read(reading))
      return error;
    if (Error error = checkOutputRoles(*model.module, model.checkpoint->config))
      return makeError("{0}: {1}", options.model,
                       llvm::toString(std::move(error)));
    // Now all that is read has been opened.
    if (Error error = checkOutputs(options, paths))
      return error;
    for (const std::string &warning : model.checkpoint->warnings)
      observer.warning(warning);
    auto settled = settle(options, model, observer);
    if (!settled)
      return settled.takeError();
    settings = std::move(*settled);
    warnOfMerged();
    if (Error error = settleAnswers())
      return error;
    if (options.verifyRoundTrip)
      if (Error error = checkRoundTrip(*model.module))
        return error;
    return runner.dump(*model.module, Stage::Import);
  });
}

Error Compilation::weigh(const TargetRegistry &targets) {
  auto found = findImportance(
      options, *model.checkpoint, observer,
      [&](const CompileOptions &keeping,
          CompileObserver &listener) -> llvm::Expected<std::vector<KeptInput>> {
        InputFiles inputs;
        Compilation nested(keeping, listener);
        if (Error error = nested.run(targets))
          return error;
        return std::move(nested.kept);
      });
  if (!found)
    return found.takeError();
  importance = std::move(*found);
  return Error::success();
}

Error Compilation::writeDepfile(llvm::ArrayRef<std::string> inputs,
                                PendingOutputs &pending) {
  if (options.depfilePath.empty())
    return Error::success();
  return writeTextFile(options.depfilePath, formatDepfile(paths.main, inputs),
                       pending);
}

Error Compilation::writeText(StringRef text) {
  PendingOutputs pending;
  if (Error error = writeTextFile(paths.main, text, pending))
    return error;
  return pending.commit();
}

Error Compilation::writeModule() {
  const Stage last = options.stopAfter.value_or(Stage::Import);
  if (choice.variants.size() > 1 && last > Stage::Import)
    return asUsage(makeError("a module after stage '{0}' is that of one CPU or "
                             "device, and {1}",
                             getStageInfo(last).name,
                             choice.describeSeveral(options.cpu)));
  const Lowering lowering(options, settings, choice, observer, runner);
  if (Error error = lowering.run(*model.module, choice.variants.front(), last))
    return error;
  if (last == Stage::Import)
    (*model.module)->removeAttr("exec.target");
  recordOptions(*model.module, rememberedAfter(last, settings));
  std::string text;
  llvm::raw_string_ostream os(text);
  model.module->print(os, mlir::OpPrintingFlags().enableDebugInfo());
  return writeText(text);
}

Error Compilation::writeCheckpoint() {
  if (model.done > Stage::Quantize)
    return makeError("the module in {0} has been through stage '{1}', and a "
                     "checkpoint is written of one of stage '{2}' or before; "
                     "give such a one",
                     options.model, getStageInfo(model.done).name,
                     getStageInfo(Stage::Quantize).name);
  if (model.done < Stage::Quantize && settings.quantize != "keep")
    decodeForeignWeights(*model.module);
  if (model.done < Stage::Quantize)
    if (Error error =
            Lowering(options, settings, choice, observer, runner)
                .run(*model.module, choice.variants.front(), Stage::Quantize))
      return error;
  QuantizedTensors tensors = convertTensors();
  auto output = GGUFOutput::plan(*model.module, *model.checkpoint, tensors);
  if (!output)
    return output.takeError();
  for (const std::string &warning : output->getWarnings())
    observer.warning(warning);
  auto file = OutputFile::create(paths.main);
  if (!file)
    return file.takeError();
  observer.stageBegins({Stage::Link, "write", "write the weights as GGUF"}, "");
  if (Error error = output->write((*file)->os(),
                                  [&](uint64_t done, uint64_t total) {
                                    observer.weightsPacked(done, total);
                                    return observer.goOn();
                                  },
                                  [&](const WeightPlace &place) {
                                    return tellNonFinite(place, options,
                                                         observer);
                                  }))
    return error;
  PendingOutputs pending;
  pending.add(std::move(*file));
  const std::vector<QuantizedReport> quantized = tensors.report();
  report = formatCheckpointReport(options.model, settings.quantize,
                                  int64_t(output->bytes()), runner.getTimes(),
                                  quantized);
  if (!options.reportPath.empty())
    if (Error error = writeTextFile(options.reportPath, report, pending))
      return error;
  if (Error error = writeDepfile(InputFiles::list(), pending))
    return error;
  if (Error error = observer.goOn())
    return error;
  if (Error error = pending.commit())
    return error;
  noteQuantized(quantized);
  observer.note(llvm::formatv("wrote {0}: {1} tensors, {2} MB of weights",
                              paths.main, output->countTensors(),
                              (output->bytes() + 999999) / 1000000)
                    .str());
  return Error::success();
}

Error Compilation::makeCode(ProgramCode &code, ModelArchive &archive) {
  setOutputs(model.checkpoint->config, code.program);
  code.program.contextMax = settings.contextMax;
  const Lowering lowering(options, settings, choice, observer, runner);
  const CodeMaker maker(options, choice, lowering, runner, paths.prefix);
  // LLVM IR of the code alone: two modules in one file would not parse.
  if (options.emit == Emit::LLVMIR)
    return maker.addVariants(model, code);
  // Begins here, as it takes as long as the code does.
  TensorHasher hasher(*model.checkpoint);
  if (Error error = maker.addVariants(model, code))
    return error;
  auto identity = archive.identify(hasher.finish());
  if (!identity)
    return identity.takeError();
  code.program.identity = *identity;
  if (options.emitsLibrary())
    code.program.symbol = paths.prefix + "_program";
  return maker.addTable(code);
}

llvm::Expected<WrittenSizes> Compilation::link(const ProgramCode &code,
                                               ModelArchive &archive,
                                               PendingOutputs &pending) {
  const Target &target = *choice.target;
  std::vector<std::string> arguments = target.getLinkArguments();
  // The commands of such models: those of others are no part of the program.
  if (options.emit == Emit::Executable)
    arguments.push_back(code.program.flags & LFM2_PROGRAM_BIDIRECTIONAL
                            ? "--undefined=lfm2rt_texts"
                            : "--undefined=lfm2rt_causal");
  if (options.emit == Emit::SharedLibrary) {
    // What is linked with a library looks for its name, wherever it was then.
    arguments.push_back("--soname=" +
                        llvm::sys::path::filename(paths.main).str());
    // Who loads one finds its program without knowing the prefix.
    if (code.program.symbol != loadedProgramSymbol)
      arguments.push_back("--defsym=" + std::string(loadedProgramSymbol) + "=" +
                          code.program.symbol);
  }
  ProgramFiles files;
  files.emit = options.emit;
  files.paths = paths;
  files.joined = options.joinsWeights();
  files.withWeights = options.writesWeights();
  files.runtime = options.emitsLibrary() ? target.getLibraryRuntime()
                                         : target.getProgramRuntime();
  files.linkArguments = arguments;
  files.loader = target.getProgramLoader();
  files.triple = target.getTriple();
  files.objects = code.objects;
  std::string header;
  if (options.emitsLibrary())
    header = makeHeader({model.checkpoint->config.name, choice.name,
                         options.emit, files.joined, listOutputs(code.program)},
                        paths);
  return lfm2c::writeProgram(
      files, header,
      [&](llvm::raw_ostream &os, StringRef before) {
        return archive.write(os, before);
      },
      pending);
}

Error Compilation::writeProgram(const ProgramCode &code,
                                ModelArchive &archive) {
  WrittenSizes sizes;
  PendingOutputs pending;
  // Linking reads what it wrote itself.
  const std::vector<std::string> inputs = InputFiles::list();
  if (Error error = runner.run(Stage::Link, "", [&]() -> Error {
        auto written = link(code, archive, pending);
        if (!written)
          return written.takeError();
        sizes = *written;
        return Error::success();
      }))
    return error;
  const std::vector<QuantizedReport> quantized = archive.reportQuantized();
  report = formatReport(archive.describe(), sizes, readSchedules(*code.planned),
                        runner.getTimes(), quantized);
  if (!options.reportPath.empty())
    if (Error error = writeTextFile(options.reportPath, report, pending))
      return error;
  if (Error error = writeDepfile(inputs, pending))
    return error;
  if (Error error = observer.goOn())
    return error;
  if (Error error = pending.commit())
    return error;
  noteQuantized(quantized);
  observer.note(llvm::formatv("wrote {0}: {1} KB of code, {2} MB of weights",
                              paths.main, (sizes.program + 999) / 1000,
                              (sizes.archive + 999999) / 1000000)
                    .str());
  return Error::success();
}

Error Compilation::run(const TargetRegistry &targets) {
  auto chosen = chooseTarget(options, targets, observer);
  if (!chosen)
    return chosen.takeError();
  choice = std::move(*chosen);
  if (Error error = locate())
    return error;
  if (Error error = load())
    return error;
  if (options.emit == Emit::MLIR)
    return writeModule();
  if (Error error = weigh(targets))
    return error;
  if (options.emitsCheckpoint())
    return writeCheckpoint();
  if (model.done >= Stage::Codegen)
    return makeError(
        "the module in {0} has been through stage '{1}', which leaves no "
        "weights to pack; give one of stage 'plan' or before",
        options.model, getStageInfo(model.done).name);
  ProgramCode code;
  QuantizedTensors tensors = convertTensors();
  ModelArchive archive(options, settings, choice, *model.checkpoint, tensors,
                       chat, answerForm, code, observer);
  if (Error error = makeCode(code, archive))
    return error;
  kept = readKept(*code.planned);
  if (!options.emitsText())
    return writeProgram(code, archive);
  std::string text;
  for (const Image &object : code.objects)
    text += object.text();
  return writeText(text);
}

CompileResult Compilation::takeResult() {
  CompileResult result;
  result.output = paths.main;
  if (options.emitsLibrary())
    result.header = paths.header;
  if (options.writesWeights() && !options.joinsWeights())
    result.weights = paths.weights;
  result.report = std::move(report);
  return result;
}

llvm::Expected<CompileResult> lfm2c::compile(const CompileOptions &options,
                                             const TargetRegistry &targets,
                                             CompileObserver &observer) {
  InputFiles inputs;
  Compilation compilation(options, observer);
  if (Error error = compilation.run(targets)) {
    // Then the other error comes of it, or matters less.
    if (Error changed = InputFiles::checkUnchanged()) {
      llvm::consumeError(std::move(error));
      return std::move(changed);
    }
    return std::move(error);
  }
  return compilation.takeResult();
}
