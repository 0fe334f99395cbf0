// Header, metadata and tensor list of a GGUF file, front to back.

#include "lib/GGUF/GGUFFile.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace lfm2c;
using namespace llvm::support::endian;

namespace lfm2c {

// The largest models of the family have a few hundred of each.
constexpr uint64_t maxValues = 1 << 16, maxTensors = 1 << 17;
/// Of arrays inside of arrays.
constexpr unsigned maxArrayDepth = 8;

class GGUFParser {
public:
  GGUFParser(llvm::ArrayRef<uint8_t> bytes, llvm::StringRef path)
      : bytes(bytes), path(path) {}

  llvm::Expected<GGUFFile> run() {
    file.path = path;
    if (llvm::Error error = parseHeader())
      return error;
    if (llvm::Error error = parseMetadata())
      return error;
    if (llvm::Error error = parseTensors())
      return error;
    return std::move(file);
  }

private:
  uint64_t left() const { return bytes.size() - at; }

  llvm::Error cutShort(llvm::StringRef where) const {
    return makeError("{0} is cut short: it ends after {1} bytes, inside {2}; "
                     "get the file again",
                     path, bytes.size(), where);
  }

  llvm::Error checkType(llvm::StringRef where, uint32_t type) const {
    if (type <= uint32_t(GGUFType::F64))
      return llvm::Error::success();
    return makeError("{0}: {1} has value type {2}, which GGUF version 3 does "
                     "not define",
                     path, where, type);
  }

  bool readU32(uint32_t &value) {
    if (left() < 4)
      return false;
    value = read32le(bytes.data() + at);
    at += 4;
    return true;
  }

  bool readU64(uint64_t &value) {
    if (left() < 8)
      return false;
    value = read64le(bytes.data() + at);
    at += 8;
    return true;
  }

  bool readString(llvm::StringRef &text) {
    uint64_t length;
    if (!readU64(length) || length > left())
      return false;
    text = {reinterpret_cast<const char *>(bytes.data() + at), length};
    at += length;
    return true;
  }

  llvm::Error parseHeader();
  llvm::Error parseMetadata();
  llvm::Error parseValue(llvm::StringRef key, GGUFValue &value);
  llvm::Error parseArray(llvm::StringRef where, GGUFValue &value,
                         unsigned depth);
  llvm::Error skipElements(llvm::StringRef where, GGUFType type, uint64_t count,
                           unsigned depth);
  llvm::Error parseTensors();
  llvm::Error parseTensor(GGUFTensorInfo &tensor);
  llvm::Error findData();

  llvm::ArrayRef<uint8_t> bytes;
  llvm::StringRef path;
  uint64_t at = 0;
  uint64_t tensorCount = 0, valueCount = 0;
  GGUFFile file;
};

} // namespace lfm2c

llvm::Error GGUFParser::parseHeader() {
  llvm::StringRef magic(reinterpret_cast<const char *>(bytes.data()),
                        std::min<size_t>(bytes.size(), 4));
  if (magic != "GGUF") {
    std::string why = explainForeignBytes(llvm::toStringRef(bytes));
    if (why.empty())
      why = "should begin with 'GGUF' but begins with " + quoted(magic);
    return makeError("{0} is not a GGUF file: it {1}", path, why);
  }
  at = 4;
  uint32_t version;
  if (!readU32(version))
    return cutShort("the header");
  if (version != 3) {
    if (llvm::byteswap(version) == 3)
      return makeError("{0} is a big-endian GGUF file; only little-endian ones "
                       "are read",
                       path);
    return makeError("{0} has GGUF version {1}; only version 3 is read: "
                     "convert the checkpoint again with current tools",
                     path, version);
  }
  if (!readU64(tensorCount) || !readU64(valueCount))
    return cutShort("the header");
  if (valueCount > maxValues)
    return makeError("{0} announces {1} metadata values, but no model has more "
                     "than {2}; it is damaged",
                     path, valueCount, maxValues);
  if (tensorCount > maxTensors)
    return makeError("{0} announces {1} tensors, but no model has more than "
                     "{2}; it is damaged",
                     path, tensorCount, maxTensors);
  return llvm::Error::success();
}

llvm::Error GGUFParser::parseMetadata() {
  for (uint64_t i = 0; i < valueCount; ++i) {
    llvm::StringRef key;
    if (!readString(key))
      return cutShort(llvm::formatv("metadata key {0}", i).str());
    if (key.empty())
      return makeError("{0}: metadata key {1} is empty; the file is damaged",
                       path, i);
    GGUFValue value;
    if (llvm::Error error = parseValue(key, value))
      return error;
    if (!file.values.try_emplace(key, value).second)
      return makeError("{0}: metadata key {1} occurs twice; the file is "
                       "damaged",
                       path, quoted(key));
    file.keys.push_back(key);
  }
  llvm::Expected<std::optional<int64_t>> alignment =
      file.getInt("general.alignment");
  if (!alignment)
    return alignment.takeError();
  if (*alignment) {
    int64_t value = **alignment;
    if (value < 1 || value > (1 << 30) || !llvm::isPowerOf2_64(value))
      return makeError("{0}: general.alignment should be a power of two up to "
                       "2^30 but is {1}",
                       path, value);
    file.alignment = value;
  }
  return llvm::Error::success();
}

