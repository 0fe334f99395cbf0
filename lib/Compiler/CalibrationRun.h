// A compiled model in this process, which reads a text.
#ifndef LFM2C_LIB_COMPILER_CALIBRATIONRUN_H
#define LFM2C_LIB_COMPILER_CALIBRATIONRUN_H

#include "lib/Compiler/ModuleFacts.h"
#include "lib/Compiler/Observer.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace lfm2c {

/// A library as --emit=shared leaves it, with its weights beside it.
struct CalibrationProgram {
  std::string library, weights;
  std::string symbol; ///< of the program
};

/// Reads `text` in windows of `window` tokens, each alone and with the token of
/// a start in front, where the model has one. What is left behind the last
/// whole window is not read. Calls `add` with the state and the number of
/// tokens of each step. Returns how many tokens that were. Fails where the text
/// has none, and as the runtime does.
llvm::Expected<uint64_t>
runOver(const CalibrationProgram &program, llvm::StringRef text,
        uint32_t window, CompileObserver &observer,
        llvm::function_ref<void(const uint8_t *state, int64_t tokens)> add);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_CALIBRATIONRUN_H
