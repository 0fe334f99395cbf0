// A LoRA adapter in a GGUF file, as llama.cpp's convert_lora_to_gguf.py writes
// it.

#ifndef LFM2C_FRONTENDS_GGUF_GGUFADAPTER_H
#define LFM2C_FRONTENDS_GGUF_GGUFADAPTER_H

#include "lib/GGUF/GGUFFile.h"
#include "lib/Weights/Adapter.h"

namespace lfm2c {

/// Reads the file that `choice` names for the model that `checkpoint` holds,
/// which keeps it mapped.
llvm::Expected<Adapter> readGGUFAdapter(const AdapterChoice &choice,
                                        Checkpoint &checkpoint);

/// The same of a file that is mapped and taken apart.
llvm::Expected<Adapter> readGGUFAdapter(const GGUFFile &file,
                                        const AdapterChoice &choice,
                                        Checkpoint &checkpoint);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_GGUF_GGUFADAPTER_H
