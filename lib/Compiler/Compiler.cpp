// The way of one model, phase by phase and variant by variant.
#include "lib/Compiler/Compiler.h"

#include "dialects/exec/IR/Exec.h"
#include "frontends/Locate.h"
#include "lfm2rt/abi.h"
#include "lib/Compiler/Archive.h"
#include "lib/Compiler/Description.h"
#include "lib/Compiler/Identity.h"
#include "lib/Compiler/LoadModel.h"
#include "lib/Compiler/MatchCheckpoint.h"
#include "lib/Compiler/Outputs.h"
#include "lib/Compiler/PackWeights.h"
#include "lib/Compiler/Report.h"
#include "lib/Compiler/Tuning.h"
#include "lib/Model/EmbeddingTables.h"
#include "lib/Model/TokenizerTables.h"
#include "lib/Pipeline/Pipeline.h"
#include "lib/Support/Error.h"
#include "lib/Support/InputFiles.h"
#include "lib/Weights/Finite.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <chrono>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

StringRef lfm2c::getCompilerVersion() { return LFM2_COMPILER_VERSION; }

/// The same error as one of wrong use, which has an exit status of its own.
static Error asUsage(Error error) {
  return llvm::createStringError(
      std::make_error_code(std::errc::invalid_argument),
      llvm::toString(std::move(error)));
}

namespace {
class Compilation {
public:
  Compilation(const CompileOptions &options, CompileObserver &observer)
      : options(options), observer(observer) {}

  Error run(const TargetRegistry &targets);

private:
  Error chooseTarget(const TargetRegistry &targets);
  /// Whether the target has such an output at all.
  bool makes(Emit emit) const;
  /// Fails where the target has no such output.
  Error checkEmit() const;
  Error load();
  /// Fails where an option is for a phase that the module has been through.
  Error checkPhase() const;
  /// Runs all passes for one variant; leaves the module at `last`.
  Error lower(mlir::ModuleOp module, const TargetVariant &variant, Phase last);
  /// Passes and machine code for one variant.
  Error makeCode(size_t index);
  /// Fails where a program with its largest context has no room in a process of
  /// the device.
  Error checkMemory(const TargetVariant &variant,
                    llvm::ArrayRef<ProgramEntry> entries) const;
  Error makeTable();
  Error writeModule();
  Error writeText(StringRef text);
  Error writeOutputs();
  Error writeArchiveOf(llvm::raw_ostream &os, StringRef before);
  /// Hears of the first weight that is no finite number.
  Error checkNonFinite(const WeightPlace &place);
  Error reportTo(const WrittenSizes &sizes, PendingOutputs &pending);

  /// Runs `work` as `phase` and tells the observer and the report.
  Error inPhase(Phase phase, StringRef detail,
                llvm::function_ref<Error()> work);
  Error dumpIfAsked(mlir::ModuleOp module, Phase phase);
  std::string describeChoice() const;
  /// Tells variants apart where there are several; else empty.
  std::string variantSuffix(const TargetVariant &variant) const;
  /// Of the symbols of a variant's entries.
  std::string entrySuffix(const TargetVariant &variant) const;
  /// What is no program may become a part of either.
  CodeUse codeUse() const {
    return options.emit == Emit::Executable ? CodeUse::Program
                                            : CodeUse::Library;
  }
  EmitKind emitKind() const {
    return options.emit == Emit::Assembly ? EmitKind::Assembly
           : options.emit == Emit::LLVMIR ? EmitKind::LLVMIR
                                          : EmitKind::Object;
  }
  EmitOptions emitOptions(const TargetVariant &variant) const {
    EmitOptions emit;
    emit.pic = codeUse() == CodeUse::Library;
    emit.entrySuffix = entrySuffix(variant);
    return emit;
  }

  CompileOptions options;
  CompileObserver &observer;
  std::string targetName;
  const Target *target = nullptr;
  std::vector<TargetVariant> variants;
  PipelineOptions pipeline;
  OutputPaths paths;
  std::unique_ptr<mlir::MLIRContext> context;
  LoadedModel model;
  /// The first variant's module as planned: its weights are what is packed.
  mlir::OwningOpRef<mlir::ModuleOp> planned;
  std::string weightLayout;
  /// Of the checkpoint in `model`; dies before it.
  std::optional<TensorHasher> hasher;
  std::vector<uint8_t> tokenizer; ///< its section, when the table is made
  ProgramDescription program;
  std::vector<ObjectFile> objects;
  uint64_t weightsHash = 0;
  std::vector<PhaseTime> times;
};
} // namespace

