// Packed weights out of tensors.
//
// Copies integers and scales; nothing is rounded, so the values are those of
// the tensors, bit for bit. The bytes are described in PackedLayout.h.

#ifndef LFM2C_LIB_WEIGHTS_PACK_H
#define LFM2C_LIB_WEIGHTS_PACK_H

#include "lib/Weights/Finite.h"
#include "lib/Weights/PackedLayout.h"
#include "lib/Weights/Tensor.h"

namespace lfm2c {

/// Rows of a tensor; see #exec.segment.
struct PackSegment {
  const Tensor *tensor;
  int64_t first, rows, unit;
};

/// Packs the groups [firstGroup, lastGroup) of interleaved segments to `out`,
/// which has room for their bytes. Groups count through all units; all segments
/// have as many. `matrix` selects one of the stacked matrices (an expert): rows
/// begin at `matrix` times the second outermost dimension. Returns the first
/// element met that is no finite number, if any; it is packed as the others.
std::optional<WeightPlace> packGroups(llvm::ArrayRef<PackSegment> segments,
                                      int64_t lanes, int64_t matrix,
                                      int64_t firstGroup, int64_t lastGroup,
                                      uint8_t *out);

/// Bytes of one group of every segment together.
int64_t packedStepBytes(llvm::ArrayRef<PackSegment> segments, int64_t lanes);

/// A vector or the taps of a convolution as f32, [columns][rows], rows filled
/// up to a multiple of 16; a vector has one column. Returns as packGroups().
std::optional<WeightPlace> packPlain(const Tensor &tensor,
                                     llvm::SmallVectorImpl<float> &out);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_PACK_H
