// A folder that PEFT saved: adapter_config.json, adapter_model.safetensors.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_PEFTADAPTER_H
#define LFM2C_FRONTENDS_SAFETENSORS_PEFTADAPTER_H

#include "frontends/safetensors/PEFTConfig.h"
#include "frontends/safetensors/SafetensorsFile.h"
#include "lib/Weights/Adapter.h"

namespace lfm2c {

/// Reads the folder that `choice` names for the model that `checkpoint` holds,
/// which keeps its files mapped.
llvm::Expected<Adapter> readPEFTAdapter(const AdapterChoice &choice,
                                        Checkpoint &checkpoint);

/// Makes updates of `entries`, the tensors of the file `path`, and adds them to
/// `adapter`.
llvm::Error addPEFTTensors(llvm::ArrayRef<SafetensorsEntry> entries,
                           llvm::StringRef path, const PEFTConfig &config,
                           Checkpoint &checkpoint, Adapter &adapter);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_PEFTADAPTER_H
