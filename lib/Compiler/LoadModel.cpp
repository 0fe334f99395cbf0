#include "lib/Compiler/LoadModel.h"

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Dialect.h"
#include "frontends/Frontend.h"
#include "frontends/ImportModel.h"
#include "lib/Support/Error.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::StringRef;

static constexpr StringRef phaseAttribute = "exec.phase";

void lfm2c::registerModelDialects(mlir::DialectRegistry &registry) {
  registry.insert<mlir::cf::ControlFlowDialect, lfm2::LFM2Dialect,
                  exec::ExecDialect, mlir::arith::ArithDialect,
                  mlir::func::FuncDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect, mlir::tensor::TensorDialect,
                  mlir::vector::VectorDialect>();
}

void lfm2c::markPhase(mlir::ModuleOp module, Phase phase) {
  module->setAttr(
      phaseAttribute,
      mlir::StringAttr::get(module.getContext(), getPhaseInfo(phase).name));
}

llvm::Expected<Phase> lfm2c::getPhase(mlir::ModuleOp module) {
  auto phase = module->getAttrOfType<mlir::StringAttr>(phaseAttribute);
  if (!phase)
    return Phase::Import;
  return parsePhase(phase.getValue());
}

/// Where the checkpoint of the module in file `path` is.
static std::string findSource(StringRef path, StringRef source) {
  if (llvm::sys::path::is_absolute(source) || llvm::sys::fs::exists(source))
    return source.str();
  llvm::SmallString<256> beside(llvm::sys::path::parent_path(path));
  llvm::sys::path::append(beside, source);
  return llvm::sys::fs::exists(beside) ? std::string(beside) : source.str();
}

static llvm::Expected<LoadedModel> parseModule(StringRef path,
                                               mlir::MLIRContext &context,
                                               const ReadOptions &options) {
  auto file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  std::string problem;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diag) {
    if (problem.empty())
      llvm::raw_string_ostream(problem) << diag.getLocation() << ": " << diag;
    return mlir::success();
  });
  // The parser wants a terminator behind the text, which a mapping need not
  // have.
  LoadedModel model;
  model.module = mlir::parseSourceString<mlir::ModuleOp>((*file)->text().str(),
                                                         &context, path);
  if (!model.module)
    return makeError("{0} is not a module of this compiler: {1}", path,
                     problem);
  llvm::Expected<Phase> done = getPhase(*model.module);
  if (!done)
    return done.takeError();
  model.done = *done;
  auto source = (*model.module)->getAttrOfType<mlir::StringAttr>("lfm2.source");
  if (!source)
    return makeError(
        "{0}: the module has no attribute 'lfm2.source' that names its "
        "checkpoint; expected one as lfm2-compile --emit=mlir writes it",
        path);
  auto checkpoint =
      readCheckpoint(findSource(path, source.getValue()), options);
  if (!checkpoint)
    return makeError("{0} needs its checkpoint: {1}", path,
                     llvm::toString(checkpoint.takeError()));
  model.checkpoint = std::move(*checkpoint);
  return model;
}

llvm::Expected<LoadedModel> lfm2c::loadModel(StringRef path,
                                             mlir::MLIRContext &context,
                                             const ReadOptions &options) {
  if (path.ends_with(".mlir"))
    return parseModule(path, context, options);
  auto checkpoint = readCheckpoint(path, options);
  if (!checkpoint)
    return checkpoint.takeError();
  LoadedModel model;
  model.checkpoint = std::move(*checkpoint);
  model.module = importModel(*model.checkpoint, context);
  return model;
}
