// Places for weights and scratch.

#ifndef LFM2C_PASSES_MEMORY_PASSES_H
#define LFM2C_PASSES_MEMORY_PASSES_H

#include "mlir/Pass/Pass.h"

namespace lfm2c {
#define GEN_PASS_DECL
#include "passes/memory/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/memory/Passes.h.inc"
} // namespace lfm2c

#endif // LFM2C_PASSES_MEMORY_PASSES_H
