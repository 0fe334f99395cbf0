// The GPT-2 form of tokens: every byte as one printable character.

#ifndef LFM2C_LIB_MODEL_BYTELEVEL_H
#define LFM2C_LIB_MODEL_BYTELEVEL_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace lfm2c {

/// The character of a byte, in UTF-8: itself where it is printable in Latin-1,
/// else the next of U+0100 ... U+0143 in the order of bytes.
std::string byteToCharacter(uint8_t byte);

/// The bytes that a token in this form stands for. A token with a character
/// that is no byte stands for itself, as in the `tokenizers` decoder.
std::string characterFormToBytes(llvm::StringRef token);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_BYTELEVEL_H
