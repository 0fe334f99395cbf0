// Where the reference executor takes the values of weights from.

#ifndef LFM2C_LIB_REFERENCE_WEIGHTS_H
#define LFM2C_LIB_REFERENCE_WEIGHTS_H

#include "dialects/lfm2/IR/LFM2Ops.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/Support/Error.h"
#include <functional>

namespace lfm2c {

/// Writes row `row` of a weight, decoded, to `out`. Rows are counted over all
/// dimensions but the innermost together; `out` holds one innermost dimension.
using WeightReader = std::function<llvm::Error(
    lfm2::WeightOp weight, int64_t row, llvm::MutableArrayRef<float> out)>;

/// Reads the weights of `checkpoint`, which must outlive the reader. A weight
/// whose type names another format than the file has is first encoded in that
/// format, so that a module whose weights were quantised by a pass is judged
/// with the values that it will have.
WeightReader readCheckpointWeights(const Checkpoint &checkpoint);

} // namespace lfm2c

#endif // LFM2C_LIB_REFERENCE_WEIGHTS_H
