// Names of what a compilation leaves on disk.
#ifndef LFM2C_LIB_COMPILER_OUTPUTPATHS_H
#define LFM2C_LIB_COMPILER_OUTPUTPATHS_H

#include "lib/Compiler/Options.h"

namespace lfm2c {

/// Names of what is written, by the kind: OUT, OUT.a and OUT.h, ...; "-" is
/// standard output.
struct OutputPaths {
  std::string main, header, weights;
  std::string prefix; ///< of symbols in a library: a C identifier
};
/// Fails, before any work, where one of them could not be written or where two
/// are one file.
llvm::Expected<OutputPaths> chooseOutputs(const CompileOptions &options);
/// Fails where one of the outputs has no place to be written to, or where there
/// is a file that was read (see InputFiles).
llvm::Error checkOutputs(const CompileOptions &options,
                         const OutputPaths &paths);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_OUTPUTPATHS_H
