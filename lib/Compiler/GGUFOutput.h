// A checkpoint as a GGUF file, its weights in the formats of a module.
#ifndef LFM2C_LIB_COMPILER_GGUFOUTPUT_H
#define LFM2C_LIB_COMPILER_GGUFOUTPUT_H

#include "frontends/gguf/GGUFExport.h"
#include "lib/Quantize/QuantizedTensors.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

/// Makes weights in quantised formats that GGUF files have not f32 in `module`,
/// which is before stage 'quantize': so they may be given another format. No
/// such file can have them as they are.
void decodeForeignWeights(mlir::ModuleOp module);

class GGUFOutput {
public:
  /// Plans the file. `module` is that of `checkpoint`, with the formats chosen
  /// (stage 'quantize'), which `converted` gives its tensors in; all must
  /// outlive the result. Fails on a weight in a
  /// format that GGUF has not, and as exportGGUFMetadata() does.
  static llvm::Expected<GGUFOutput> plan(mlir::ModuleOp module,
                                         const Checkpoint &checkpoint,
                                         QuantizedTensors &converted);

  /// What the file cannot say, a line each.
  llvm::ArrayRef<std::string> getWarnings() const { return warnings; }
  size_t countTensors() const { return weights.size(); }
  /// Of all tensors together.
  uint64_t bytes() const { return total; }

  /// Writes the file: rows are read, converted on all cores and written some
  /// MiB at a time. `progress` hears bytes done and in all, `onNonFinite` of
  /// the first weight that is no finite number; an error that either returns
  /// ends the writing.
  llvm::Error
  write(llvm::raw_ostream &os,
        llvm::function_ref<llvm::Error(uint64_t, uint64_t)> progress,
        llvm::function_ref<llvm::Error(const WeightPlace &)> onNonFinite) const;

private:
  QuantizedTensors *converted = nullptr;
  std::vector<const Tensor *> weights; // In the order of the file.
  std::vector<GGUFTensor> tensors;
  GGUFExport header;
  std::vector<std::string> warnings;
  uint64_t total = 0;
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_GGUFOUTPUT_H
