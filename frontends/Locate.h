// Where the model is that a path stands for.
//
// People name folders around a model as well as the model itself: a repository
// in the hub's cache, the output of a training, a folder with one GGUF file.
// What is a model, the front ends say; nothing here knows a format.

#ifndef LFM2C_FRONTENDS_LOCATE_H
#define LFM2C_FRONTENDS_LOCATE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace lfm2c {

struct ModelPlace {
  std::string path;               ///< the file or folder for a front end
  std::vector<std::string> notes; ///< what was chosen, one line each
};

/// Finds the model that `path` stands for. Files, and folders that a front end
/// accepts, stand for themselves. Fails if nothing is there, if it cannot be
/// looked at, if there are several models to choose from, or none; then it says
/// what there is instead.
llvm::Expected<ModelPlace> locateModel(llvm::StringRef path);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_LOCATE_H
