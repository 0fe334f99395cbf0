// One object file of generated code, in memory.
#ifndef LFM2C_LIB_COMPILER_OBJECTFILE_H
#define LFM2C_LIB_COMPILER_OBJECTFILE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace lfm2c {

struct ObjectFile {
  std::string name; ///< in messages and in libraries: "step.o"
  llvm::SmallVector<char, 0> bytes;

  llvm::StringRef text() const { return {bytes.data(), bytes.size()}; }
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_OBJECTFILE_H
