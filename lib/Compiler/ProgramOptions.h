// What a user asks of the program itself, as far as it was asked.
//
// A module that is written remembers it as `lfm2.options`, so that a
// compilation that goes on from the file makes the program that was asked for.
#ifndef LFM2C_LIB_COMPILER_PROGRAMOPTIONS_H
#define LFM2C_LIB_COMPILER_PROGRAMOPTIONS_H

#include "lib/Pipeline/Activations.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

struct ProgramOptions {
  std::optional<std::string> pre; ///< a pre-tokenizer, in place of the model's
  std::optional<std::string> quantize; ///< "keep", a preset, a recipe's path
  std::optional<std::string> kv;       ///< one of lfm2::getCacheWords()
  std::optional<Activations> activations;
  std::optional<int64_t> context;     ///< most tokens
  std::optional<int64_t> chunkTokens; ///< most tokens of one step
};

/// The most that ProgramOptions::chunkTokens can be.
constexpr int64_t maxChunkTokens = 4096;

/// `given`, completed by what `recorded` has and `given` has not.
ProgramOptions complete(ProgramOptions given, const ProgramOptions &recorded);

/// Notes `options` on `module`, which then remembers these alone.
void recordOptions(mlir::ModuleOp module, const ProgramOptions &options);

/// What `module` remembers. Fails where a value is none that the option has.
llvm::Expected<ProgramOptions> readRecordedOptions(mlir::ModuleOp module);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_PROGRAMOPTIONS_H
