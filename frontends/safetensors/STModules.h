// modules.json of a folder of sentence-transformers: what a text goes through
// to become a vector.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_STMODULES_H
#define LFM2C_FRONTENDS_SAFETENSORS_STMODULES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstddef>
#include <string>
#include <vector>

namespace lfm2c {

struct STModules {
  struct Module {
    std::string folder; // Inside of the checkpoint's; has its config.json.
    std::string type;   // As written: "pylate.models.Dense.Dense".
  };
  std::string transformer;     // The model's own folder; "": the checkpoint's.
  std::vector<Module> pooling; // One, or none.
  std::vector<Module> dense;   // In their order.
  bool normalize = false;      // A module that gives vectors the length 1.
};

/// Reads the text of modules.json. Supported is a Transformer and then,
/// each as far as it is there, a Pooling, any number of Dense, a Normalize;
/// anything else is refused by its type and place. `file` is for messages.
llvm::Expected<STModules> readSTModules(llvm::StringRef text,
                                        llvm::StringRef file);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_STMODULES_H
