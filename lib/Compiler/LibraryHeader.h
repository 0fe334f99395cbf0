// OUT.h of a library.
#ifndef LFM2C_LIB_COMPILER_LIBRARYHEADER_H
#define LFM2C_LIB_COMPILER_LIBRARYHEADER_H

#include "lib/Compiler/OutputPaths.h"
#include "lib/Compiler/ProgramOutputs.h"

namespace lfm2c {

/// What the header says of a library's model and target.
struct LibraryHeader {
  llvm::StringRef model;  ///< as the checkpoint calls it
  llvm::StringRef target; ///< "x86_64-linux"
  Emit emit = Emit::StaticLibrary;
  bool joined = false; ///< the archive is inside the library
  llvm::SmallVector<ProgramOutput> outputs;
};

/// The text of OUT.h: how a program opens the model, what it gives, the symbols
/// of the library, and the runtime's interface.
std::string makeHeader(const LibraryHeader &library, const OutputPaths &paths);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_LIBRARYHEADER_H
