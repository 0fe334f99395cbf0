// Translates to LLVM IR, runs LLVM's optimiser and writes objects or text.
#include "targets/LLVMEmit.h"

#include "lib/Support/Error.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

using namespace lfm2c;

/// Those of all targets, and then a target's own.
static std::vector<llvm::StringRef>
withCommonOptions(llvm::ArrayRef<llvm::StringRef> own) {
  std::vector<llvm::StringRef> all = {
      "enable-misched=false", "pre-RA-sched=source",
      // Loops that copy vectors stay such: what the linker would call is the
      // runtime's, which copies words.
      "disable-memcpy-idiom=true", "disable-memmove-idiom=true"};
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

LLVMTarget::LLVMTarget(llvm::ArrayRef<llvm::StringRef> options)
    : options(withCommonOptions(options)) {}

void LLVMTarget::registerDialects(mlir::DialectRegistry &registry) const {
  registry.insert<mlir::LLVM::LLVMDialect>();
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createMachine(llvm::StringRef tripleName, const TargetVariant &variant,
              bool pic) {
  const llvm::Triple triple(tripleName);
  std::string why;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, why);
  if (!target)
    return makeError("LLVM has no back end for {0}: {1}", tripleName, why);
  llvm::TargetOptions options;
  // One section per function and constant, so that the linker drops the unused.
  options.FunctionSections = true;
  options.DataSections = true;
  // Constants may meet NaN only through a broken checkpoint; contraction is
  // what the generator asks for op by op.
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, variant.cpu, variant.features, options,
      pic ? llvm::Reloc::PIC_ : llvm::Reloc::Static, llvm::CodeModel::Small,
      llvm::CodeGenOptLevel::Default));
  if (!machine)
    return makeError("LLVM cannot make code for {0} and CPU {1}", tripleName,
                     variant.cpu);
  return machine;
}

/// Marks every function with the CPU, as clang does, and gives entry points
/// their names in the program.
static void markFunctions(llvm::Module &module, const TargetVariant &variant,
                          const EmitOptions &options) {
  for (llvm::Function &fn : module) {
    if (fn.isDeclaration())
      continue;
    fn.addFnAttr("target-cpu", variant.cpu);
    if (!variant.features.empty())
      fn.addFnAttr("target-features", variant.features);
    // Vectors as wide as the facts promised, whatever the CPU prefers for code
    // that was written without a width in mind.
    fn.addFnAttr("prefer-vector-width",
                 std::to_string(variant.facts.vectorBits));
    fn.addFnAttr("min-legal-vector-width",
                 std::to_string(variant.facts.vectorBits));
    // A program has no handler to unwind to: tables would be a tenth of its
    // size.
    fn.setDoesNotThrow();
    fn.setUWTableKind(llvm::UWTableKind::None);
    if (!options.entries.empty() &&
        !llvm::is_contained(options.entries, fn.getName()))
      fn.setLinkage(llvm::GlobalValue::InternalLinkage);
    if (!options.entrySuffix.empty() && fn.hasExternalLinkage())
      fn.setName(fn.getName() + options.entrySuffix);
  }
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PipelineTuningOptions tuning;
  // Generated loops are already vectors, cut and unrolled to the registers;
  // doing it again would spill them and multiply code.
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopInterleaving = false;
  tuning.LoopUnrolling = false;
  llvm::LoopAnalysisManager lam;
  llvm::FunctionAnalysisManager fam;
  llvm::CGSCCAnalysisManager cgam;
  llvm::ModuleAnalysisManager mam;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(mam);
  builder.registerCGSCCAnalyses(cgam);
  builder.registerFunctionAnalyses(fam);
  builder.registerLoopAnalyses(lam);
  builder.crossRegisterProxies(lam, fam, cgam, mam);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2)
      .run(module, mam);
}

static llvm::StringRef extensionOf(EmitKind kind) {
  switch (kind) {
  case EmitKind::Object:
    return ".o";
  case EmitKind::Assembly:
    return ".s";
  case EmitKind::LLVMIR:
    return ".ll";
  }
  llvm_unreachable("covered switch");
}

llvm::Expected<std::vector<Image>>
LLVMTarget::emitLLVM(llvm::Module &module, const TargetVariant &variant,
                     const EmitOptions &emit, EmitKind kind) const {
  std::vector<Image> images(1);
  const LLVMOptions::Scope scope(options);
  initializeBackend();
  auto machine = createMachine(getTriple(), variant, emit.pic);
  if (!machine)
    return machine.takeError();
  module.setTargetTriple(llvm::Triple(getTriple()));
  module.setDataLayout((*machine)->createDataLayout());
  if (emit.pic)
    module.setPICLevel(llvm::PICLevel::BigPIC);
  markFunctions(module, variant, emit);
  for (llvm::Function &fn : module)
    if (!fn.isDeclaration())
      markFunction(fn, variant);

  std::string problem;
  llvm::raw_string_ostream problemStream(problem);
  if (llvm::verifyModule(module, &problemStream))
    return makeError("the generated LLVM IR is invalid: {0}", problem);
  optimize(module, **machine);
  Image &image = images.front();
  image.name = emit.name + extensionOf(kind).str();
  llvm::raw_svector_ostream os(image.bytes);
  if (kind == EmitKind::LLVMIR) {
    module.print(os, nullptr);
    return images;
  }
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(
          passes, os, nullptr,
          kind == EmitKind::Object ? llvm::CodeGenFileType::ObjectFile
                                   : llvm::CodeGenFileType::AssemblyFile))
    return makeError("LLVM cannot write objects for {0}", getTriple());
  passes.run(module);
  return images;
}

llvm::Expected<std::vector<Image>>
LLVMTarget::emitTable(llvm::Module &module, const TargetVariant &variant,
                      const EmitOptions &emit, EmitKind kind) const {
  return emitLLVM(module, variant, emit, kind);
}

llvm::Expected<Code> LLVMTarget::emit(mlir::ModuleOp module,
                                      const TargetVariant &variant,
                                      const EmitOptions &emit,
                                      EmitKind kind) const {
  std::string problem;
  mlir::ScopedDiagnosticHandler handler(module.getContext(),
                                        [&](mlir::Diagnostic &diag) {
                                          if (problem.empty())
                                            problem = diag.str();
                                          return mlir::success();
                                        });
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> ir =
      mlir::translateModuleToLLVMIR(module, context);
  if (!ir)
    return makeError("the program does not translate to LLVM IR: {0}", problem);
  auto images = emitLLVM(*ir, variant, emit, kind);
  if (!images)
    return images.takeError();
  Code code;
  code.images = std::move(*images);
  return code;
}
