// Second moments of what products read, added up step by step.
#ifndef LFM2C_LIB_COMPILER_MOMENTS_H
#define LFM2C_LIB_COMPILER_MOMENTS_H

#include "lib/Compiler/ModuleFacts.h"
#include "lib/Quantize/Importance.h"

namespace lfm2c {

struct Checkpoint;

class Moments {
public:
  /// Of inputs whose weights are those of `checkpoint`. Both outlive it.
  Moments(llvm::ArrayRef<KeptInput> inputs, const Checkpoint &checkpoint);

  /// Adds what a step of `tokens` tokens left in the state.
  void add(const uint8_t *state, int64_t tokens);
  /// Fails where a sum is no finite number.
  llvm::Expected<Importance> take() const;

private:
  /// Sums of one input: [matrices, columns], and tokens of each matrix.
  struct Sums {
    int64_t matrices = 1;
    std::vector<double> squares;
    std::vector<int64_t> tokens;
  };
  void addRow(const float *row, int64_t columns, int64_t matrix, Sums &sums);
  void addChoices(const KeptInput &input, const uint8_t *state, int64_t tokens,
                  Sums &sums);

  llvm::ArrayRef<KeptInput> inputs;
  std::vector<Sums> sums; ///< One for each input, of ids empty.
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_MOMENTS_H
