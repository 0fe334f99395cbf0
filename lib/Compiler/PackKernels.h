// Kernels as the program has them.

#ifndef LFM2C_LIB_COMPILER_PACKKERNELS_H
#define LFM2C_LIB_COMPILER_PACKKERNELS_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace lfm2c {

/// Modules of SPIR-V, whole ones, packed for lfm2rt::unpackKernel() to unpack
/// in this order.
std::vector<std::vector<uint8_t>>
packKernels(llvm::ArrayRef<llvm::ArrayRef<uint32_t>> kernels);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_PACKKERNELS_H
