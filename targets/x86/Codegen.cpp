// From the planned program to the LLVM dialect, with x86-64's own `dot4`.
#include "targets/x86/X86Target.h"

#include "mlir/Pass/PassManager.h"

using namespace lfm2c;

void X86Target::buildCodegenPipeline(mlir::OpPassManager &pm,
                                     const TargetVariant &variant) const {}
