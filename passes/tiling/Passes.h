//===- Passes.h - vectors and dot4 out of phases        ------*- C++ -*-===//

#ifndef PASSES_TILING_PASSES_H
#define PASSES_TILING_PASSES_H

#include "mlir/Pass/Pass.h"

namespace lfm2c {
#define GEN_PASS_DECL
#include "passes/tiling/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/tiling/Passes.h.inc"
} // namespace lfm2c

#endif
