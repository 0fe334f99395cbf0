// Rows of FP8 (e4m3) with scales.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_FLOAT8ROWS_H
#define LFM2C_FRONTENDS_SAFETENSORS_FLOAT8ROWS_H

#include "frontends/safetensors/HFQuantization.h"

namespace lfm2c {

/// The matrix of `weight`, F8_E4M3 [rows, columns], and the part `scales`: one
/// number for `rows` rows and `columns` columns (0: all columns), as a matrix
/// of these blocks, or one alone.
llvm::Expected<QuantizedMatrix> readFloat8(const MatrixParts &matrix,
                                           llvm::StringRef scales, int64_t rows,
                                           int64_t columns);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_FLOAT8ROWS_H
