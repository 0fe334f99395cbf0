#include "lib/Quantize/Feedback.h"
#include <cmath>

using namespace lfm2c;

/// Lower triangular L with L L' = a, in place; [n, n], row by row. False where
/// `a` is not positive definite.
static bool factorCholesky(std::vector<double> &a, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      const double *x = &a[i * n], *y = &a[j * n];
      double sums[4] = {0, 0, 0, 0};
      int64_t k = 0;
      for (; k + 4 <= j; k += 4)
        for (int64_t l = 0; l < 4; ++l)
          sums[l] += x[k + l] * y[k + l];
      double sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
      for (; k < j; ++k)
        sum += x[k] * y[k];
      sum = a[i * n + j] - sum;
      if (i != j)
        a[i * n + j] = sum / a[j * n + j];
      else if (sum > 0)
        a[i * n + i] = std::sqrt(sum);
      else
        return false;
    }
  return true;
}

/// The inverse of a lower triangular matrix, as its rows.
static std::vector<double> invertLower(const std::vector<double> &l,
                                       int64_t n) {
  std::vector<double> inverse(n * n);
  for (int64_t i = 0; i < n; ++i) {
    double *out = &inverse[i * n];
    for (int64_t k = 0; k < i; ++k) {
      const double part = l[i * n + k];
      for (int64_t j = 0; j <= k; ++j)
        out[j] -= part * inverse[k * n + j];
    }
    out[i] = 1;
    for (int64_t j = 0; j <= i; ++j)
      out[j] /= l[i * n + i];
  }
  return inverse;
}

std::optional<FeedbackRun> lfm2c::factorRun(llvm::ArrayRef<float> products,
                                            int64_t size) {
  FeedbackRun run;
  run.size = size;
  run.products.assign(products.begin(), products.end());
  double trace = 0;
  for (int64_t i = 0; i < size; ++i)
    trace += products[i * size + i];
  if (!(trace > 0) || !std::isfinite(trace))
    return std::nullopt;
  for (int64_t i = 0; i < size; ++i)
    run.products[i * size + i] += float(0.01 * trace / double(size));

  // H = R' R with R upper triangular gives H^-1 = R^-1 R^-1', the wrong way
  // about. So both are taken from the other end: of H with its columns and rows
  // reversed, L L', the reversed inverse of L is U.
  std::vector<double> reversed(size * size);
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < size; ++j)
      reversed[i * size + j] =
          run.products[(size - 1 - i) * size + size - 1 - j];
  if (!factorCholesky(reversed, size))
    return std::nullopt;
  const std::vector<double> inverse = invertLower(reversed, size);
  run.factor.resize(size * size);
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = i; j < size; ++j)
      run.factor[i * size + j] =
          float(inverse[(size - 1 - i) * size + size - 1 - j]);
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double u = run.factor[i * size + i];
    run.weights.push_back(float(1 / (u * u)));
    sum += 1 / (u * u);
  }
  for (float &weight : run.weights)
    weight = float(weight * double(size) / sum);
  return run;
}