llvm::Error GGUFParser::parseValue(llvm::StringRef key, GGUFValue &value) {
  std::string where = "metadata value " + quoted(key);
  uint32_t type;
  if (!readU32(type))
    return cutShort(where);
  value.isArray = type == uint32_t(GGUFType::Array);
  value.count = 1;
  if (value.isArray)
    return parseArray(where, value, 1);
  if (llvm::Error error = checkType(where, type))
    return error;
  value.type = GGUFType(type);
  const uint64_t begin = at;
  if (llvm::Error error = skipElements(where, value.type, 1, 0))
    return error;
  value.bytes = bytes.slice(begin, at - begin);
  return llvm::Error::success();
}

llvm::Error GGUFParser::parseArray(llvm::StringRef where, GGUFValue &value,
                                   unsigned depth) {
  uint32_t type;
  if (!readU32(type) || !readU64(value.count))
    return cutShort(where);
  if (llvm::Error error = checkType(where, type))
    return error;
  if (depth > maxArrayDepth)
    return makeError("{0}: {1} nests arrays more than {2} deep, which no model "
                     "does; the file is damaged",
                     path, where, maxArrayDepth);
  value.type = GGUFType(type);
  const uint64_t begin = at;
  if (llvm::Error error = skipElements(where, value.type, value.count, depth))
    return error;
  value.bytes = bytes.slice(begin, at - begin);
  return llvm::Error::success();
}

/// Goes behind `count` elements. Each takes a byte of the file or more, so the
/// time is that of reading it.
llvm::Error GGUFParser::skipElements(llvm::StringRef where, GGUFType type,
                                     uint64_t count, unsigned depth) {
  if (unsigned size = ggufTypeBytes(type)) {
    if (count > left() / size)
      return cutShort(where);
    at += count * size;
    return llvm::Error::success();
  }
  llvm::StringRef text;
  GGUFValue inner;
  for (uint64_t i = 0; i < count; ++i) {
    if (type == GGUFType::String && !readString(text))
      return cutShort(where);
    if (type == GGUFType::Array)
      if (llvm::Error error = parseArray(where, inner, depth + 1))
        return error;
  }
  return llvm::Error::success();
}

llvm::Error GGUFParser::parseTensors() {
  llvm::StringSet<> names;
  for (uint64_t i = 0; i < tensorCount; ++i) {
    GGUFTensorInfo tensor;
    if (!readString(tensor.name))
      return cutShort(llvm::formatv("tensor name {0}", i).str());
    if (tensor.name.empty() || tensor.name.size() > 63)
      return makeError("{0}: the name of tensor {1} should have 1 to 63 bytes "
                       "but has {2}",
                       path, i, tensor.name.size());
    if (!names.insert(tensor.name).second)
      return makeError("{0}: tensor {1} occurs twice; the file is damaged",
                       path, quoted(tensor.name));
    if (llvm::Error error = parseTensor(tensor))
      return error;
    file.tensors.push_back(std::move(tensor));
  }
  return findData();
}

llvm::Error GGUFParser::parseTensor(GGUFTensorInfo &tensor) {
  std::string where = "the entry of tensor " + quoted(tensor.name);
  uint32_t rank;
  if (!readU32(rank))
    return cutShort(where);
  if (rank < 1 || rank > 4)
    return makeError("{0}: tensor {1} should have 1 to 4 dimensions but has "
                     "{2}",
                     path, quoted(tensor.name), rank);
  tensor.shape.resize(rank);
  int64_t elements = 1;
  for (uint32_t d = 0; d < rank; ++d) {
    uint64_t size;
    if (!readU64(size))
      return cutShort(where);
    if (size == 0 || size > uint64_t(INT64_MAX) ||
        llvm::MulOverflow<int64_t>(elements, size, elements))
      return makeError("{0}: dimension {1} of tensor {2} is {3}, which is no "
                       "possible size",
                       path, d, quoted(tensor.name), size);
    tensor.shape[rank - 1 - d] = size;
  }
  if (!readU32(tensor.type) || !readU64(tensor.offset))
    return cutShort(where);
  return llvm::Error::success();
}

llvm::Error GGUFParser::findData() {
  file.dataOffset = llvm::alignTo(at, file.alignment);
  if (file.dataOffset <= bytes.size())
    file.data = bytes.drop_front(file.dataOffset);
  else if (!file.tensors.empty())
    return cutShort("the padding before the data");
  return llvm::Error::success();
}

llvm::Expected<GGUFFile> GGUFFile::parse(llvm::ArrayRef<uint8_t> bytes,
                                         llvm::StringRef path) {
  return GGUFParser(bytes, path).run();
}