Error Compilation::inPhase(Phase phase, StringRef detail,
                           llvm::function_ref<Error()> work) {
  const auto start = std::chrono::steady_clock::now();
  observer.phaseBegins(getPhaseInfo(phase), detail);
  if (Error error = work())
    return error;
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  observer.phaseEnds(seconds.count());
  times.push_back(
      {getPhaseInfo(phase).name.str(), detail.str(), seconds.count()});
  return Error::success();
}

bool Compilation::makes(Emit emit) const {
  switch (emit) {
  case Emit::Executable:
    return !target->getProgramRuntime().empty();
  case Emit::StaticLibrary:
    return !target->getLibraryRuntime().empty();
  case Emit::SharedLibrary:
    return !target->getLibraryRuntime().empty() &&
           !target->getLinkArguments().empty();
  case Emit::Object:
    return !target->getLinkArguments().empty();
  case Emit::Assembly:
  case Emit::LLVMIR:
  case Emit::MLIR:
    return true;
  }
  llvm_unreachable("covered switch");
}

Error Compilation::checkEmit() const {
  if (makes(options.emit))
    return Error::success();
  std::vector<StringRef> words;
  for (const EmitInfo &info : getEmits())
    if (makes(info.value))
      words.push_back(info.word);
  return makeError("--target={0} has no such output as --emit={1}; give one "
                   "of those that it has: {2}",
                   targetName, getEmitInfo(options.emit).word,
                   llvm::join(words, ", "));
}

Error Compilation::chooseTarget(const TargetRegistry &targets) {
  auto entry = targets.lookup(options.target);
  if (!entry)
    return asUsage(entry.takeError());
  targetName = (*entry)->name;
  target = (*entry)->target.get();
  if (Error error = checkEmit())
    return asUsage(std::move(error));
  auto selected = target->select(options.cpu);
  if (!selected)
    return asUsage(selected.takeError());
  variants = std::move(*selected);
  if (variants.size() > 1 && options.emitsText() && options.emit != Emit::MLIR)
    return asUsage(makeError(
        "--emit={0} shows the code of one CPU, and --cpu={1} means {2}; "
        "name one of them",
        getEmitInfo(options.emit).word, options.cpu, variants.size()));
  std::vector<std::string> names;
  for (const TargetVariant &variant : variants)
    names.push_back(variant.name);
  observer.note(llvm::formatv("target {0}, CPU {1}{2}", targetName,
                              llvm::join(names, " | "), describeChoice())
                    .str());
  if (options.tuningPath.empty())
    return Error::success();
  auto tuned = applyTuning(options.tuningPath, variants);
  if (!tuned)
    return tuned.takeError();
  if (*tuned == 0)
    observer.warning(llvm::formatv("{0} says nothing of {1}; run lfm2-tune on "
                                   "such a machine",
                                   options.tuningPath, names.front())
                         .str());
  return Error::success();
}

/// Why it is this CPU, where the user did not name it.
std::string Compilation::describeChoice() const {
  if (options.cpu.empty())
    return target->isHost() ? " (native, as no --cpu is given)"
                            : " (the target's baseline, as no --cpu is given)";
  return options.cpu == variants.front().name ? "" : " (" + options.cpu + ")";
}

std::string Compilation::variantSuffix(const TargetVariant &variant) const {
  if (variants.size() == 1)
    return "";
  std::string suffix = "_" + variant.name;
  for (char &c : suffix)
    c = llvm::isAlnum(c) ? c : '_';
  return suffix;
}

std::string Compilation::entrySuffix(const TargetVariant &variant) const {
  return (options.emitsLibrary() ? "_" + paths.prefix : "") +
         variantSuffix(variant);
}

