// Metadata values by key, with the conversions that writers of GGUF make
// necessary: integers come in any width, and numbers as another kind of number.

#include "lib/GGUF/GGUFFile.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include <cmath>

using namespace lfm2c;
using namespace llvm::support::endian;

unsigned lfm2c::ggufTypeBytes(GGUFType type) {
  switch (type) {
  case GGUFType::U8:
  case GGUFType::I8:
  case GGUFType::Bool:
    return 1;
  case GGUFType::U16:
  case GGUFType::I16:
    return 2;
  case GGUFType::U32:
  case GGUFType::I32:
  case GGUFType::F32:
    return 4;
  case GGUFType::U64:
  case GGUFType::I64:
  case GGUFType::F64:
    return 8;
  case GGUFType::String:
  case GGUFType::Array:
    return 0;
  }
  return 0;
}

/// The float at `bytes`; nothing if the type is none.
static std::optional<double> asFloat(GGUFType type, const uint8_t *bytes) {
  if (type == GGUFType::F32)
    return llvm::bit_cast<float>(read32le(bytes));
  if (type == GGUFType::F64)
    return llvm::bit_cast<double>(read64le(bytes));
  return std::nullopt;
}

/// The integer at `bytes`; nothing if the value is none or beyond 63 bits.
static std::optional<int64_t> asInteger(GGUFType type, const uint8_t *bytes) {
  switch (type) {
  case GGUFType::U8:
    return bytes[0];
  case GGUFType::I8:
    return int8_t(bytes[0]);
  case GGUFType::U16:
    return read16le(bytes);
  case GGUFType::I16:
    return int16_t(read16le(bytes));
  case GGUFType::U32:
    return read32le(bytes);
  case GGUFType::I32:
    return int32_t(read32le(bytes));
  case GGUFType::I64:
    return int64_t(read64le(bytes));
  case GGUFType::U64:
    if (read64le(bytes) <= uint64_t(INT64_MAX))
      return int64_t(read64le(bytes));
    return std::nullopt;
  default:
    break;
  }
  // Doubles beyond 2^53 are not written as integers by anyone.
  std::optional<double> value = asFloat(type, bytes);
  if (value && std::fabs(*value) <= 0x1p53 && std::trunc(*value) == *value)
    return int64_t(*value);
  return std::nullopt;
}

static llvm::Error wrongType(const GGUFFile &file, llvm::StringRef key,
                             llvm::StringRef expected, const GGUFValue &value) {
  static constexpr llvm::StringLiteral names[] = {
      "u8",   "i8",     "u16",   "i16", "u32", "i32", "f32",
      "bool", "string", "array", "u64", "i64", "f64"};
  return makeError("{0}: metadata key {1} should be {2} but is {3}{4}",
                   file.getPath(), key, expected,
                   value.isArray ? "an array of " : "",
                   names[unsigned(value.type)]);
}

/// The longest list that is ever taken out of a file; vocabularies and merges
/// stay far below.
constexpr uint64_t maxListLength = 1 << 20;

static llvm::Error checkLength(const GGUFFile &file, llvm::StringRef key,
                               const GGUFValue &value) {
  if (value.count <= maxListLength)
    return llvm::Error::success();
  return makeError("{0}: metadata key {1} has {2} entries, but at most {3} are "
                   "read",
                   file.getPath(), key, value.count, maxListLength);
}

const GGUFValue *GGUFFile::find(llvm::StringRef key) const {
  auto it = values.find(key);
  return it == values.end() ? nullptr : &it->second;
}

llvm::Expected<std::optional<int64_t>>
GGUFFile::getInt(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  std::optional<int64_t> number;
  if (!value->isArray)
    number = asInteger(value->type, value->bytes.data());
  if (!number)
    return wrongType(*this, key, "an integer below 2^63", *value);
  return number;
}

llvm::Expected<std::optional<double>>
GGUFFile::getFloat(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->isArray)
    return wrongType(*this, key, "a number", *value);
  if (std::optional<double> number = asFloat(value->type, value->bytes.data()))
    return number;
  if (std::optional<int64_t> number =
          asInteger(value->type, value->bytes.data()))
    return double(*number);
  return wrongType(*this, key, "a number", *value);
}

llvm::Expected<std::optional<bool>>
GGUFFile::getBool(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray && value->type == GGUFType::Bool)
    return value->bytes[0] != 0;
  std::optional<int64_t> number;
  if (!value->isArray)
    number = asInteger(value->type, value->bytes.data());
  if (!number || *number < 0 || *number > 1)
    return wrongType(*this, key, "a bool", *value);
  return *number != 0;
}

llvm::Expected<std::optional<llvm::StringRef>>
GGUFFile::getString(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->isArray || value->type != GGUFType::String)
    return wrongType(*this, key, "a string", *value);
  llvm::ArrayRef<uint8_t> text = value->bytes.drop_front(8);
  return llvm::StringRef(reinterpret_cast<const char *>(text.data()),
                         text.size());
}

llvm::Expected<std::optional<std::vector<int64_t>>>
GGUFFile::getInts(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (llvm::Error error = checkLength(*this, key, *value))
    return error;
  std::vector<int64_t> numbers;
  const unsigned size = ggufTypeBytes(value->type);
  for (uint64_t i = 0; i < value->count; ++i) {
    std::optional<int64_t> number =
        asInteger(value->type, value->bytes.data() + i * size);
    if (!number)
      return wrongType(*this, key, "integers below 2^63", *value);
    numbers.push_back(*number);
  }
  return numbers;
}

llvm::Expected<std::optional<std::vector<llvm::StringRef>>>
GGUFFile::getStrings(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray || value->type != GGUFType::String)
    return wrongType(*this, key, "an array of strings", *value);
  if (llvm::Error error = checkLength(*this, key, *value))
    return error;
  // The parser walked these bytes already; the lengths are known to fit.
  std::vector<llvm::StringRef> strings;
  const uint8_t *at = value->bytes.data();
  for (uint64_t i = 0; i < value->count; ++i) {
    uint64_t length = read64le(at);
    strings.emplace_back(reinterpret_cast<const char *>(at + 8), length);
    at += 8 + length;
  }
  return strings;
}
