// lfm2-opt: runs passes over modules, for tests and for looking at what the
// compiler does. Knows every dialect and every pass of the project, and those of
// MLIR that they lower to.

#include "dialects/lfm2/IR/LFM2Dialect.h"
#ifdef LFM2_HAS_EXEC
#include "dialects/exec/IR/Exec.h"
#endif
#ifdef LFM2_HAS_Quant
#include "passes/quant/Passes.h"
#endif
#ifdef LFM2_HAS_Fusion
#include "passes/fusion/Passes.h"
#endif
#ifdef LFM2_HAS_Tiling
#include "passes/tiling/Passes.h"
#endif
#ifdef LFM2_HAS_Memory
#include "passes/memory/Passes.h"
#endif
#ifdef LFM2_HAS_Conversion
#include "passes/conversion/Passes.h"
#endif
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<lfm2c::lfm2::LFM2Dialect, mlir::arith::ArithDialect,
                  mlir::cf::ControlFlowDialect, mlir::func::FuncDialect,
                  mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
                  mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
                  mlir::tensor::TensorDialect, mlir::vector::VectorDialect>();
#ifdef LFM2_HAS_EXEC
  registry.insert<lfm2c::exec::ExecDialect>();
#endif
#ifdef LFM2_HAS_Quant
  lfm2c::registerLFM2QuantPasses();
#endif
#ifdef LFM2_HAS_Fusion
  lfm2c::registerLFM2FusionPasses();
#endif
#ifdef LFM2_HAS_Tiling
  lfm2c::registerLFM2TilingPasses();
#endif
#ifdef LFM2_HAS_Memory
  lfm2c::registerLFM2MemoryPasses();
#endif
#ifdef LFM2_HAS_Conversion
  lfm2c::registerLFM2ConversionPasses();
#endif
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerSymbolDCEPass();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "Runs passes of the LFM2 compiler over modules\n", registry));
}