Error Compilation::load() {
  mlir::DialectRegistry registry;
  registerModelDialects(registry);
  target->registerDialects(registry);
  context = std::make_unique<mlir::MLIRContext>(registry);
  // A failure is one line; the op is in the module that --stop-after shows.
  context->printOpOnDiagnostic(false);
  return inPhase(Phase::Import, "", [&]() -> Error {
    auto loaded = loadModel(options.model, *context, options.read);
    if (!loaded)
      return loaded.takeError();
    model = std::move(*loaded);
    // Now all that is read has been opened.
    if (Error error = checkOutputs(options, paths))
      return error;
    for (const std::string &warning : model.checkpoint->warnings)
      observer.warning(warning);
    const ModelConfig &config = model.checkpoint->config;
    const Phase last = options.stopAfter.value_or(
        options.emit == Emit::MLIR ? Phase::Import : Phase::Object);
    if (!config.causal && last >= Phase::Tile)
      return makeError(
          "{0}: {1} says that every token of this model attends to later ones, "
          "as in an encoder for search; only causal models, which generate "
          "text, can be compiled",
          options.model, configKey(config, "causal"));
    if (options.context > config.contextLength)
      observer.warning(
          llvm::formatv("--context={0} is more than the {1} tokens that "
                        "the model was made for",
                        options.context, config.contextLength)
              .str());
    pipeline.target = target;
    pipeline.quantize = options.quantize;
    pipeline.contextMax =
        options.context ? options.context : config.contextLength;
    if (options.chunkTokens)
      pipeline.chunkTokens = options.chunkTokens;
    pipeline.activations = options.activations;
    pipeline.verifyRoundTrip = options.verifyRoundTrip;
    program.vocabulary = config.vocab;
    program.hidden = config.hidden;
    program.outputs = LFM2_OUTPUT_LOGITS;
    program.contextMax = pipeline.contextMax;
    if (options.verifyRoundTrip)
      if (Error error = checkRoundTrip(*model.module))
        return error;
    return dumpIfAsked(*model.module, Phase::Import);
  });
}

Error Compilation::checkPhase() const {
  const struct {
    bool isGiven;
    Phase phase;
    const char *option;
  } uses[] = {
      {options.quantize != "keep", Phase::Quantize, "--quantize"},
      {options.chunkTokens != 0, Phase::Tile, "--chunk"},
      {options.activations != Activations::Per32, Phase::Tile, "--activations"},
  };
  const StringRef done = getPhaseInfo(model.done).name;
  for (const auto &use : uses)
    if (use.isGiven && use.phase <= model.done)
      return asUsage(
          makeError("the module in {0} has been through phase '{1}', "
                    "so {2} comes too late; give a module of an "
                    "earlier phase, or the checkpoint",
                    options.model, done, use.option));
  if (options.stopAfter && *options.stopAfter < model.done)
    return asUsage(makeError("the module in {0} has been through phase '{1}', "
                             "which is behind '{2}'; name a later one with "
                             "--stop-after",
                             options.model, done,
                             getPhaseInfo(*options.stopAfter).name));
  return Error::success();
}

Error Compilation::dumpIfAsked(mlir::ModuleOp module, Phase phase) {
  if (llvm::is_contained(options.dumpAfter, phase)) {
    llvm::errs() << "// after phase '" << getPhaseInfo(phase).name << "'\n";
    module.print(llvm::errs());
    llvm::errs() << "\n";
    if (llvm::errs().has_error())
      return makeError("cannot print the module to standard error: {0}",
                       llvm::errs().error().message());
  }
  return Error::success();
}

