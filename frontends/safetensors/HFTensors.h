// Tensors of safetensors files as the checkpoint's.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFTENSORS_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFTENSORS_H

#include "frontends/safetensors/HFConfig.h"
#include "frontends/safetensors/HFNames.h"
#include "frontends/safetensors/SafetensorsFile.h"
#include "lib/Weights/Checkpoint.h"
#include <map>

namespace lfm2c {

/// `entry` of the file `path` as a tensor called `name`. Fails where its type
/// is none that weights have, or where it is empty.
llvm::Expected<Tensor> makeHFTensor(SafetensorsEntry entry,
                                    llvm::StringRef path, llvm::StringRef name,
                                    Checkpoint &checkpoint);

/// Gathers the tensors of all files of a checkpoint. The parts of a quantised
/// matrix become one tensor. Experts, one tensor each or gate and up stacked in
/// one, become pieces of the three stacked tensors of their layer.
class HFTensorReader {
public:
  explicit HFTensorReader(Checkpoint &checkpoint) : checkpoint(checkpoint) {}

  /// Maps a file, which stays mapped in the checkpoint, and takes it apart.
  llvm::Expected<std::vector<SafetensorsEntry>> open(llvm::StringRef path);

  /// Takes note of `entries`, the tensors of one file.
  llvm::Error add(llvm::ArrayRef<SafetensorsEntry> entries,
                  llvm::StringRef path);

  /// Takes `entry` of the file `path` as the tensor `canonical`, whatever the
  /// file calls it.
  llvm::Error addNamed(const SafetensorsEntry &entry, llvm::StringRef path,
                       llvm::StringRef canonical);

  /// After the last file: finds out what the names mean, makes tensors of the
  /// checkpoint of them, and leaves out what `config` says is not used.
  llvm::Error finish(const HFConfig &config);

private:
  struct Found {
    SafetensorsEntry entry;
    size_t file; // In `paths`.
    // Of a quantised matrix: its rows, in `format`. The entry is its name and
    // its shape.
    std::shared_ptr<const RowSource> rows = nullptr;
    Format format = Format::F32;
  };
  /// The experts of one matrix so far, by number: any order, any file.
  struct Experts {
    Tensor slice; // Name of the whole, format and shape of one.
    std::map<unsigned, Tensor> parts;
  };

  /// Replaces the parts of quantised matrices by one entry each.
  llvm::Error joinMatrices(const QuantScheme *scheme, const HFNames &names);
  /// Takes out what says how activations are quantised.
  void dropActivationScales(const HFNames &names);
  llvm::Error addOne(Found &found, llvm::StringRef name);
  llvm::Error addGateUp(const Found &found, int64_t layer);
  llvm::Error addExpert(const Found &found, const std::string &canonical,
                        unsigned expert);
  llvm::Error addWhole(const Found &found, llvm::StringRef canonical);
  llvm::Error insert(Tensor tensor);
  void narrow(SafetensorsEntry &entry);
  llvm::Error joinExperts();
  /// The entry as a tensor without pieces.
  llvm::Expected<Tensor> makeTensor(const Found &found,
                                    llvm::StringRef canonical) const;

  Checkpoint &checkpoint;
  std::vector<std::string> paths;
  std::vector<Found> entries;
  std::map<std::string, Experts> experts;
};

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFTENSORS_H
