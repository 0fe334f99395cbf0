// The JSON of --report: what was made, and what making it took.
#ifndef LFM2C_LIB_COMPILER_REPORT_H
#define LFM2C_LIB_COMPILER_REPORT_H

#include "lib/Compiler/Description.h"
#include "lib/Compiler/Outputs.h"
#include "lib/Compiler/StageRunner.h"
#include "lib/Quantize/QuantizedTensors.h"

namespace lfm2c {

std::string formatReport(const ModelDescription &model,
                         const WrittenSizes &sizes,
                         llvm::ArrayRef<PhaseSchedule> schedules,
                         llvm::ArrayRef<StageTime> times,
                         llvm::ArrayRef<QuantizedReport> quantized);
/// The same of a checkpoint that was written, of `bytes` bytes of weights.
std::string formatCheckpointReport(llvm::StringRef model,
                                   llvm::StringRef quantize, int64_t bytes,
                                   llvm::ArrayRef<StageTime> times,
                                   llvm::ArrayRef<QuantizedReport> quantized);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_REPORT_H
