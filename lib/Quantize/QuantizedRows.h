// A tensor in another format: rows are quantised when they are read.
#ifndef LFM2C_LIB_QUANTIZE_QUANTIZEDROWS_H
#define LFM2C_LIB_QUANTIZE_QUANTIZEDROWS_H

#include "lib/Quantize/Effort.h"
#include "lib/Quantize/Feedback.h"
#include "lib/Quantize/Importance.h"
#include "lib/Weights/Tensor.h"
#include <mutex>

namespace lfm2c {

/// Sums over what was quantised: of values squared and of errors squared, as
/// they are and multiplied by the importance of their columns.
struct QuantizeErrors {
  double values = 0, errors = 0;
  double weightedValues = 0, weightedErrors = 0;

  void add(const QuantizeErrors &other);
};

class QuantizedRows final : public RowSource {
public:
  /// `importance` is null where none is known. Nothing is copied but views:
  /// what `from` reads and `importance` outlive this.
  QuantizedRows(const Tensor &from, Format format, Effort effort,
                const ColumnImportance *importance);

  void compute(int64_t first, int64_t count, uint8_t *out) const override;
  llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs() const override {
    return from.inputs();
  }
  std::string describe() const override;

  const Tensor &getSource() const { return from; }
  bool hasWeights() const { return importance; }
  /// Frees what was computed for feedback; it is computed again where needed.
  void release() const;
  /// Row and column of the first value that is no finite number, among the rows
  /// that were read so far.
  std::optional<std::pair<int64_t, int64_t>> getNonFinite() const;
  /// Of the rows that were read so far. Rows that were read twice count twice.
  QuantizeErrors getErrors() const;

private:
  /// The runs of one matrix; empty where there is nothing to feed back by.
  using Runs = std::vector<FeedbackRun>;
  std::shared_ptr<const Runs> findRuns(int64_t matrix) const;
  void encode(int64_t matrix, const Runs &runs, const float *values,
              uint8_t *out) const;

  Tensor from;
  Format format;
  Effort effort;
  const ColumnImportance *importance;
  // [matrices, columns]: what squares of errors are multiplied by.
  std::vector<float> weights;
  // Of the matrix that is being read.
  mutable std::mutex runsMutex;
  mutable int64_t runsMatrix = -1;
  mutable std::shared_ptr<const Runs> runs;
  mutable std::mutex mutex;
  mutable QuantizeErrors errors;
  mutable std::optional<std::pair<int64_t, int64_t>> nonFinite;
};

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_QUANTIZEDROWS_H
