#include "lib/Support/JSONDocument.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/xxhash.h"
#include <cmath>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

using namespace lfm2c;
using llvm::ArrayRef;
using llvm::StringRef;

namespace {
/// Far deeper than any file of a checkpoint. RapidJSON recurses.
constexpr unsigned maxDepth = 64;
/// Of numbers, NaN and Infinity.
constexpr llvm::StringLiteral numberCharacters = "0123456789.+-eENaInfity";
} // namespace

std::optional<bool> json::Value::getAsBoolean() const {
  if (valueKind != Boolean)
    return std::nullopt;
  return boolean;
}

std::optional<double> json::Value::getAsNumber(bool finite) const {
  if (valueKind != Number)
    return std::nullopt;
  if (isInteger)
    return double(integer);
  return std::isfinite(number) || !finite ? std::optional(number)
                                          : std::nullopt;
}

std::optional<int64_t> json::Value::getAsInteger() const {
  if (valueKind != Number)
    return std::nullopt;
  if (isInteger)
    return integer;
  // NaN fails each comparison.
  if (!(number >= -0x1p63 && number < 0x1p63) || std::trunc(number) != number)
    return std::nullopt;
  return int64_t(number);
}

std::optional<StringRef> json::Value::getAsString() const {
  if (valueKind != String)
    return std::nullopt;
  return StringRef(text, length);
}

const json::Array *json::Value::getAsArray() const {
  return valueKind == Array ? array : nullptr;
}

const json::Object *json::Value::getAsObject() const {
  return valueKind == Object ? object : nullptr;
}

StringRef json::kindName(Value::Kind kind) {
  switch (kind) {
  case Value::Null:
    return "null";
  case Value::Boolean:
    return "a boolean";
  case Value::Number:
    return "a number";
  case Value::String:
    return "a string";
  case Value::Array:
    return "a list";
  case Value::Object:
    return "an object";
  }
  return "another value";
}

llvm::raw_ostream &json::operator<<(llvm::raw_ostream &os, const Value &value) {
  if (std::optional<bool> boolean = value.getAsBoolean())
    return os << (*boolean ? "true" : "false");
  if (std::optional<StringRef> text = value.getAsString())
    return os << quoted(*text);
  if (std::optional<int64_t> integer = value.getAsInteger())
    return os << *integer;
  if (std::optional<double> number = value.getAsNumber())
    return os << llvm::format("%g", *number);
  if (std::optional<double> number = value.getAsNumber(/*finite=*/false))
    return os << (std::isnan(*number) ? "NaN"
                  : *number < 0       ? "-Infinity"
                                      : "Infinity");
  return os << kindName(value.kind());
}

const json::Value *json::Object::get(StringRef key) const {
  for (const Member &member : members)
    if (member.first == key)
      return &member.second;
  return nullptr;
}

std::optional<bool> json::Object::getBoolean(StringRef key) const {
  const Value *value = get(key);
  return value ? value->getAsBoolean() : std::nullopt;
}

std::optional<double> json::Object::getNumber(StringRef key) const {
  const Value *value = get(key);
  return value ? value->getAsNumber() : std::nullopt;
}

std::optional<int64_t> json::Object::getInteger(StringRef key) const {
  const Value *value = get(key);
  return value ? value->getAsInteger() : std::nullopt;
}

std::optional<StringRef> json::Object::getString(StringRef key) const {
  const Value *value = get(key);
  return value ? value->getAsString() : std::nullopt;
}

const json::Array *json::Object::getArray(StringRef key) const {
  const Value *value = get(key);
  return value ? value->getAsArray() : nullptr;
}

const json::Object *json::Object::getObject(StringRef key) const {
  const Value *value = get(key);
  return value ? value->getAsObject() : nullptr;
}

namespace lfm2c::json {

/// Takes what RapidJSON finds, front to back. Values wait on a stack until the
/// end of the list or object that they belong to.
class DocumentBuilder {
public:
  DocumentBuilder(StringRef text, StringRef file, size_t maxValues)
      : stream(text.data(), text.size()), text(text), file(file),
        maxValues(maxValues) {
    document.memory = std::make_unique<llvm::BumpPtrAllocator>();
  }

