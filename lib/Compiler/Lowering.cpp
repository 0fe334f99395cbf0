#include "lib/Compiler/Lowering.h"

#include "dialects/exec/IR/Exec.h"
#include "lib/Compiler/LoadModel.h"
#include "lib/Pipeline/Pipeline.h"
#include "lib/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FormatVariadic.h"

using namespace lfm2c;
using llvm::Error;

Error Lowering::setFacts(mlir::ModuleOp module,
                         const TargetVariant &variant) const {
  mlir::MLIRContext *context = module.getContext();
  context->loadDialect<exec::ExecDialect>();
  if (auto before = module->getAttrOfType<exec::TargetAttr>("exec.target");
      before && before.getFacts() != variant.facts)
    return makeError(
        "the module was made for other CPU facts than those of {0} ({1}); give "
        "the --cpu and --tuning it was made with",
        variant.name,
        exec::describeDifference(before.getFacts(), variant.facts));
  module->setAttr("exec.target", exec::TargetAttr::get(context, variant.facts));
  return Error::success();
}

Error Lowering::runStages(mlir::ModuleOp module, const TargetVariant &variant,
                          Stage last) const {
  PipelineOptions pipeline(*choice.target, variant);
  pipeline.use = getCodeUse(options);
  pipeline.quantize = settings.quantize;
  pipeline.kv = settings.kv;
  if (settings.recipe && !settings.recipe->isPreset)
    pipeline.quantizeRules = settings.recipe->text;
  pipeline.chunkTokens = settings.chunkTokens;
  pipeline.takesTexts = settings.takesTexts;
  pipeline.keepInputs = options.keepInputs;
  pipeline.activations = settings.activations;
  pipeline.verifyRoundTrip = options.verifyRoundTrip;
  llvm::Expected<Stage> done = getStage(module);
  if (!done)
    return done.takeError();
  for (const StageInfo &info : getStages()) {
    if (info.stage <= *done || info.stage > last || info.stage > Stage::Codegen)
      continue;
    if (Error error =
            runner.run(info.stage, choice.labelOf(variant), [&]() -> Error {
              if (Error error = runStage(module, info.stage, pipeline))
                return error;
              return runner.dump(module, info.stage);
            }))
      return error;
    markStage(module, info.stage);
  }
  return Error::success();
}

Error Lowering::run(mlir::ModuleOp module, const TargetVariant &variant,
                    Stage last) const {
  if (Error error = setFacts(module, variant))
    return error;
  // What passes leave as it is. Variants differ in code only, so the first says
  // it for all.
  std::vector<std::string> remarks;
  mlir::ScopedDiagnosticHandler listener(
      module.getContext(), [&](mlir::Diagnostic &diag) {
        if (diag.getSeverity() != mlir::DiagnosticSeverity::Remark)
          return mlir::failure();
        if (&variant == &choice.variants.front())
          remarks.push_back(diag.str());
        return mlir::success();
      });
  if (Error error = runStages(module, variant, last))
    return error;
  if (remarks.size() == 1)
    observer.warning(remarks.front());
  else if (!remarks.empty())
    observer.warning(llvm::formatv("{0} (and {1} more weights)",
                                   remarks.front(), remarks.size() - 1)
                         .str());
  return Error::success();
}
