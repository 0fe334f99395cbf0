// Phases and layers out of the model's ops.

#ifndef LFM2C_PASSES_FUSION_PASSES_H
#define LFM2C_PASSES_FUSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace lfm2c {
#define GEN_PASS_DECL
#include "passes/fusion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/fusion/Passes.h.inc"
} // namespace lfm2c

#endif // LFM2C_PASSES_FUSION_PASSES_H