  /// `expected` is the kind of the outermost value.
  llvm::Expected<Document> run(Value::Kind expected);

  // The interface of RapidJSON's handlers, with its names: false stops it.
  // NOLINTBEGIN(readability-identifier-naming)
  bool Null() { return push({}); }
  bool Bool(bool boolean) {
    Value value = ofKind(Value::Boolean);
    value.boolean = boolean;
    return push(value);
  }
  bool Int(int integer) { return Int64(integer); }
  bool Uint(unsigned integer) { return Int64(integer); }
  bool Int64(int64_t integer) {
    Value value = ofKind(Value::Number);
    value.isInteger = true;
    value.integer = integer;
    return push(value);
  }
  bool Uint64(uint64_t integer) {
    return integer > INT64_MAX ? Double(double(integer)) : Int64(integer);
  }
  bool Double(double number) {
    Value value = ofKind(Value::Number);
    value.number = number;
    // RapidJSON may be off in the last bits; the C library is not.
    StringRef before = text.take_front(stream.Tell());
    llvm::to_float(before.substr(before.find_last_not_of(numberCharacters) + 1),
                   value.number);
    return push(value);
  }
  bool RawNumber(const char *, unsigned, bool) { return false; } // Not asked.
  bool String(const char *chars, unsigned length, bool) {
    StringRef kept = keep({chars, length});
    Value value = ofKind(Value::String);
    value.text = kept.data();
    value.length = length;
    return push(value);
  }
  bool Key(const char *chars, unsigned length, bool) {
    keys.push_back(keep({chars, length}));
    return true;
  }
  bool StartObject() { return enter(); }
  bool StartArray() { return enter(); }
  bool EndObject(unsigned count);
  bool EndArray(unsigned count);
  // NOLINTEND(readability-identifier-naming)

private:
  static Value ofKind(Value::Kind kind) {
    Value value;
    value.valueKind = kind;
    return value;
  }

  bool fail(llvm::Error error) {
    assert(!failed && "RapidJSON stops at the first error");
    failed = true;
    failure = llvm::toString(std::move(error));
    return false;
  }

  bool push(Value value) {
    if (++valueCount > maxValues)
      return fail(makeError("{0} has more than {1} values, the most that "
                            "are read",
                            file, maxValues));
    values.push_back(value);
    return true;
  }

  bool enter() {
    if (++depth > maxDepth)
      return fail(makeError("{0} nests more than {1} levels deep, the most "
                            "that are read",
                            file, maxDepth));
    return true;
  }

  /// A string that was just read. Without escapes it stands in the text, before
  /// the quotation mark at which RapidJSON is now.
  StringRef keep(StringRef chars) {
    StringRef there = text.take_front(stream.Tell() - 1);
    if (there.ends_with(chars))
      return there.take_back(chars.size());
    return chars.copy(*document.memory);
  }

  template <typename T> T *allocate(size_t count) {
    return document.memory->Allocate<T>(count);
  }

  llvm::Error checkKeys(ArrayRef<StringRef> keys) const;

  rapidjson::MemoryStream stream;
  StringRef text, file;
  size_t maxValues, valueCount = 0;
  unsigned depth = 0;
  llvm::SmallVector<Value, 0> values;
  llvm::SmallVector<StringRef, 0> keys;
  Document document;
  bool failed = false;
  std::string failure;
};

} // namespace lfm2c::json

