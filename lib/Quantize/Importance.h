// How much each input column of a weight matters: what calibration gathers and
// quantising minimises errors by.
//
// An error e[i] in column i of a row changes the row's product with an input x
// by e[i] * x[i]. The mean of its square over inputs is
//
//   sum over i, j of e[i] * e[j] * mean(x[i] * x[j])
//
// Of these means, `squares` has those with i = j; `products`, where they were
// gathered, those with i and j in the same run of columns.

#ifndef LFM2C_LIB_QUANTIZE_IMPORTANCE_H
#define LFM2C_LIB_QUANTIZE_IMPORTANCE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lfm2c {

/// The second moments of what one weight is multiplied by. Experts have their
/// own: `matrices` of them, one after the other in each of the arrays.
struct ColumnImportance {
  int64_t matrices = 1, columns = 0;
  /// Tokens that each matrix saw: [matrices]. None: squares there say nothing.
  std::vector<int64_t> tokens;
  /// Means over tokens of x[i] * x[i]: [matrices, columns].
  std::vector<float> squares;
  /// Columns of a run, or 0 if products were not gathered. The last run is
  /// shorter if the columns are no multiple of it.
  int64_t runColumns = 0;
  /// Means of x[i] * x[j], run by run, each symmetric and row by row:
  /// [matrices, runs, n, n] with n the columns of the run.
  std::vector<float> products;

  /// The squares of one matrix, or none if no token reached it.
  llvm::ArrayRef<float> squaresOf(int64_t matrix) const;
  /// First column of the run, which has runSize(run) columns.
  int64_t runStart(int64_t run) const { return run * runColumns; }
  int64_t runSize(int64_t run) const;
  int64_t runs() const;
  /// [runSize(run), runSize(run)] of one matrix, or none if not gathered.
  llvm::ArrayRef<float> productsOf(int64_t matrix, int64_t run) const;
  /// Floats of `products` for one matrix.
  int64_t productsPerMatrix() const;
};

/// By the tensor's canonical name, "blk.3.ffn_down.weight".
struct Importance {
  std::map<std::string, ColumnImportance, std::less<>> weights;

  /// Null where nothing was gathered for it.
  const ColumnImportance *find(llvm::StringRef name) const;
};

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_IMPORTANCE_H
