// The identity that ties a program to its archive.
#ifndef LFM2C_LIB_COMPILER_IDENTITY_H
#define LFM2C_LIB_COMPILER_IDENTITY_H

#include "lib/Compiler/ProgramTable.h"
#include "llvm/ADT/StringRef.h"

namespace lfm2c {
struct Checkpoint;

/// A hash of the model's shape, of every tensor's name, format, shape and
/// samples of its bytes, and of `options`: all that decides the archive and its
/// layout. Reads a few pages of each tensor.
Identity computeIdentity(const Checkpoint &checkpoint, llvm::StringRef options);

/// As lower-case hexadecimal digits.
std::string formatIdentity(const Identity &identity);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_IDENTITY_H
