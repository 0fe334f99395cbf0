// Which passes a stage is made of, and how a stage runs.
#include "lib/Pipeline/Pipeline.h"

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Dialect.h"
#include "lib/Support/Error.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/fusion/Passes.h"
#include "passes/memory/Passes.h"
#include "passes/quant/Passes.h"
#include "passes/tiling/Pipeline.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

using namespace lfm2c;
using llvm::Error;

/// Decode and prefill; or the one size of a model of whole texts.
static llvm::SmallVector<int64_t>
getEntrySizes(const PipelineOptions &options) {
  if (options.takesTexts || options.chunkTokens == 1)
    return {options.chunkTokens};
  return {1, options.chunkTokens};
}

void lfm2c::buildStage(mlir::OpPassManager &pm, Stage stage,
                       const PipelineOptions &options) {
  switch (stage) {
  case Stage::Quantize:
    if (options.quantize != "keep") {
      QuantizePassOptions quantize;
      quantize.format = options.quantize;
      quantize.rules = options.quantizeRules;
      pm.addPass(createQuantizePass(quantize));
    }
    if (!options.kv.empty()) {
      ChooseCachesPassOptions caches;
      caches.format = options.kv;
      pm.addPass(createChooseCachesPass(caches));
    }
    break;
  case Stage::Fuse:
    pm.addPass(createFusePhasesPass());
    if (options.keepInputs) {
      KeepInputsPassOptions keep;
      keep.tokens = options.chunkTokens;
      pm.addPass(createKeepInputsPass(keep));
    }
    pm.addPass(createOutlineLayersPass());
    break;
  case Stage::Tile: {
    TileOptions tile;
    tile.entries = getEntrySizes(options);
    tile.tokenScales = options.activations == Activations::PerToken;
    tile.roundBF16 = options.activations != Activations::Exact;
    options.target.buildTilePipeline(pm, options.variant, tile);
    break;
  }
  case Stage::Plan:
    pm.addPass(createPlanMemoryPass());
    break;
  case Stage::Codegen:
    options.target.buildCodegenPipeline(pm, options.variant, options.use);
    break;
  case Stage::Import:
  case Stage::Object:
  case Stage::Link:
    llvm_unreachable("not a stage of passes");
  }
}

/// Collects the first error with its place and notes, as one line.
class DiagnosticText {
public:
  explicit DiagnosticText(mlir::MLIRContext *context)
      : handler(context,
                [this](mlir::Diagnostic &diag) { return take(diag); }) {}
  llvm::StringRef get() const { return text; }

private:
  mlir::LogicalResult take(mlir::Diagnostic &diag) {
    // Remarks and warnings go on to whoever listens to the context.
    if (diag.getSeverity() != mlir::DiagnosticSeverity::Error)
      return mlir::failure();
    if (!text.empty())
      return mlir::success();
    llvm::raw_string_ostream os(text);
    if (auto name = llvm::dyn_cast<mlir::NameLoc>(diag.getLocation()))
      os << "'" << name.getName().getValue() << "' ";
    else if (!llvm::isa<mlir::UnknownLoc>(diag.getLocation()))
      os << diag.getLocation() << ": ";
    os << diag;
    for (mlir::Diagnostic &note : diag.getNotes())
      os << "; " << note;
    return mlir::success();
  }

  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

/// Fails where ops of the model or of the program are left, which are nobody's
/// but the target's to lower, and which it does not emit as they are.
static Error checkLowered(mlir::ModuleOp module, const Target &target) {
  mlir::DialectRegistry dialects;
  target.registerDialects(dialects);
  std::map<llvm::StringRef, size_t> left;
  module.walk([&](mlir::Operation *op) {
    if (llvm::isa_and_present<exec::ExecDialect, lfm2::LFM2Dialect>(
            op->getDialect()) &&
        !llvm::is_contained(dialects.getDialectNames(),
                            op->getDialect()->getNamespace()))
      ++left[op->getName().getStringRef()];
  });
  if (left.empty())
    return Error::success();
  std::string names;
  for (const auto &[name, count] : left)
    names +=
        llvm::formatv("{0}{1} ({2})", names.empty() ? "" : ", ", name, count);
  // Every registry has MLIR's own.
  llvm::SmallVector<llvm::StringRef> known(
      llvm::make_filter_range(dialects.getDialectNames(), [](auto name) {
        return name != mlir::BuiltinDialect::getDialectNamespace();
      }));
  return makeError("stage '{0}' failed: the target ({1}) has no lowering of "
                   "{2}; dialects that it makes code of: {3}",
                   getStageInfo(Stage::Codegen).name, target.getDescription(),
                   names, known.empty() ? "none" : llvm::join(known, ", "));
}

Error lfm2c::runStage(mlir::ModuleOp module, Stage stage,
                      const PipelineOptions &options) {
  DiagnosticText diagnostics(module.getContext());
  mlir::PassManager pm(module.getContext());
  pm.enableVerifier(true);
  buildStage(pm, stage, options);
  if (failed(pm.run(module)) || failed(mlir::verify(module)))
    return makeError("stage '{0}' failed: {1}", getStageInfo(stage).name,
                     diagnostics.get().empty() ? "a pass gave no reason"
                                               : diagnostics.get());
  if (stage == Stage::Codegen)
    if (Error error = checkLowered(module, options.target))
      return error;
  if (!options.verifyRoundTrip)
    return Error::success();
  if (Error error = checkRoundTrip(module))
    return makeError("after stage '{0}': {1}", getStageInfo(stage).name,
                     llvm::toString(std::move(error)));
  return Error::success();
}

static std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, mlir::OpPrintingFlags().enableDebugInfo());
  return text;
}

Error lfm2c::checkRoundTrip(mlir::ModuleOp module) {
  DiagnosticText diagnostics(module.getContext());
  const std::string text = print(module);
  const mlir::ParserConfig config(module.getContext());
  auto parsed = mlir::parseSourceString<mlir::ModuleOp>(text, config);
  if (!parsed)
    return makeError("the printed module does not parse: {0}",
                     diagnostics.get());
  if (print(*parsed) != text)
    return makeError("the module changes when it is printed and parsed again");
  return Error::success();
}
