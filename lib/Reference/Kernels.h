// The arithmetic of the lfm2 ops on plain arrays, slow and obvious.
//
// Values are stored in f32; sums, exponentials and rotations are computed in
// f64 and rounded once, so that what is left of error is that of storage.
// Matrices are row-major, [tokens, channels]. Nothing here knows of MLIR.

#ifndef LFM2C_LIB_REFERENCE_KERNELS_H
#define LFM2C_LIB_REFERENCE_KERNELS_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace lfm2c::reference {

using Floats = std::vector<float>;
using Span = llvm::ArrayRef<float>;
using MutableSpan = llvm::MutableArrayRef<float>;

/// Sum of a[i] * b[i].
double dot(Span a, Span b);

double silu(double z);

/// y[t, i] = w[i] * x[t, i] / sqrt(mean(x[t]^2) + eps); rows have w.size()
/// channels.
Floats rmsNorm(Span x, Span w, double eps);

/// Gated convolution. `gates` [T, 3h] = B | C | x, `filter` [h, taps], `state`
/// [taps - 1, h] is replaced by the next state.
Floats shortConv(Span gates, Span filter, Floats &state, int64_t channels);

/// The same with the filter centred on each token and zeros around the tokens.
Floats centredConv(Span gates, Span filter, int64_t channels);

/// Rotates the halves of every head against each other by its position; the
/// rows of `x` are `heads` heads of `size`, the first at `position`. Where
/// there are `scales`, one for each pair, the frequencies are multiplied by
/// them, and cos and sin by the magnitude.
void rope(MutableSpan x, int64_t heads, int64_t size, int64_t position,
          double theta, llvm::ArrayRef<double> scales = {},
          double magnitude = 1);

struct AttentionShape {
  int64_t heads, kvHeads, headSize;
  bool causal;
};

/// Attention of the queries, which stand at `position` and after, over `keys`
/// and `values` [positions, kvHeads, headSize], which hold theirs already.
Floats attention(Span q, Span keys, Span values, int64_t position,
                 AttentionShape shape);

/// The mean of all rows of `x` [rows, channels].
Floats meanRow(Span x, int64_t channels);

/// Indexes of the `count` largest scores, the largest first; of equal ones the
/// lower index first.
std::vector<int32_t> largest(Span scores, int64_t count);

/// To the nearest f16 and back.
void roundToHalf(MutableSpan values);

/// To what a quantised cache holds, and back: each `block` values to numbers of
/// 8 or 4 bits times a scale, as the description of lfm2.attention says.
void roundToBlocks(MutableSpan values, int64_t block, int bits);

} // namespace lfm2c::reference

#endif // LFM2C_LIB_REFERENCE_KERNELS_H
