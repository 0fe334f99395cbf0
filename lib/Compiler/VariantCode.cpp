#include "lib/Compiler/VariantCode.h"

#include "lfm2rt/abi.h"
#include "lib/Compiler/MatchCheckpoint.h"
#include "lib/Support/Error.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace lfm2c;
using llvm::Error;

std::string CodeMaker::entrySuffix(const TargetVariant &variant) const {
  return (options.emitsLibrary() ? "_" + prefix : "") +
         choice.suffixOf(variant);
}

EmitOptions CodeMaker::emitOptions() const {
  EmitOptions emit;
  emit.pic = getCodeUse(options) == CodeUse::Library ||
             choice.target->getProgramLoader();
  return emit;
}

Error CodeMaker::checkMemory(const TargetFacts &facts,
                             llvm::ArrayRef<ProgramEntry> entries,
                             const ProgramDescription &program) const {
  const int64_t most = facts.processBytes;
  // The runtime, the tokenizer, logits of a step and stacks of threads.
  constexpr int64_t others = 64 << 20;
  int64_t scratch = 0;
  for (const ProgramEntry &entry : entries)
    // Near memory is the caller's or, without it, a part of scratch.
    scratch = std::max<int64_t>(
        scratch, entry.scratchBytes + entry.nearBytes * facts.nearThreads);
  const bool takesTexts = program.flags & LFM2_PROGRAM_BIDIRECTIONAL;
  const int64_t tokens =
      llvm::alignTo<LFM2_CONTEXT_GRANULE>(program.contextMax) *
      (takesTexts ? LFM2_TEXTS_STATE : 1);
  const int64_t state =
      program.stateFixedBytes + program.stateBytesPerToken * tokens;
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
      program.contextMax, megabytes(scratch), megabytes(others), choice.name,
      most / 1000000,
      sum - state > most ? "a smaller model, or --quantize it further"
      : takesTexts       ? "a smaller --chunk"
                         : "a smaller --context");
}

Error CodeMaker::takeSizes(const LoadedModel &model, mlir::ModuleOp planned,
                           const ProgramVariant &variant,
                           const TargetFacts &facts, ProgramCode &code) const {
  ProgramDescription sizes;
  if (Error error = readSizes(planned, sizes))
    return error;
  std::string layout = describeWeightLayout(planned);
  ProgramDescription &program = code.program;
  if (code.planned) {
    if (layout == code.weightLayout &&
        sizes.stateBytesPerToken == program.stateBytesPerToken &&
        sizes.stateHeadBytes == program.stateHeadBytes &&
        sizes.stateForm == program.stateForm &&
        sizes.stateFixedBytes == program.stateFixedBytes)
      return Error::success();
    return makeError(
        "the variants {0} and {1} lay out weights or state differently, so "
        "they cannot share an archive",
        choice.variants.front().name, variant.name);
  }
  program.stateFixedBytes = sizes.stateFixedBytes;
  program.stateBytesPerToken = sizes.stateBytesPerToken;
  program.stateHeadBytes = sizes.stateHeadBytes;
  program.stateForm = sizes.stateForm;
  program.weightsBytes = sizes.weightsBytes;
  code.weightLayout = std::move(layout);
  if (Error error = checkMemory(facts, variant.entries, program))
    return error;
  if (Error error = checkWeights(planned, *model.checkpoint))
    return error;
  code.planned = planned.clone();
  return Error::success();
}

/// Adds what the target made to what is linked or written.
static Error addImages(llvm::Expected<std::vector<Image>> images,
                       ProgramCode &code) {
  if (!images)
    return images.takeError();
  std::move(images->begin(), images->end(), std::back_inserter(code.objects));
  return Error::success();
}

/// Takes over what the target made of a variant's module.
static Error addCode(llvm::Expected<Code> made, ProgramVariant &variant,
                     ProgramCode &code) {
  if (!made)
    return made.takeError();
  variant.kernels = std::move(made->kernels);
  llvm::append_range(variant.features, made->requiredFeatures);
  llvm::append_range(variant.featureNames, made->requiredNames);
  if (Error error = checkDispatches(variant))
    return error;
  mergeKernels(variant);
  return addImages(std::move(made->images), code);
}

Error CodeMaker::addVariant(const LoadedModel &model,
                            const TargetVariant &variant,
                            ProgramCode &code) const {
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp(model.module.get()).clone();
  if (Error error = lowering.run(*module, variant, Stage::Plan))
    return error;
  auto entries = readEntries(*module, entrySuffix(variant));
  if (!entries)
    return entries.takeError();
  EmitOptions emit = emitOptions();
  emit.name = "step" + choice.suffixOf(variant);
  emit.entrySuffix = entrySuffix(variant);
  for (const ProgramEntry &entry : llvm::cantFail(readEntries(*module, "")))
    emit.entries.push_back(entry.symbol);
  ProgramVariant &made = code.program.variants.emplace_back();
  made.name = variant.name;
  made.features = variant.requiredFeatures;
  made.featureNames = variant.requiredNames;
  made.entries = std::move(*entries);
  made.code = variant.code;
  if (Error error = takeSizes(model, *module, made, variant.facts, code))
    return error;
  if (Error error = lowering.run(*module, variant, Stage::Codegen))
    return error;
  return runner.run(Stage::Object, choice.labelOf(variant), [&]() -> Error {
    return addCode(
        choice.target->emit(*module, variant, emit, getEmitKind(options)), made,
        code);
  });
}

Error CodeMaker::addVariants(const LoadedModel &model,
                             ProgramCode &code) const {
  for (const TargetVariant &variant : choice.variants)
    if (Error error = addVariant(model, variant, code))
      return error;
  return Error::success();
}

Error CodeMaker::addTable(ProgramCode &code) const {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> table =
      buildProgramTable(context, code.program);
  EmitOptions emit = emitOptions();
  emit.name = "program";
  // The table holds no instructions, so it is made for the least demanding CPU.
  return addImages(choice.target->emitTable(*table, choice.variants.back(),
                                            emit, getEmitKind(options)),
                   code);
}
