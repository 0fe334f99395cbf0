// Whether two ways to split texts are one, however they are spelled.

#ifndef LFM2C_LIB_MODEL_SPLITEQUALITY_H
#define LFM2C_LIB_MODEL_SPLITEQUALITY_H

#include "lib/Model/TokenizerSpec.h"
#include "llvm/ADT/ArrayRef.h"

namespace lfm2c {

/// True if each step of `a` finds the same matches in every text as the step of
/// `b` in its place does, and makes the same pieces of them. False also for
/// steps that are too many or too large to be compared; so equal splits by
/// other steps are not found.
bool splitAlike(llvm::ArrayRef<SplitStep> a, llvm::ArrayRef<SplitStep> b);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_SPLITEQUALITY_H
