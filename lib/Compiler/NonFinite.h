// What happens where a weight is no finite number.
#ifndef LFM2C_LIB_COMPILER_NONFINITE_H
#define LFM2C_LIB_COMPILER_NONFINITE_H

#include "lib/Compiler/Observer.h"
#include "lib/Compiler/Options.h"

namespace lfm2c {
struct WeightPlace;

/// The error that ends the compilation, or, where the user allows such weights,
/// a warning to `observer`.
llvm::Error tellNonFinite(const WeightPlace &place,
                          const CompileOptions &options,
                          CompileObserver &observer);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_NONFINITE_H
