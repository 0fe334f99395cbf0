// One safetensors file taken apart.
//
// Eight bytes give the length of a JSON header, which names each tensor's type,
// shape and bytes of the data behind it. The tensors must lie end to end and
// fill the data; anything else is damage.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_SAFETENSORSFILE_H
#define LFM2C_FRONTENDS_SAFETENSORS_SAFETENSORSFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace lfm2c {

struct SafetensorsEntry {
  std::string name;
  std::string type; // As written: "BF16".
  llvm::SmallVector<int64_t, 4> shape;
  llvm::ArrayRef<uint8_t> bytes;
};

/// Takes apart `bytes`, which must outlive the result; in the order of the
/// data. `path` is for messages.
llvm::Expected<std::vector<SafetensorsEntry>>
parseSafetensors(llvm::ArrayRef<uint8_t> bytes, llvm::StringRef path);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_SAFETENSORSFILE_H
