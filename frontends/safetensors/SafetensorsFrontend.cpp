#include "frontends/safetensors/SafetensorsFrontend.h"
#include "frontends/safetensors/HFReader.h"
#include "frontends/safetensors/HFWeightFiles.h"
#include "frontends/safetensors/PEFTAdapter.h"
#include "llvm/Support/FileSystem.h"

using namespace lfm2c;

bool SafetensorsFrontend::accepts(llvm::StringRef path) const {
  // A folder around a model is none yet.
  return llvm::sys::fs::is_directory(path) &&
         (!listHFWeights(path).empty() ||
          llvm::sys::fs::exists(path + "/model.safetensors") ||
          llvm::sys::fs::exists(path + "/model.safetensors.index.json") ||
          llvm::sys::fs::exists(path + "/modules.json") ||
          llvm::sys::fs::exists(path + "/adapter_config.json"));
}

llvm::Expected<std::unique_ptr<Checkpoint>>
SafetensorsFrontend::read(llvm::StringRef path,
                          const ReadOptions &options) const {
  HFSource source;
  source.path = path.str();
  source.readWeights = readHFWeights;
  return readHFModel(source, options);
}

bool SafetensorsFrontend::acceptsAdapter(llvm::StringRef path) const {
  return llvm::sys::fs::is_directory(path) &&
         llvm::sys::fs::exists(path + "/adapter_config.json");
}

llvm::Expected<Adapter>
SafetensorsFrontend::readAdapter(const AdapterChoice &choice,
                                 Checkpoint &checkpoint) const {
  return readPEFTAdapter(choice, checkpoint);
}

namespace lfm2c {
void registerFrontend_safetensors(FrontendRegistry &registry) {
  registry.add("safetensors", std::make_unique<SafetensorsFrontend>());
}
} // namespace lfm2c
