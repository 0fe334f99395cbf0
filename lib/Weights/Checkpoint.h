// A checkpoint as the compiler sees it, the same for every kind of file.
//
// Tensors have GGUF's names and outermost-first shapes, whichever front end
// read them. They point into `files`, which the checkpoint keeps mapped, or
// into memory of the checkpoint where a file's format had to be converted, or
// their rows are computed from such bytes.

#ifndef LFM2C_LIB_WEIGHTS_CHECKPOINT_H
#define LFM2C_LIB_WEIGHTS_CHECKPOINT_H

#include "lib/Model/ModelConfig.h"
#include "lib/Model/TokenizerSpec.h"
#include "lib/Support/MappedFile.h"
#include "lib/Weights/Tensor.h"
#include "lib/Weights/TensorNames.h"
#include "llvm/ADT/StringMap.h"
#include <memory>
#include <vector>

namespace lfm2c {

/// An adapter that was merged into the weights, for reports.
struct MergedAdapter {
  std::string name; ///< of the file or folder, without those around it
  std::string kind; ///< "PEFT" or "GGUF"
  double scale;     ///< as the user gave it
  int64_t weights;  ///< that it changes
};

struct Checkpoint {
  struct Source {
    std::string name; // Without its folder.
    int64_t bytes;
  };
  ModelConfig config;
  TokenizerSpec tokenizer; // Empty if the checkpoint has none.
  llvm::StringMap<Tensor> tensors;
  std::vector<std::unique_ptr<MappedFile>> files;
  std::vector<Source> sources;       // All files that were read, for reports.
  std::string path;                  // As the user gave it.
  std::vector<std::string> warnings; // One line each.
  TensorNaming naming;               // For messages.
  // Names, as in the files, of tensors that are no part of a text model and of
  // which nothing else is known.
  std::vector<std::string> leftOut;
  std::vector<MergedAdapter> adapters; // In the order of merging.
  // Of the weights that adapters were added to: as the files have them, and as
  // the f32 that they are now.
  uint64_t bytesBeforeMerging = 0, bytesOfMerged = 0;

  /// The tensor, or null.
  const Tensor *find(llvm::StringRef name) const {
    auto it = tensors.find(name);
    return it == tensors.end() ? nullptr : &it->second;
  }
  /// Adds a file to `sources`, once.
  void addSource(const MappedFile &file);
  void addSource(llvm::StringRef name, uint64_t bytes);
  /// `bytes` bytes that live as long as the checkpoint.
  llvm::MutableArrayRef<uint8_t> allocate(uint64_t bytes) {
    memory.push_back(std::make_unique<uint8_t[]>(bytes));
    return {memory.back().get(), bytes};
  }
  /// Little-endian doubles as floats, for formats that have no other use.
  llvm::ArrayRef<uint8_t> narrowDoubles(llvm::ArrayRef<uint8_t> doubles);
  /// Gives back the pages of `tensor` after use.
  void release(const Tensor &tensor) const {
    for (llvm::ArrayRef<uint8_t> bytes : tensor.inputs())
      release(bytes);
  }
  /// The same for a part of a tensor.
  void release(llvm::ArrayRef<uint8_t> bytes) const {
    for (const std::unique_ptr<MappedFile> &file : files)
      file->release(bytes);
  }

private:
  std::vector<std::unique_ptr<uint8_t[]>> memory;
};

/// Corrects `checkpoint.config` where the tensors say otherwise (shapes decide
/// over metadata; each correction is a warning), brings tensors to their
/// canonical form, then checks that every tensor that the model needs is there
/// in the right shape, that tensors of no use are reported once, and that the
/// tokenizer fits the vocabulary. Both front ends end with this.
llvm::Error verifyCheckpoint(Checkpoint &checkpoint);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_CHECKPOINT_H
