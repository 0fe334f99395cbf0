// lfm2-opt: runs passes over modules, for tests and for looking at what the
// compiler does. Knows every dialect and every pass of the project, and those
// of MLIR that they lower to.

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Dialect.h"
#include "lib/Support/MappedFile.h"
#include "lib/Support/Nesting.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/conversion/Passes.h"
#include "passes/fusion/Passes.h"
#include "passes/memory/Passes.h"
#include "passes/quant/Passes.h"
#include "passes/tiling/Passes.h"
#include "targets/Target.h"

static llvm::Error checkFile(llvm::StringRef path) {
  auto file = lfm2c::MappedFile::open(path);
  if (!file)
    return file.takeError();
  return lfm2c::checkNesting((*file)->text(), path);
}

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<lfm2c::lfm2::LFM2Dialect, lfm2c::exec::ExecDialect,
                  mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
                  mlir::func::FuncDialect, mlir::LLVM::LLVMDialect,
                  mlir::math::MathDialect, mlir::scf::SCFDialect,
                  mlir::vector::VectorDialect>();

  lfm2c::registerLFM2QuantPasses();
  lfm2c::registerLFM2FusionPasses();
  lfm2c::registerLFM2TilingPasses();
  lfm2c::registerLFM2MemoryPasses();
  lfm2c::registerLFM2ConversionPasses();
  lfm2c::TargetRegistry targets;
  lfm2c::registerAllTargets(targets);
  for (const lfm2c::TargetRegistry::Entry &entry : targets.getEntries()) {
    entry.target->registerPasses();
    entry.target->registerDialects(registry);
  }
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerSymbolDCEPass();

  auto [input, output] = mlir::registerAndParseCLIOptions(
      argc, argv, "Runs passes of the LFM2 compiler over modules\n", registry);
  if (input != "-")
    if (llvm::Error error = checkFile(input)) {
      llvm::errs() << "lfm2-opt: " << llvm::toString(std::move(error)) << "\n";
      return 1;
    }
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, input, output, registry));
}
