// The tensors that PEFT saved, by the modules that they are for.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_PEFTMODULES_H
#define LFM2C_FRONTENDS_SAFETENSORS_PEFTMODULES_H

#include "frontends/safetensors/SafetensorsFile.h"
#include "lib/Weights/Adapter.h"

namespace lfm2c {

struct PEFTModule {
  std::string name;   ///< as transformers has it
  std::string inText; ///< inside of the text model
  unsigned depth;     ///< see PEFTName
  std::optional<Tensor> a, b, magnitude;
  bool isEmbedding = false;
};

/// Sorts `entries`, the tensors of the file `path`. Modules come in the order
/// of the file. Whole weights become replacements of `adapter`, and names of
/// other parts than the text model what it has left out.
llvm::Expected<std::vector<PEFTModule>>
collectPEFTModules(llvm::ArrayRef<SafetensorsEntry> entries,
                   llvm::StringRef path, Checkpoint &checkpoint,
                   Adapter &adapter);

/// The error that `tensor` of the file `path` is for a module which no model of
/// the family has.
llvm::Error unknownPEFTModule(const Tensor &tensor, llvm::StringRef path,
                              llvm::StringRef module);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_PEFTMODULES_H
