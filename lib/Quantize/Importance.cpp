#include "lib/Quantize/Importance.h"
#include <algorithm>

using namespace lfm2c;

llvm::ArrayRef<float> ColumnImportance::squaresOf(int64_t matrix) const {
  if (tokens[matrix] == 0)
    return {};
  return llvm::ArrayRef<float>(squares).slice(matrix * columns, columns);
}

int64_t ColumnImportance::runs() const {
  return runColumns ? (columns + runColumns - 1) / runColumns : 0;
}

int64_t ColumnImportance::runSize(int64_t run) const {
  return std::min(runColumns, columns - runStart(run));
}

int64_t ColumnImportance::productsPerMatrix() const {
  if (!runColumns)
    return 0;
  const int64_t rest = columns % runColumns;
  return columns / runColumns * runColumns * runColumns + rest * rest;
}

llvm::ArrayRef<float> ColumnImportance::productsOf(int64_t matrix,
                                                   int64_t run) const {
  if (products.empty() || tokens[matrix] == 0)
    return {};
  const int64_t n = runSize(run);
  return llvm::ArrayRef<float>(products).slice(
      matrix * productsPerMatrix() + run * runColumns * runColumns, n * n);
}

const ColumnImportance *Importance::find(llvm::StringRef name) const {
  auto found = weights.find(std::string_view(name.data(), name.size()));
  return found == weights.end() ? nullptr : &found->second;
}
