// Tensors of safetensors files as the checkpoint's.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFTENSORS_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFTENSORS_H

#include "frontends/safetensors/HFConfig.h"
#include "frontends/safetensors/SafetensorsFile.h"
#include "lib/Weights/Checkpoint.h"
#include <map>

namespace lfm2c {

/// GGUF's name of a tensor that transformers calls `name`; empty for those
/// that are experts or belong to no text model.
std::string canonicalHFName(llvm::StringRef name);

/// Gathers the tensors of all files of a checkpoint. Experts, one tensor each
/// or gate and up stacked in one, become pieces of the three stacked tensors of
/// their layer.
class HFTensorReader {
public:
  explicit HFTensorReader(Checkpoint &checkpoint) : checkpoint(checkpoint) {}

  /// Adds views of `entries`, the tensors of one file.
  llvm::Error add(llvm::ArrayRef<SafetensorsEntry> entries,
                  llvm::StringRef path);

  /// After the last file: checks that no expert is missing, leaves out what
  /// `config` says is not used, and brings shapes to their canonical form.
  llvm::Error finish(const HFConfig &config);

private:
  /// The experts of one matrix so far, by number: any order, any file.
  struct Experts {
    Tensor slice; // Name of the whole, format and shape of one.
    std::map<unsigned, llvm::ArrayRef<uint8_t>> bytes;
  };

  llvm::Error addOne(const SafetensorsEntry &entry, llvm::StringRef path);
  llvm::Error addGateUp(const SafetensorsEntry &entry, int64_t layer,
                        llvm::StringRef path);
  llvm::Error addExpert(const SafetensorsEntry &entry,
                        const std::string &canonical, unsigned expert,
                        llvm::StringRef path);
  llvm::Error insert(Tensor tensor, llvm::StringRef original);
  llvm::Error joinExperts();

  Checkpoint &checkpoint;
  std::map<std::string, Experts> experts;
};

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFTENSORS_H
