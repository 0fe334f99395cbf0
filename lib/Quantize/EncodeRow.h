// Rows of floats to blocks of a format, by the least weighted squared error.
#ifndef LFM2C_LIB_QUANTIZE_ENCODEROW_H
#define LFM2C_LIB_QUANTIZE_ENCODEROW_H

#include "lib/Weights/Format.h"

namespace lfm2c {

/// True for the formats that encodeRow() writes: floats, all that a grid
/// describes (Grid.h), and those that have a function of their own.
bool canEncode(Format format);
/// "f32, f16, ...": for messages.
std::string encodableFormatNames();

/// Encodes `count` values, whole blocks. `weights` are as many (>= 0), what
/// squares of errors are multiplied by; null: all are 1. The bytes are the same
/// on every CPU. Values that are no finite numbers come out as no finite
/// numbers, or in a block whose scale is none.
void encodeRow(Format format, const float *values, const float *weights,
               uint8_t *bytes, int64_t count);

struct FeedbackRun;

/// Whether encodeRun() can write runs of so many columns.
bool canFeedBack(Format format, int64_t columns);
/// Encodes the `run.size` values of a run, each error made up for by the
/// columns that follow. The bytes are the same on every CPU.
void encodeRun(Format format, const FeedbackRun &run, const float *values,
               uint8_t *bytes);

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_ENCODEROW_H
