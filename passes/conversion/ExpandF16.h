// The conversions of `exec-expand-f16` one by one, for a target that makes
// others of them itself.
#ifndef LFM2C_PASSES_CONVERSION_EXPANDF16_H
#define LFM2C_PASSES_CONVERSION_EXPANDF16_H

#include "mlir/IR/PatternMatch.h"

namespace lfm2c {

/// f16 to f32. Vectors of a multiple of `keep` elements are left alone, unless
/// that is 0; with `integers` there is no float multiplication.
void populateExtendF16Patterns(mlir::RewritePatternSet &patterns, int64_t keep,
                               bool integers);
/// f32 to f16.
void populateTruncateF16Patterns(mlir::RewritePatternSet &patterns,
                                 int64_t keep);

} // namespace lfm2c

#endif // LFM2C_PASSES_CONVERSION_EXPANDF16_H
