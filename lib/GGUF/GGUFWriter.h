// A GGUF file, version 3, written front to back: metadata and the list of
// tensors, then the tensors' bytes, which the caller streams.

#ifndef LFM2C_LIB_GGUF_GGUFWRITER_H
#define LFM2C_LIB_GGUF_GGUFWRITER_H

#include "lib/GGUF/GGUFFile.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace lfm2c {

/// Metadata to be written, in the order in which keys were first set. A key
/// that is set again keeps its place.
class GGUFMetadata {
public:
  void setInt(llvm::StringRef key, uint32_t value);
  void setSignedInt(llvm::StringRef key, int32_t value);
  void setFloat(llvm::StringRef key, float value);
  void setBool(llvm::StringRef key, bool value);
  void setString(llvm::StringRef key, llvm::StringRef value);
  void setInts(llvm::StringRef key, llvm::ArrayRef<int32_t> values);
  void setFloats(llvm::StringRef key, llvm::ArrayRef<float> values);
  void setStrings(llvm::StringRef key, llvm::ArrayRef<std::string> values);
  /// As it stands in another file, whatever its type.
  void setValue(llvm::StringRef key, const GGUFValue &value);
  void erase(llvm::StringRef key);

  bool has(llvm::StringRef key) const { return find(key) != nullptr; }
  /// Whether both have `key` with the same type and bytes, or neither has it.
  bool isEqualAt(llvm::StringRef key, const GGUFMetadata &other) const;
  /// Takes `key` over as it is in `other`, or away where it is not.
  void take(llvm::StringRef key, const GGUFMetadata &other);
  std::vector<llvm::StringRef> getKeys() const;

  size_t size() const { return fields.size(); }
  /// Keys, types and values, as they stand in a file.
  void write(llvm::raw_ostream &os) const;

private:
  struct Field {
    std::string key, value; // The value with its type.
  };
  const Field *find(llvm::StringRef key) const;
  void set(llvm::StringRef key, std::string value);

  std::vector<Field> fields;
};

struct GGUFTensor {
  std::string name;
  llvm::SmallVector<int64_t, 4> shape; // Outermost first, unlike the file.
  uint32_t type;                       // A ggml type.
  uint64_t bytes;
};

class GGUFWriter {
public:
  /// Begins a file at the place where `os` is. `alignment` is a power of two;
  /// `metadata` must say it where it is not 32.
  GGUFWriter(llvm::raw_ostream &os, const GGUFMetadata &metadata,
             std::vector<GGUFTensor> tensors, uint64_t alignment = 32);

  /// The next bytes of the tensors, one after the other in the order of the
  /// list, in pieces of any size that do not reach across a tensor's end.
  void append(llvm::ArrayRef<uint8_t> bytes);
  /// Whether all bytes of all tensors are there.
  bool isComplete() const { return current == tensors.size(); }

private:
  llvm::raw_ostream &os;
  const std::vector<GGUFTensor> tensors;
  const uint64_t alignment;
  size_t current = 0;   // The tensor whose bytes come next.
  uint64_t written = 0; // Bytes of it.
};

} // namespace lfm2c

#endif // LFM2C_LIB_GGUF_GGUFWRITER_H
