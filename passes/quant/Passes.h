// The formats of weights.

#ifndef LFM2C_PASSES_QUANT_PASSES_H
#define LFM2C_PASSES_QUANT_PASSES_H

#include "mlir/Pass/Pass.h"

namespace lfm2c {
#define GEN_PASS_DECL
#include "passes/quant/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/quant/Passes.h.inc"
} // namespace lfm2c

#endif // LFM2C_PASSES_QUANT_PASSES_H