llvm::Error json::DocumentBuilder::checkKeys(ArrayRef<StringRef> keys) const {
  const StringRef *twice = nullptr;
  if (keys.size() <= 16) {
    for (size_t i = 1; i < keys.size() && !twice; ++i)
      if (llvm::is_contained(keys.take_front(i), keys[i]))
        twice = &keys[i];
  } else {
    // By hash first: most comparisons are of two numbers.
    std::vector<std::pair<uint64_t, const StringRef *>> sorted;
    sorted.reserve(keys.size());
    for (const StringRef &key : keys)
      sorted.emplace_back(llvm::xxh3_64bits(key), &key);
    llvm::sort(sorted, [](const auto &a, const auto &b) {
      return a.first != b.first ? a.first < b.first : *a.second < *b.second;
    });
    for (size_t i = 1; i < sorted.size() && !twice; ++i)
      if (*sorted[i - 1].second == *sorted[i].second)
        twice = sorted[i].second;
  }
  if (!twice)
    return llvm::Error::success();
  return makeError("{0}: key {1} occurs twice; the file is damaged", file,
                   quoted(*twice));
}

bool json::DocumentBuilder::EndObject(unsigned count) {
  --depth;
  ArrayRef<StringRef> names = ArrayRef(keys).take_back(count);
  if (llvm::Error error = checkKeys(names))
    return fail(std::move(error));
  ArrayRef<Value> contents = ArrayRef(values).take_back(count);
  Member *members = allocate<Member>(count);
  for (unsigned i = 0; i < count; ++i)
    new (members + i) Member{names[i], contents[i]};
  keys.pop_back_n(count);
  values.pop_back_n(count);
  Value value = ofKind(Value::Object);
  value.object =
      new (allocate<json::Object>(1)) json::Object(ArrayRef(members, count));
  return push(value);
}

bool json::DocumentBuilder::EndArray(unsigned count) {
  --depth;
  Value *elements = allocate<Value>(count);
  std::uninitialized_copy_n(values.end() - count, count, elements);
  values.pop_back_n(count);
  Value value = ofKind(Value::Array);
  value.array =
      new (allocate<json::Array>(1)) json::Array(ArrayRef(elements, count));
  return push(value);
}

llvm::Expected<json::Document>
json::DocumentBuilder::run(Value::Kind expected) {
  constexpr unsigned flags =
      rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNanAndInfFlag;
  rapidjson::Reader reader;
  rapidjson::ParseResult result = reader.Parse<flags>(stream, *this);
  if (failed)
    return makeErrorText(failure);
  size_t at = result.IsError() ? result.Offset() : stream.Tell();
  // RapidJSON takes a zero for the end of the text.
  if (result.IsError() || at != text.size()) {
    if (std::string foreign = explainForeignBytes(text); !foreign.empty())
      return makeError("{0} is not JSON: it {1}", file, foreign);
    StringRef before = text.take_front(at);
    StringRef why = result.IsError()
                        ? rapidjson::GetParseError_En(result.Code())
                        : "A zero byte behind the value.";
    return makeError("{0} is not JSON: line {1}, column {2}: {3}", file,
                     before.count('\n') + 1,
                     before.size() - (before.rfind('\n') + 1) + 1,
                     why.rtrim('.'));
  }
  document.outermost = values.back();
  const Value::Kind found = document.outermost.kind();
  if (found != expected)
    return makeError("{0} should hold a JSON {1}, but holds {2}", file,
                     expected == Value::Object ? "object, '{...}'"
                                               : "list, '[...]'",
                     kindName(found));
  return std::move(document);
}

static llvm::Expected<json::Document> parse(StringRef text, StringRef file,
                                            size_t maxValues,
                                            json::Value::Kind expected) {
  if (text.size() > UINT32_MAX)
    return makeError("{0} has {1} bytes, but JSON of at most 4 GiB is read",
                     file, text.size());
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    return makeError("{0} is in UTF-16; save it as UTF-8", file);
  text.consume_front("\xef\xbb\xbf");
  return json::DocumentBuilder(text, file, maxValues).run(expected);
}

llvm::Expected<json::Document>
lfm2c::parseJSONObject(StringRef text, StringRef file, size_t maxValues) {
  return parse(text, file, maxValues, json::Value::Object);
}

llvm::Expected<json::Document>
lfm2c::parseJSONList(StringRef text, StringRef file, size_t maxValues) {
  return parse(text, file, maxValues, json::Value::Array);
}
