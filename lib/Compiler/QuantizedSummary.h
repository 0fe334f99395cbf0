// What quantising did to each tensor: the part of --report, and a line of
// notes.
#ifndef LFM2C_LIB_COMPILER_QUANTIZEDSUMMARY_H
#define LFM2C_LIB_COMPILER_QUANTIZEDSUMMARY_H

#include "lib/Quantize/QuantizedTensors.h"
#include "llvm/Support/JSON.h"

namespace lfm2c {

/// Per tensor its name, formats, bytes and errors: the root of the mean square,
/// relative to that of the values, as it is and weighted by importance.
llvm::json::Array describeQuantized(llvm::ArrayRef<QuantizedReport> tensors);

/// "quantized 14 tensors to 6 MB: 12 q4_k (error 5.1 %, weighted 4.2 %), ...".
std::string summarizeQuantized(llvm::ArrayRef<QuantizedReport> tensors);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_QUANTIZEDSUMMARY_H
