// The importance of weights that a compilation quantises by.
//
// It is read from a file, or gathered: the model is compiled once more for this
// machine, as a library whose steps keep what products read
// (passes/fusion/KeepInputs.cpp), and reads a text in this process.
#ifndef LFM2C_LIB_COMPILER_CALIBRATE_H
#define LFM2C_LIB_COMPILER_CALIBRATE_H

#include "lib/Compiler/ModuleFacts.h"
#include "lib/Compiler/Observer.h"
#include "lib/Compiler/Options.h"
#include "lib/Quantize/Importance.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace lfm2c {

struct Checkpoint;

/// Compiles as the options say, and returns what the program keeps.
using CompileFn = llvm::function_ref<llvm::Expected<std::vector<KeptInput>>(
    const CompileOptions &, CompileObserver &)>;

/// What `options` ask for, of this checkpoint; nothing where they ask for none.
/// What was gathered is saved, where that is asked for. Fails where the file or
/// the text is none, or of another model.
llvm::Expected<std::optional<Importance>>
findImportance(const CompileOptions &options, const Checkpoint &checkpoint,
               CompileObserver &observer, CompileFn compile);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_CALIBRATE_H
