#include "lib/Compiler/LoadModel.h"

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Adapters.h"
#include "dialects/lfm2/IR/LFM2Dialect.h"
#include "frontends/Frontend.h"
#include "frontends/ImportModel.h"
#include "lib/Compiler/MatchCheckpoint.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"
#include "lib/Support/Nesting.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::StringRef;

static constexpr StringRef doneAttribute = "exec.done";

void lfm2c::registerModelDialects(mlir::DialectRegistry &registry) {
  registry.insert<mlir::cf::ControlFlowDialect, lfm2::LFM2Dialect,
                  exec::ExecDialect, mlir::arith::ArithDialect,
                  mlir::func::FuncDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
}

void lfm2c::markStage(mlir::ModuleOp module, Stage stage) {
  module->setAttr(
      doneAttribute,
      mlir::StringAttr::get(module.getContext(), getStageInfo(stage).name));
}

llvm::Expected<Stage> lfm2c::getStage(mlir::ModuleOp module) {
  auto stage = module->getAttrOfType<mlir::StringAttr>(doneAttribute);
  if (!stage)
    return Stage::Import;
  return parseStage(stage.getValue());
}

/// Where the checkpoint of the module in file `path` is.
static std::string findSource(StringRef path, StringRef source) {
  if (llvm::sys::path::is_absolute(source) || llvm::sys::fs::exists(source))
    return source.str();
  llvm::SmallString<256> beside(llvm::sys::path::parent_path(path));
  llvm::sys::path::append(beside, source);
  return llvm::sys::fs::exists(beside) ? std::string(beside) : source.str();
}

namespace {
/// How deep attributes, types and locations are made of each other. Through
/// aliases they nest without a bracket in the text, and all that walks over
/// them recurses.
class Depths {
public:
  bool areFine(mlir::ModuleOp module) {
    return !module
                ->walk([&](mlir::Operation *op) {
                  const bool fine =
                      isFine(op->getAttrDictionary()) &&
                      isFine(mlir::LocationAttr(op->getLoc())) &&
                      llvm::all_of(op->getResultTypes(),
                                   [&](mlir::Type t) { return isFine(t); }) &&
                      llvm::all_of(op->getRegions(), [&](mlir::Region &region) {
                        return llvm::all_of(
                            region.getBlocks(), [&](mlir::Block &block) {
                              return llvm::all_of(
                                  block.getArguments(),
                                  [&](mlir::BlockArgument argument) {
                                    return isFine(argument.getType());
                                  });
                            });
                      });
                  return fine ? mlir::WalkResult::advance()
                              : mlir::WalkResult::interrupt();
                })
                .wasInterrupted();
  }

private:
  static constexpr unsigned most = 256;

  template <typename T> bool isFine(T root) {
    return measure(root, most) <= most;
  }

  /// The depth of `value`, or more than `left`.
  template <typename T> unsigned measure(T value, unsigned left) {
    if (!value)
      return 0;
    auto known = depths.find(value.getAsOpaquePointer());
    if (known != depths.end())
      return known->second;
    if (left == 0)
      return 1;
    unsigned below = 0;
    auto look = [&](auto inner) {
      if (below < left)
        below = std::max(below, measure(inner, left - 1));
    };
    value.walkImmediateSubElements([&](mlir::Attribute a) { look(a); },
                                   [&](mlir::Type t) { look(t); });
    // One that is too deep is never asked for again.
    if (below < left)
      depths[value.getAsOpaquePointer()] = below + 1;
    return below + 1;
  }

  llvm::DenseMap<const void *, unsigned> depths;
};
} // namespace

static llvm::Expected<LoadedModel> parseModule(StringRef path,
                                               mlir::MLIRContext &context,
                                               const ReadOptions &options) {
  auto file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  std::string problem = explainForeignBytes((*file)->text());
  if (!problem.empty())
    return makeError("{0} is not a module of this compiler: it {1}", path,
                     problem);
  if (llvm::Error error = checkNesting((*file)->text(), path))
    return error;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diag) {
    if (problem.empty())
      llvm::raw_string_ostream(problem) << diag.getLocation() << ": " << diag;
    return mlir::success();
  });
  // The parser wants a terminator behind the text, which a mapping need not
  // have.
  LoadedModel model;
  const mlir::ParserConfig unverified(&context, /*verifyAfterParse=*/false);
  model.module = mlir::parseSourceString<mlir::ModuleOp>((*file)->text().str(),
                                                         unverified, path);
  if (model.module && !Depths().areFine(*model.module))
    return makeError("{0}: attributes, types or locations nest deeper than "
                     "those of any module of this compiler",
                     path);
  if (!model.module || mlir::failed(mlir::verify(*model.module)))
    return makeError("{0} is not a module of this compiler: {1}", path,
                     problem);
  llvm::Expected<Stage> done = getStage(*model.module);
  if (!done)
    return done.takeError();
  model.done = *done;
  auto recorded = readRecordedOptions(*model.module);
  if (!recorded)
    return makeError("{0}: {1}", path, llvm::toString(recorded.takeError()));
  model.recorded = std::move(*recorded);
  auto source = (*model.module)->getAttrOfType<mlir::StringAttr>("lfm2.source");
  if (!source)
    return makeError(
        "{0}: the module has no attribute 'lfm2.source' that names its "
        "checkpoint; expected one as lfm2-compile --emit=mlir writes it",
        path);
  ReadOptions reading = options;
  if (reading.pre.empty())
    reading.pre = model.recorded.pre.value_or("");
  auto adapters =
      (*model.module)->getAttrOfType<mlir::ArrayAttr>(lfm2::kAdaptersAttrName);
  reading.adapters.clear();
  if (adapters)
    for (auto word : adapters.getAsRange<mlir::StringAttr>()) {
      auto adapter = AdapterChoice::parse(word.getValue());
      if (!adapter)
        return makeError("{0}: {1}", path, llvm::toString(adapter.takeError()));
      adapter->path = findSource(path, adapter->path);
      reading.adapters.push_back(std::move(*adapter));
      model.adapters.push_back(word.str());
    }
  auto checkpoint =
      readCheckpoint(findSource(path, source.getValue()), reading);
  if (!checkpoint)
    return makeError("{0} needs its checkpoint: {1}", path,
                     llvm::toString(checkpoint.takeError()));
  model.checkpoint = std::move(*checkpoint);
  for (auto check : {checkRecord, checkWeights})
    if (llvm::Error error = check(*model.module, *model.checkpoint))
      return makeError("{0} does not fit {1}: {2}", path,
                       model.checkpoint->path,
                       llvm::toString(std::move(error)));
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
  return loadModel(std::move(*checkpoint), context, options.adapters);
}

LoadedModel lfm2c::loadModel(std::unique_ptr<Checkpoint> checkpoint,
                             mlir::MLIRContext &context,
                             llvm::ArrayRef<AdapterChoice> adapters) {
  LoadedModel model;
  model.checkpoint = std::move(checkpoint);
  model.module = importModel(*model.checkpoint, context);
  for (const AdapterChoice &adapter : adapters)
    model.adapters.push_back(adapter.text);
  if (!model.adapters.empty())
    (*model.module)
        ->setAttr(lfm2::kAdaptersAttrName,
                  mlir::Builder(&context).getStrArrayAttr(
                      llvm::SmallVector<StringRef>(model.adapters.begin(),
                                                   model.adapters.end())));
  recordCheckpoint(*model.module, *model.checkpoint);
  return model;
}
