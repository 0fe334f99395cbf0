// The order of the compiler, as one list.
//
// --stop-after, --dump-after, progress and the report are derived from it, so
// they cannot disagree with what is done.
#ifndef LFM2C_LIB_PIPELINE_PHASES_H
#define LFM2C_LIB_PIPELINE_PHASES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

enum class Phase { Import, Quantize, Fuse, Tile, Plan, Codegen, Object, Link };

struct PhaseInfo {
  Phase phase;
  llvm::StringLiteral name;        ///< the word of --stop-after
  llvm::StringLiteral description; ///< what happens, in one line
};

/// All phases, in order.
llvm::ArrayRef<PhaseInfo> getPhases();
const PhaseInfo &getPhaseInfo(Phase phase);
/// The phase called `name`; fails with the nearest names.
llvm::Expected<Phase> parsePhase(llvm::StringRef name);

} // namespace lfm2c

#endif // LFM2C_LIB_PIPELINE_PHASES_H
