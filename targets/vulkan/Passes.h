// The passes that Vulkan alone has. Their descriptions stand in Passes.td.
#ifndef LFM2C_TARGETS_VULKAN_PASSES_H
#define LFM2C_TARGETS_VULKAN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace lfm2c {
#define GEN_PASS_DECL
#include "targets/vulkan/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "targets/vulkan/Passes.h.inc"
} // namespace lfm2c

#endif // LFM2C_TARGETS_VULKAN_PASSES_H