Error Compilation::lower(mlir::ModuleOp module, const TargetVariant &variant,
                         Phase last) {
  PipelineOptions ofVariant = pipeline;
  ofVariant.variant = &variant;
  ofVariant.use = codeUse();
  context->loadDialect<exec::ExecDialect>();
  if (auto before = module->getAttrOfType<exec::TargetAttr>("exec.target");
      before && before.getFacts() != variant.facts)
    return makeError(
        "the module was made for other CPU facts than those of {0} ({1}); give "
        "the --cpu it was made with",
        variant.name,
        exec::describeDifference(before.getFacts(), variant.facts));
  module->setAttr("exec.target",
                  exec::TargetAttr::get(context.get(), variant.facts));
  const StringRef detail = variants.size() > 1 ? StringRef(variant.name) : "";
  llvm::Expected<Phase> done = getPhase(module);
  if (!done)
    return done.takeError();
  // What passes leave as it is. Variants differ in code only, so the first says
  // it for all.
  std::vector<std::string> remarks;
  mlir::ScopedDiagnosticHandler listener(
      context.get(), [&](mlir::Diagnostic &diag) {
        if (diag.getSeverity() != mlir::DiagnosticSeverity::Remark)
          return mlir::failure();
        if (&variant == &variants.front())
          remarks.push_back(diag.str());
        return mlir::success();
      });
  for (const PhaseInfo &info : getPhases()) {
    if (info.phase <= *done || info.phase > last || info.phase > Phase::Codegen)
      continue;
    if (Error error = inPhase(info.phase, detail, [&]() -> Error {
          if (Error error = runPhase(module, info.phase, ofVariant))
            return error;
          return dumpIfAsked(module, info.phase);
        }))
      return error;
    markPhase(module, info.phase);
  }
  if (remarks.size() == 1)
    observer.warning(remarks.front());
  else if (!remarks.empty())
    observer.warning(llvm::formatv("{0} (and {1} more weights)",
                                   remarks.front(), remarks.size() - 1)
                         .str());
  return Error::success();
}

Error Compilation::checkMemory(const TargetVariant &variant,
                               llvm::ArrayRef<ProgramEntry> entries) const {
  const int64_t most = variant.facts.processBytes;
  // The runtime, the tokenizer, logits of a step and stacks of threads.
  constexpr int64_t others = 64 << 20;
  int64_t scratch = 0;
  for (const ProgramEntry &entry : entries)
    // Near memory is the caller's or, without it, a part of scratch.
    scratch = std::max<int64_t>(
        scratch,
        entry.scratchBytes + entry.nearBytes * variant.facts.nearThreads);
  const int64_t state =
      program.stateFixedBytes + program.stateBytesPerToken * program.contextMax;
  const int64_t sum = program.weightsBytes + state + scratch + others;
  if (most == 0 || sum <= most)
    return Error::success();
  auto megabytes = [](int64_t bytes) { return (bytes + 999999) / 1000000; };
  return makeError(
      "the program would take {0} MB ({1} of weights, {2} of state for {3} "
      "tokens, {4} of scratch, {5} for all else), and a process on {6} has "
      "{7}; "
      "give {8}",
      megabytes(sum), megabytes(program.weightsBytes), megabytes(state),
      program.contextMax, megabytes(scratch), megabytes(others), targetName,
      most / 1000000,
      sum - state <= most ? "a smaller --context"
                          : "a smaller model, or --quantize it further");
}

Error Compilation::makeCode(size_t index) {
  const TargetVariant &variant = variants[index];
  mlir::OwningOpRef<mlir::ModuleOp> module = model.module->clone();
  if (Error error = lower(*module, variant, Phase::Plan))
    return error;
  auto entries = readEntries(*module, entrySuffix(variant));
  if (!entries)
    return entries.takeError();
  std::vector<std::string> entryNames;
  for (const ProgramEntry &entry : llvm::cantFail(readEntries(*module, "")))
    entryNames.push_back(entry.symbol);
  program.variants.push_back(
      {variant.name, variant.requiredFeatures, *entries});
  ProgramDescription sizes;
  if (Error error = readSizes(*module, sizes))
    return error;
  const std::string layout = describeWeightLayout(*module);
  if (index == 0) {
    program.stateFixedBytes = sizes.stateFixedBytes;
    program.stateBytesPerToken = sizes.stateBytesPerToken;
    program.weightsBytes = sizes.weightsBytes;
    weightLayout = layout;
    if (Error error = checkMemory(variant, *entries))
      return error;
    if (Error error = checkWeights(*module, *model.checkpoint))
      return error;
    planned = module->clone();
  } else if (layout != weightLayout ||
             sizes.stateBytesPerToken != program.stateBytesPerToken ||
             sizes.stateFixedBytes != program.stateFixedBytes) {
    return makeError(
        "the variants {0} and {1} lay out weights or state differently, so "
        "they cannot share an archive",
        variants.front().name, variant.name);
  }
  if (Error error = lower(*module, variant, Phase::Codegen))
    return error;
  return inPhase(
      Phase::Object, variants.size() > 1 ? variant.name : "", [&]() -> Error {
        ObjectFile object;
        object.name = "step" + variantSuffix(variant) + ".o";
        llvm::raw_svector_ostream os(object.bytes);
        EmitOptions emit = emitOptions(variant);
        emit.entries = entryNames;
        if (Error error = target->emit(*module, variant, emit, emitKind(), os))
          return error;
        objects.push_back(std::move(object));
        return Error::success();
      });
}

