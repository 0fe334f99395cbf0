// Errors of a column made up for by those that follow (GPTQ; Frantar et al.,
// 2022), then by moving single levels as long as that helps.
//
// What counts is e' H e, where e are a row's errors and H the mean products of
// its inputs (Importance.h). With H^-1 = U' U, U upper triangular, columns are
// rounded one after the other, and each error e[i] changes the columns j > i
// that are still to come by -e[i] / U[i][i] * U[i][j], after which they meet
// the product best. An error that cannot be made up for costs (e[i] /
// U[i][i])^2.

#ifndef LFM2C_LIB_QUANTIZE_FEEDBACK_H
#define LFM2C_LIB_QUANTIZE_FEEDBACK_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace lfm2c {

/// What is the same for all rows of a matrix, in one run of its columns.
struct FeedbackRun {
  int64_t size = 0;
  std::vector<float> products; ///< H, [size, size], with more on the diagonal
  std::vector<float> factor;   ///< U, [size, size]
  std::vector<float> weights;  ///< 1 / U[i][i]^2, with a mean of 1
};

/// Factors the products of a run, [size, size]. Its diagonal gets a hundredth
/// of its mean more, since calibration saw only so much. Takes size^3
/// operations. None where the products are not those of numbers.
std::optional<FeedbackRun> factorRun(llvm::ArrayRef<float> products,
                                     int64_t size);

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_FEEDBACK_H
