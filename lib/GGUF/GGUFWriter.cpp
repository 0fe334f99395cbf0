#include "lib/GGUF/GGUFWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/MathExtras.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {
/// Little-endian values behind each other.
class Bytes {
public:
  explicit Bytes(llvm::raw_ostream &os)
      : writer(os, llvm::endianness::little) {}

  template <typename T> Bytes &add(T value) {
    writer.write(value);
    return *this;
  }
  Bytes &add(GGUFType type) { return add(static_cast<uint32_t>(type)); }
  Bytes &add(StringRef text) {
    add<uint64_t>(text.size());
    writer.OS << text;
    return *this;
  }

private:
  llvm::support::endian::Writer writer;
};

/// A type and a value of it.
template <typename T> std::string scalar(GGUFType type, T value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Bytes(os).add(type).add(value);
  return text;
}

template <typename Range> std::string list(GGUFType type, const Range &values) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Bytes bytes(os);
  bytes.add(GGUFType::Array).add(type).add<uint64_t>(values.size());
  for (const auto &value : values)
    bytes.add(value);
  return text;
}
} // namespace

static uint64_t paddingBehind(uint64_t bytes, uint64_t alignment) {
  return llvm::alignTo(bytes, alignment) - bytes;
}

const GGUFMetadata::Field *GGUFMetadata::find(StringRef key) const {
  auto it = llvm::find_if(fields, [&](const Field &f) { return f.key == key; });
  return it == fields.end() ? nullptr : &*it;
}

void GGUFMetadata::set(StringRef key, std::string value) {
  auto it = llvm::find_if(fields, [&](const Field &f) { return f.key == key; });
  if (it == fields.end())
    fields.push_back({key.str(), std::move(value)});
  else
    it->value = std::move(value);
}

void GGUFMetadata::setInt(StringRef key, uint32_t value) {
  set(key, scalar(GGUFType::U32, value));
}

void GGUFMetadata::setSignedInt(StringRef key, int32_t value) {
  set(key, scalar(GGUFType::I32, value));
}

void GGUFMetadata::setFloat(StringRef key, float value) {
  set(key, scalar(GGUFType::F32, value));
}

void GGUFMetadata::setBool(StringRef key, bool value) {
  set(key, scalar<uint8_t>(GGUFType::Bool, value));
}

void GGUFMetadata::setString(StringRef key, StringRef value) {
  set(key, scalar(GGUFType::String, value));
}

void GGUFMetadata::setInts(StringRef key, llvm::ArrayRef<int32_t> values) {
  set(key, list(GGUFType::I32, values));
}

void GGUFMetadata::setFloats(StringRef key, llvm::ArrayRef<float> values) {
  set(key, list(GGUFType::F32, values));
}

void GGUFMetadata::setStrings(StringRef key,
                              llvm::ArrayRef<std::string> values) {
  set(key, list(GGUFType::String,
                std::vector<StringRef>(values.begin(), values.end())));
}

void GGUFMetadata::setValue(StringRef key, const GGUFValue &value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Bytes bytes(os);
  if (value.isArray)
    bytes.add(GGUFType::Array);
  bytes.add(value.type);
  if (value.isArray)
    bytes.add<uint64_t>(value.count);
  os << llvm::toStringRef(value.bytes);
  set(key, std::move(text));
}

void GGUFMetadata::erase(StringRef key) {
  llvm::erase_if(fields, [&](const Field &f) { return f.key == key; });
}

bool GGUFMetadata::isEqualAt(StringRef key, const GGUFMetadata &other) const {
  const Field *a = find(key), *b = other.find(key);
  return a && b ? a->value == b->value : a == b;
}

void GGUFMetadata::take(StringRef key, const GGUFMetadata &other) {
  if (const Field *field = other.find(key))
    set(key, field->value);
  else
    erase(key);
}

std::vector<StringRef> GGUFMetadata::getKeys() const {
  std::vector<StringRef> keys;
  for (const Field &field : fields)
    keys.push_back(field.key);
  return keys;
}

void GGUFMetadata::write(llvm::raw_ostream &os) const {
  Bytes bytes(os);
  for (const Field &field : fields) {
    bytes.add(StringRef(field.key));
    os << field.value;
  }
}

GGUFWriter::GGUFWriter(llvm::raw_ostream &os, const GGUFMetadata &metadata,
                       std::vector<GGUFTensor> list, uint64_t alignment)
    : os(os), tensors(std::move(list)), alignment(alignment) {
  const uint64_t begin = os.tell();
  os << "GGUF";
  Bytes bytes(os);
  bytes.add<uint32_t>(3).add<uint64_t>(tensors.size());
  bytes.add<uint64_t>(metadata.size());
  metadata.write(os);
  uint64_t offset = 0;
  for (const GGUFTensor &tensor : tensors) {
    bytes.add(StringRef(tensor.name)).add<uint32_t>(tensor.shape.size());
    for (int64_t size : llvm::reverse(tensor.shape))
      bytes.add<uint64_t>(size);
    bytes.add<uint32_t>(tensor.type).add<uint64_t>(offset);
    offset = llvm::alignTo(offset + tensor.bytes, alignment);
  }
  os.write_zeros(paddingBehind(os.tell() - begin, alignment));
}

void GGUFWriter::append(llvm::ArrayRef<uint8_t> bytes) {
  assert(!isComplete() && written + bytes.size() <= tensors[current].bytes &&
         "bytes reach across the end of a tensor");
  os.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  written += bytes.size();
  if (written < tensors[current].bytes)
    return;
  os.write_zeros(paddingBehind(written, alignment));
  written = 0;
  ++current;
}