Error Compilation::makeTable() {
  program.symbol =
      options.emitsLibrary() ? paths.prefix + "_program" : "lfm2_program";
  auto section = buildTokenizerSection(model.checkpoint->tokenizer);
  if (!section)
    return makeError("{0}: {1}", model.checkpoint->path,
                     llvm::toString(section.takeError()));
  tokenizer = std::move(*section);
  const std::string words =
      llvm::formatv("{0} {1} {2} {3} {4}", getCompilerVersion(),
                    options.quantize, getInfo(options.activations).word,
                    program.contextMax, weightLayout)
          .str();
  program.identity =
      computeIdentity(*model.checkpoint, hasher->finish(), tokenizer, words);
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> table = buildProgramTable(llvmContext, program);
  ObjectFile object;
  object.name = "program.o";
  llvm::raw_svector_ostream os(object.bytes);
  // The table holds no instructions, so it is made for the least demanding CPU.
  EmitOptions emit = emitOptions(variants.back());
  emit.entrySuffix.clear();
  if (Error error = target->emit(*table, variants.back(), emit, emitKind(), os))
    return error;
  objects.push_back(std::move(object));
  return Error::success();
}

Error Compilation::writeModule() {
  const Phase last = options.stopAfter.value_or(Phase::Import);
  if (variants.size() > 1 && last > Phase::Import)
    return asUsage(makeError(
        "a module after phase '{0}' is that of one CPU, and --cpu={1} means "
        "{2}; name one of them",
        getPhaseInfo(last).name, options.cpu, variants.size()));
  if (Error error = lower(*model.module, variants.front(), last))
    return error;
  if (last == Phase::Import)
    (*model.module)->removeAttr("exec.target");
  std::string text;
  llvm::raw_string_ostream os(text);
  model.module->print(os, mlir::OpPrintingFlags().enableDebugInfo());
  return writeText(text);
}

Error Compilation::writeText(StringRef text) {
  PendingOutputs pending;
  if (Error error = writeTextFile(paths.main, text, pending))
    return error;
  return pending.commit();
}

static ModelDescription describe(const LoadedModel &model, StringRef target,
                                 llvm::ArrayRef<TargetVariant> variants,
                                 const ProgramDescription &program,
                                 mlir::ModuleOp planned, uint64_t weightsHash,
                                 const CompileOptions &options) {
  ModelDescription description;
  description.checkpoint = model.checkpoint.get();
  description.target = target.str();
  description.variants = variants;
  description.program = program;
  description.weights = summarizeWeights(planned, *model.checkpoint);
  description.weightsHash = weightsHash;
  description.quantize = options.quantize;
  description.activations = options.activations;
  return description;
}

Error Compilation::checkNonFinite(const WeightPlace &place) {
  if (!options.allowNonFinite)
    return makeError("{0}: expected weights that are finite numbers, found "
                     "{1}; {2}, or give --allow-nonfinite to compile it all "
                     "the same",
                     options.model, place.describe(),
                     place.overflown ? "choose another format with --quantize"
                                     : "get the checkpoint again");
  observer.warning(llvm::formatv("{0}; the program will end where its logits "
                                 "are no finite numbers",
                                 place.describe())
                       .str());
  return Error::success();
}

Error Compilation::writeArchiveOf(llvm::raw_ostream &os, StringRef before) {
  ModelDescription description;
  auto weights = [&](HashingStream &os) -> Error {
    if (Error error = packWeights(
            *planned, *model.checkpoint, os,
            [&](uint64_t done, uint64_t total) {
              observer.weightsPacked(done, total);
            },
            [&](const WeightPlace &place) { return checkNonFinite(place); }))
      return error;
    weightsHash = os.digest();
    description = describe(model, targetName, variants, program, *planned,
                           weightsHash, options);
    return Error::success();
  };
  auto tokens = [&](llvm::raw_ostream &os) -> Error {
    os.write(reinterpret_cast<const char *>(tokenizer.data()),
             tokenizer.size());
    return Error::success();
  };
  auto info = [&](llvm::raw_ostream &os) -> Error {
    os << formatInfo(description);
    return Error::success();
  };
  auto defaults = [&](llvm::raw_ostream &os) -> Error {
    os << formatDefaults(description, options.context);
    return Error::success();
  };
  auto embedding = [&](llvm::raw_ostream &os) -> Error {
    auto section = buildEmbeddingSection(model.checkpoint->config);
    if (!section)
      return makeError("{0}: {1}", model.checkpoint->path,
                       llvm::toString(section.takeError()));
    os.write(reinterpret_cast<const char *>(section->data()), section->size());
    return Error::success();
  };
  return writeArchive(os, before, program.identity,
                      {weights, tokens, info, defaults, embedding})
      .takeError();
}

