// A checkpoint small enough to be written in a test, as GGUF bytes and as a
// Hugging Face directory, and easy to damage in one place.

#ifndef LFM2C_TEST_UNIT_FRONTENDS_TINYCHECKPOINT_H
#define LFM2C_TEST_UNIT_FRONTENDS_TINYCHECKPOINT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lfm2c::test {

/// Little-endian bytes, appended.
class Bytes {
public:
  Bytes &u32(uint32_t value);
  Bytes &u64(uint64_t value);
  Bytes &f32(float value);
  Bytes &text(llvm::StringRef value); // Length and characters.
  Bytes &raw(llvm::ArrayRef<uint8_t> value);
  std::vector<uint8_t> data;
};

struct TinyTensor {
  std::string name;   // GGUF's.
  std::string hfName; // transformers'; an expert stack has "%" for its number.
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;
  // What the file is told, where that is to differ from the truth.
  uint32_t type = 0; // f32; 28: f64
};

/// The bytes of floats as doubles.
std::vector<uint8_t> asDoubles(llvm::ArrayRef<uint8_t> floats);

/// Two layers, a convolution and an attention; with experts in the second if
/// `moe`. Hidden 64, 2 heads of 32, 1 KV head, feed-forward 96, 4 experts of
/// 32, 40 rows of vocabulary.
std::vector<TinyTensor> tinyTensors(bool moe);

/// A GGUF file in the making: every part may be replaced before build().
struct GGUFBuilder {
  explicit GGUFBuilder(bool moe = false);

  /// A metadata value: its type and its bytes.
  void set(llvm::StringRef key, uint32_t type, const Bytes &value);
  void setU32(llvm::StringRef key, uint32_t value);
  void setF32(llvm::StringRef key, float value);
  void setBool(llvm::StringRef key, bool value);
  void setText(llvm::StringRef key, llvm::StringRef value);
  void setTexts(llvm::StringRef key, llvm::ArrayRef<std::string> values);
  void setInts(llvm::StringRef key, llvm::ArrayRef<int32_t> values);
  void drop(llvm::StringRef key);
  TinyTensor &tensor(llvm::StringRef name);
  void dropTensor(llvm::StringRef name);

  std::vector<uint8_t> build() const;
  /// Length of all that stands before the data, of the last build().
  mutable size_t headerBytes = 0;

  uint32_t version = 3;
  int64_t extraTensors = 0, extraValues = 0;   // Announced, but not there.
  std::map<std::string, int64_t> offsetErrors; // By tensor.
  std::vector<std::pair<std::string, std::pair<uint32_t, Bytes>>> values;
  std::vector<TinyTensor> tensors;
};

/// Files of a Hugging Face directory by name, which may have folders in it, and
/// write() to put them there.
struct HFBuilder {
  explicit HFBuilder(bool moe = false, bool stackedExperts = false);

  /// Rewrites model.safetensors out of `tensors`.
  void pack();
  /// The same as shards with an index, so many tensors in each.
  void packShards(size_t perShard);
  void write(llvm::StringRef directory) const;
  /// Replaces the first `from` in the text file `name`, which must have it.
  void edit(llvm::StringRef name, llvm::StringRef from, llvm::StringRef to);

  std::map<std::string, std::string> files;
  std::vector<TinyTensor> tensors; // By hfName.
};

/// The bytes of a safetensors file.
std::string packSafetensors(llvm::ArrayRef<TinyTensor> tensors);

} // namespace lfm2c::test

#endif // LFM2C_TEST_UNIT_FRONTENDS_TINYCHECKPOINT_H
