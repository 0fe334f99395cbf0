// Adapters: what a fine-tuning changes of a model, in files of their own.
//
// A front end reads one (PEFT's folders, llama.cpp's files) into the same form:
// names of weights are the compiler's, and factors lie as the sum needs them.
// Then they are merged into the checkpoint: a weight that they change becomes
// one whose rows are computed (LowRank.h). Nothing is rounded to the format of
// the file, and nothing of the result is in memory.

#ifndef LFM2C_LIB_WEIGHTS_ADAPTER_H
#define LFM2C_LIB_WEIGHTS_ADAPTER_H

#include "lib/Weights/LowRank.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace lfm2c {
struct Checkpoint;

/// An adapter that a user names: PATH or PATH:SCALE.
struct AdapterChoice {
  std::string path;
  std::string text; ///< as the user wrote it
  double scale = 1; ///< what its updates are multiplied by, once more

  /// Fails where the text behind the last colon is no finite number, unless a
  /// file of the whole name exists.
  static llvm::Expected<AdapterChoice> parse(llvm::StringRef text);
};

/// What an adapter adds to one weight.
struct AdapterUpdate {
  std::string target; ///< the weight's canonical name
  LowRankUpdate update;
  /// Of the factors as they are in the file, for messages.
  llvm::SmallVector<int64_t, 4> shapeOfA, shapeOfB;
  /// The part of the weight that the names in the file mean, where they mean
  /// more than one weight: rows of gate and up in one. Only for messages.
  llvm::SmallVector<int64_t, 4> shapeOfTarget;
};

struct Adapter {
  std::string path;
  std::string kind;     ///< "PEFT" or "GGUF"
  std::string baseName; ///< the model that it says it is of; may be empty
  double scale = 1;     ///< as the user gave it
  /// Both heads of a model that is tied are changed alike.
  bool keepsTie = false;
  std::vector<AdapterUpdate> updates; ///< in the order of the file
  /// Weights that are there whole, under their canonical names; updates add to
  /// these.
  std::vector<Tensor> replacements;
  /// Names, as in the file, of what is of no text model.
  std::vector<std::string> leftOut;
};

/// Merges `adapters` into the weights of `checkpoint`, one after the other. A
/// tied head becomes one of its own where only one of both is changed. Fails,
/// naming the first tensor in the file that does not fit, where an adapter is
/// of another model.
llvm::Error mergeAdapters(llvm::ArrayRef<Adapter> adapters,
                          Checkpoint &checkpoint);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_ADAPTER_H
