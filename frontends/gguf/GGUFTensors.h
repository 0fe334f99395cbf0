// The tensors of a GGUF file as the checkpoint's.

#ifndef LFM2C_FRONTENDS_GGUF_GGUFTENSORS_H
#define LFM2C_FRONTENDS_GGUF_GGUFTENSORS_H

#include "lib/GGUF/GGUFFile.h"
#include "lib/Weights/Checkpoint.h"

namespace lfm2c {

/// The tensors of `file`, in its order and under its names, after checks of
/// type, place and size. They point into the file, or into memory of
/// `checkpoint`, to which nothing is added.
llvm::Expected<std::vector<Tensor>> readGGUFTensors(const GGUFFile &file,
                                                    Checkpoint &checkpoint);

/// Checks type, place and size of every tensor of `file` and adds views of
/// them, under canonical names, to `checkpoint`.
llvm::Error addGGUFTensors(const GGUFFile &file, Checkpoint &checkpoint);

/// The name of the model's tensor that a file calls `name`.
llvm::StringRef canonicalGGUFName(llvm::StringRef name);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_GGUF_GGUFTENSORS_H
