// The name under which a module remembers what was merged into its weights.

#ifndef LFM2C_DIALECTS_LFM2_IR_LFM2ADAPTERS_H
#define LFM2C_DIALECTS_LFM2_IR_LFM2ADAPTERS_H

#include "llvm/ADT/StringRef.h"

namespace lfm2c::lfm2 {

/// On a module, a list of strings, PATH or PATH:SCALE: the adapters that are
/// merged into the checkpoint that `lfm2.source` names, in this order.
inline constexpr llvm::StringLiteral kAdaptersAttrName = "lfm2.adapters";

} // namespace lfm2c::lfm2

#endif // LFM2C_DIALECTS_LFM2_IR_LFM2ADAPTERS_H
