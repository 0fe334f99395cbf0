// The order of the compiler, as one list.
//
// --stop-after, --dump-after, progress and the report are derived from it, so
// they cannot disagree with what is done.
#ifndef LFM2C_LIB_PIPELINE_STAGES_H
#define LFM2C_LIB_PIPELINE_STAGES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

enum class Stage { Import, Quantize, Fuse, Tile, Plan, Codegen, Object, Link };

struct StageInfo {
  Stage stage;
  llvm::StringLiteral name;        ///< the word of --stop-after
  llvm::StringLiteral description; ///< what happens, in one line
};

/// All stages, in order.
llvm::ArrayRef<StageInfo> getStages();
const StageInfo &getStageInfo(Stage stage);
/// The stage called `name`; fails with the nearest names.
llvm::Expected<Stage> parseStage(llvm::StringRef name);

} // namespace lfm2c

#endif // LFM2C_LIB_PIPELINE_STAGES_H
