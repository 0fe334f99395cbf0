// Second moments of what products read, added up step by step.
#ifndef LFM2C_LIB_COMPILER_MOMENTS_H
#define LFM2C_LIB_COMPILER_MOMENTS_H

#include "lib/Compiler/ModuleFacts.h"
#include "lib/Quantize/Importance.h"

namespace lfm2c {

struct Checkpoint;

class Moments {
public:
  /// Of inputs whose weights are those of `checkpoint`; `inputs` outlive it.
  /// Products of columns are gathered within runs of `runColumns`, or, for 0,
  /// not at all.
  Moments(llvm::ArrayRef<KeptInput> inputs, const Checkpoint &checkpoint,
          int64_t runColumns);

  /// Adds what a step of `tokens` tokens left in the state.
  void add(const uint8_t *state, int64_t tokens);
  /// Fails where a sum is no finite number.
  llvm::Expected<Importance> take() const;

private:
  /// Rows of one matrix in a step.
  using Rows = std::vector<const float *>;
  /// Of one input. `products` has sums, those below the diagonal of each run
  /// alone; its squares stay empty, as sums want more digits.
  struct Sums {
    ColumnImportance gathered;
    std::vector<double> squares; ///< [matrices, columns]
  };
  /// The rows that each matrix of the input sees.
  std::vector<Rows> rowsOf(const KeptInput &input, const Sums &sums,
                           const uint8_t *state, int64_t tokens) const;
  static void addRows(Sums &sums, int64_t matrix, const Rows &rows);

  llvm::ArrayRef<KeptInput> inputs;
  std::vector<Sums> sums; ///< One for each input.
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_MOMENTS_H
