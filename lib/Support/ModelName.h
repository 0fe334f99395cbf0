// What a model is called after the place where it lies.

#ifndef LFM2C_LIB_SUPPORT_MODELNAME_H
#define LFM2C_LIB_SUPPORT_MODELNAME_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace lfm2c {

/// The name for the model at `path`, by its spelling: a folder's name, a file's
/// without .gguf, .mlir and the number of its part. Places that are called by
/// something else than the model take the name from further out: a commit in
/// the hub's cache (models--OWNER--NAME/snapshots/COMMIT) from the repository,
/// checkpoint-N from the folder around it. Never empty, never with a slash.
std::string modelNameOf(llvm::StringRef path);

/// Whether `name` is that of a step of a training, checkpoint-N, and which.
bool isTrainingStep(llvm::StringRef name, uint64_t &step);

/// Takes "-00002-of-00003" off the end of `name`: number 2 of 3.
bool consumePart(llvm::StringRef &name, unsigned &number, unsigned &count);

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_MODELNAME_H
