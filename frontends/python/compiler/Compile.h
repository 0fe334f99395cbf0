// The compiler as Python calls it.

#ifndef LFM2C_FRONTENDS_PYTHON_COMPILER_COMPILE_H
#define LFM2C_FRONTENDS_PYTHON_COMPILER_COMPILE_H

#include "lib/Compiler/OptionWords.h"
#include <pybind11/pybind11.h>

namespace lfm2py {

/// Leaves the process's handlers of signals as they are: LLVM would put its own
/// in their place when it first has a file to remove. To be called once, before
/// anything is compiled.
void keepSignalHandlers();

/// Compiles as lfm2c::compile() does, without the GIL, one at a time in a
/// process. `progress` is called with a stage's name and the part of it that is
/// done, from 0 to 1; it may be None. What it throws, and KeyboardInterrupt,
/// end the compilation. Returns a dictionary: `output`, `header` and `weights`
/// are paths as bytes, empty ones of files that were not written; `report` is
/// JSON; `notes` and `warnings` are lists of lines. Throws CompileFailure.
pybind11::dict compile(const std::string &model, const std::string &output,
                       const lfm2c::OptionWords &words,
                       lfm2c::CheckpointSource source,
                       const pybind11::object &progress);

/// What the compiler says where it fails: one line.
class CompileFailure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_COMPILER_COMPILE_H
