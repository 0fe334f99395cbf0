//===- Passes.h - phases and layers out of the model's ops ------*- C++ -*-===//

#ifndef PASSES_FUSION_PASSES_H
#define PASSES_FUSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace lfm2c {
#define GEN_PASS_DECL
#include "passes/fusion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/fusion/Passes.h.inc"
} // namespace lfm2c

#endif
