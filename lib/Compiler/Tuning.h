// What `lfm2-tune` found out about a CPU, applied to its facts.
//
// The file is a JSON object; a CPU's name holds the facts to replace:
//
//   {"znver3": {"streams": 4, "prefetch_bytes": 0, "tile_tokens": 4}}
//
// Their meaning is that of TargetFacts. They change the order in which code
// reads and sums, not the layout of the weights.
#ifndef LFM2C_LIB_COMPILER_TUNING_H
#define LFM2C_LIB_COMPILER_TUNING_H

#include "targets/Target.h"

namespace lfm2c {

/// Replaces facts of the variants that the file names. Returns how many it
/// names. Fails on a file that cannot be read, is no such object, or has an
/// unknown fact or one out of range.
llvm::Expected<size_t>
applyTuning(llvm::StringRef path,
            llvm::MutableArrayRef<TargetVariant> variants);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_TUNING_H
