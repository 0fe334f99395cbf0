// The tensors of a checkpoint in the formats that a program wants.
//
// Whoever reads weights for a program asks here: the packer, the reference
// executor, the writer of files. So all see the same bytes.

#ifndef LFM2C_LIB_QUANTIZE_QUANTIZEDTENSORS_H
#define LFM2C_LIB_QUANTIZE_QUANTIZEDTENSORS_H

#include "lib/Quantize/QuantizedRows.h"
#include "lib/Weights/Checkpoint.h"
#include "lib/Weights/Finite.h"
#include <map>

namespace lfm2c {

struct QuantizeOptions {
  Effort effort = Effort::Fit;
  /// Null, or what outlives the tensors; fitImportance() has seen it.
  const Importance *importance = nullptr;
};

/// What became of one tensor.
struct QuantizedReport {
  std::string name;
  Format from, format;
  uint64_t bytes;
  bool hasImportance;
  QuantizeErrors errors;
};

class QuantizedTensors {
public:
  explicit QuantizedTensors(const Checkpoint &checkpoint,
                            const QuantizeOptions &options = {})
      : checkpoint(checkpoint), options(options) {}

  /// The tensor in this format, which is its own or one that canEncode(); null
  /// if there is none of the name. It lives as long as this. For one thread.
  const Tensor *find(llvm::StringRef name, Format format);

  /// What a place in one of the tensors is in the file's: the number that is
  /// none, or which the format has none for.
  WeightPlace explain(const WeightPlace &place) const;

  /// The first number that is none among the rows of `tensor` that were
  /// quantised so far, in the file's own tensor.
  std::optional<WeightPlace> findNonFinite(const Tensor &tensor) const;

  /// Frees what reading rows of `tensor` needs; they can still be read.
  void release(const Tensor &tensor) const;

  /// Of those that were found in another format than the file's, by name; not
  /// of floats that kept their values.
  std::vector<QuantizedReport> report() const;

private:
  struct Entry {
    Tensor tensor;
    std::shared_ptr<const QuantizedRows> rows;
  };

  const Checkpoint &checkpoint;
  QuantizeOptions options;
  std::map<std::pair<std::string, Format>, Entry> entries;
};

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_QUANTIZEDTENSORS_H