Error Compilation::writeOutputs() {
  ProgramFiles files;
  files.emit = options.emit;
  files.paths = paths;
  files.joined = options.joinsWeights();
  files.withWeights = options.writesWeights();
  files.runtime = options.emitsLibrary() ? target->getLibraryRuntime()
                                         : target->getProgramRuntime();
  const std::vector<std::string> arguments = target->getLinkArguments();
  files.linkArguments = arguments;
  files.objects = objects;
  std::string header;
  if (options.emitsLibrary()) {
    auto text = makeHeader(describe(model, targetName, variants, program,
                                    *planned, weightsHash, options),
                           paths, options.emit, files.joined);
    if (!text)
      return text.takeError();
    header = std::move(*text);
  }
  WrittenSizes sizes;
  PendingOutputs pending;
  if (Error error = inPhase(Phase::Link, "", [&]() -> Error {
        auto written = writeProgram(
            files, header,
            [&](llvm::raw_ostream &os, StringRef before) {
              return writeArchiveOf(os, before);
            },
            pending);
        if (!written)
          return written.takeError();
        sizes = *written;
        return Error::success();
      }))
    return error;
  if (Error error = reportTo(sizes, pending))
    return error;
  if (Error error = pending.commit())
    return error;
  observer.note(llvm::formatv("wrote {0}: {1} KB of code, {2} MB of weights",
                              paths.main, (sizes.program + 999) / 1000,
                              (sizes.archive + 999999) / 1000000)
                    .str());
  return Error::success();
}

Error Compilation::reportTo(const WrittenSizes &sizes,
                            PendingOutputs &pending) {
  if (options.reportPath.empty())
    return Error::success();
  return writeTextFile(
      options.reportPath,
      formatReport(describe(model, targetName, variants, program, *planned,
                            weightsHash, options),
                   sizes, readSchedules(*planned), times),
      pending);
}

Error Compilation::run(const TargetRegistry &targets) {
  if (Error error = chooseTarget(targets))
    return error;
  // The model is found first: its place names the output.
  auto place = locateModel(options.model);
  if (!place)
    return place.takeError();
  options.model = place->path;
  for (const std::string &note : place->notes)
    observer.note(note);
  auto chosen = chooseOutputs(options);
  if (!chosen)
    return chosen.takeError();
  paths = std::move(*chosen);
  if (Error error = load())
    return error;
  if (Error error = checkPhase())
    return error;
  if (options.emit == Emit::MLIR)
    return writeModule();
  if (model.done >= Phase::Codegen)
    return makeError(
        "the module in {0} has been through phase '{1}', which leaves no "
        "weights to pack; give one of phase 'plan' or before",
        options.model, getPhaseInfo(model.done).name);
  // LLVM IR of the code alone: two modules in one file would not parse.
  const bool hasTable = options.emit != Emit::LLVMIR;
  if (hasTable)
    hasher.emplace(*model.checkpoint);
  for (size_t i = 0; i < variants.size(); ++i)
    if (Error error = makeCode(i))
      return error;
  if (hasTable)
    if (Error error = makeTable())
      return error;
  if (options.emitsText()) {
    std::string text;
    for (const ObjectFile &object : objects)
      text += StringRef(object.bytes.data(), object.bytes.size());
    return writeText(text);
  }
  return writeOutputs();
}

Error lfm2c::compile(const CompileOptions &options,
                     const TargetRegistry &targets, CompileObserver &observer) {
  InputFiles inputs;
  return Compilation(options, observer).run(targets);
}
