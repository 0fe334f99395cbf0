// The files of the folder.

#include "frontends/safetensors/PEFTAdapter.h"
#include "frontends/safetensors/HFFolder.h"
#include "frontends/safetensors/HFTensors.h"
#include "lib/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

static constexpr StringRef configName = "adapter_config.json",
                           weightsName = "adapter_model.safetensors";

/// What there is in place of the weights, for the end of a message.
static std::string insteadOfWeights(const HFFolder &folder) {
  if (folder.exists("adapter_model.bin"))
    return "; adapter_model.bin is a pickle, which is not read: save the "
           "adapter again with save_pretrained() of PEFT";
  if (folder.exists("adapters.safetensors"))
    return "; adapters.safetensors is of MLX, which keeps other numbers: fuse "
           "it (mlx_lm.fuse) and give the folder of the fused model";
  return "; get the whole adapter";
}

llvm::Expected<Adapter> lfm2c::readPEFTAdapter(const AdapterChoice &choice,
                                               Checkpoint &checkpoint) {
  Adapter adapter;
  adapter.path = choice.path;
  adapter.kind = "PEFT";
  adapter.scale = choice.scale;
  const HFFolder folder(choice.path, checkpoint);
  if (!folder.exists(weightsName))
    return makeError("{0} has no {1}{2}", choice.path, weightsName,
                     insteadOfWeights(folder));
  std::optional<PEFTConfig> config;
  if (Error error = folder.withText(
          configName, [&](StringRef text, StringRef path) -> Error {
            llvm::Expected<PEFTConfig> read =
                readPEFTConfig(text, path, checkpoint.warnings);
            if (!read)
              return read.takeError();
            config = std::move(*read);
            return Error::success();
          }))
    return std::move(error);
  adapter.baseName = config->baseName;
  adapter.keepsTie = config->keepsTie;
  const std::string path = folder.join(weightsName);
  auto entries = HFTensorReader(checkpoint).open(path);
  if (!entries)
    return entries.takeError();
  if (Error error =
          addPEFTTensors(*entries, path, *config, checkpoint, adapter))
    return std::move(error);
  return adapter;
}
