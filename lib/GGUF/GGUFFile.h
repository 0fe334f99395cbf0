// A GGUF file taken apart: its metadata and its list of tensors.
//
// Nothing is copied but the lists themselves, and these grow only as fast as
// the bytes that describe them are really there: a count near 2^64 costs
// nothing. Reading goes once from front to back; every length is compared with
// what is left of the file before it is used.

#ifndef LFM2C_LIB_GGUF_GGUFFILE_H
#define LFM2C_LIB_GGUF_GGUFFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace lfm2c {

enum class GGUFType : uint32_t {
  U8 = 0,
  I8 = 1,
  U16 = 2,
  I16 = 3,
  U32 = 4,
  I32 = 5,
  F32 = 6,
  Bool = 7,
  String = 8,
  Array = 9,
  U64 = 10,
  I64 = 11,
  F64 = 12,
};

/// Bytes of a value of fixed size; 0 for strings and arrays.
unsigned ggufTypeBytes(GGUFType type);

/// One metadata value, or an array of them, as bytes of the file.
struct GGUFValue {
  GGUFType type; // Of the elements if isArray, and then Array is possible.
  bool isArray;
  uint64_t count; // 1 unless isArray.
  llvm::ArrayRef<uint8_t> bytes;
};

struct GGUFTensorInfo {
  llvm::StringRef name;
  llvm::SmallVector<int64_t, 4> shape; // Outermost first, unlike the file.
  uint32_t type;                       // A ggml type, known or not.
  uint64_t offset;                     // From the begin of the data.
};

class GGUFFile {
public:
  /// Takes apart `bytes`, which must outlive the result. `path` is for
  /// messages.
  static llvm::Expected<GGUFFile> parse(llvm::ArrayRef<uint8_t> bytes,
                                        llvm::StringRef path);

  /// All keys, in the order of the file.
  llvm::ArrayRef<llvm::StringRef> getKeys() const { return keys; }
  bool has(llvm::StringRef key) const { return values.contains(key); }
  const GGUFValue *find(llvm::StringRef key) const;

  /// The value of `key`: nothing if there is none, an error if it is of
  /// another type. Integers may be of any width, floats of either; each may
  /// stand for the other where the value is the same, and 0 and 1 for a bool.
  llvm::Expected<std::optional<int64_t>> getInt(llvm::StringRef key) const;
  llvm::Expected<std::optional<double>> getFloat(llvm::StringRef key) const;
  llvm::Expected<std::optional<bool>> getBool(llvm::StringRef key) const;
  llvm::Expected<std::optional<llvm::StringRef>>
  getString(llvm::StringRef key) const;
  /// A number as a list of one, or an array of integers.
  llvm::Expected<std::optional<std::vector<int64_t>>>
  getInts(llvm::StringRef key) const;
  llvm::Expected<std::optional<std::vector<llvm::StringRef>>>
  getStrings(llvm::StringRef key) const;

  llvm::ArrayRef<GGUFTensorInfo> getTensors() const { return tensors; }
  llvm::ArrayRef<uint8_t> getData() const { return data; }
  /// Where getData() begins in the file.
  uint64_t getDataOffset() const { return dataOffset; }
  uint64_t getAlignment() const { return alignment; }
  llvm::StringRef getPath() const { return path; }

private:
  friend class GGUFParser;

  llvm::StringRef path;
  std::vector<llvm::StringRef> keys;
  llvm::StringMap<GGUFValue> values;
  std::vector<GGUFTensorInfo> tensors;
  llvm::ArrayRef<uint8_t> data;
  uint64_t dataOffset = 0;
  uint64_t alignment = 32;
};

} // namespace lfm2c

#endif // LFM2C_LIB_GGUF_GGUFFILE_H
