// JSON in memory, a small multiple of its text at most.
//
// RapidJSON parses and checks; what it finds is kept here: 16 bytes a value, 16
// more for each key, and strings where they stand in the text unless they have
// escapes. So the memory for an unknown file is bounded by the number of its
// values and the length of its text.

#ifndef LFM2C_LIB_SUPPORT_JSONDOCUMENT_H
#define LFM2C_LIB_SUPPORT_JSONDOCUMENT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <optional>

namespace lfm2c::json {

class Array;
class Object;

/// One value. Like all below it, part of a Document and valid as long as it.
/// The getAs...() give nothing for a value of another kind.
class Value {
public:
  enum Kind : uint8_t { Null, Boolean, Number, String, Array, Object };

  Kind kind() const { return valueKind; }
  std::optional<bool> getAsBoolean() const;
  /// Nothing for NaN and infinities, which Python writes and nobody can use,
  /// unless they are asked for.
  std::optional<double> getAsNumber(bool finite) const;
  std::optional<double> getAsNumber() const { return getAsNumber(true); }
  /// Of a number without a fraction that fits.
  std::optional<int64_t> getAsInteger() const;
  std::optional<llvm::StringRef> getAsString() const;
  const json::Array *getAsArray() const;
  const json::Object *getAsObject() const;

private:
  friend class DocumentBuilder;

  Kind valueKind = Null;
  bool isInteger = false;
  uint32_t length = 0; // Of a string, in bytes.
  union {
    bool boolean;
    int64_t integer = 0;
    double number;
    const char *text;
    const json::Array *array;
    const json::Object *object;
  };
};

/// A value for a message: itself, or of which kind it is.
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Value &value);

/// What a value of the kind is called: "a number".
llvm::StringRef kindName(Value::Kind kind);

class Array {
public:
  using const_iterator = const Value *;
  explicit Array(llvm::ArrayRef<Value> values) : values(values) {}

  const Value *begin() const { return values.begin(); }
  const Value *end() const { return values.end(); }
  size_t size() const { return values.size(); }
  bool empty() const { return values.empty(); }
  const Value &operator[](size_t i) const { return values[i]; }

private:
  llvm::ArrayRef<Value> values;
};

struct Member {
  llvm::StringRef first; ///< the key
  Value second;
};

/// Members in the order of the text; no key occurs twice.
class Object {
public:
  explicit Object(llvm::ArrayRef<Member> members) : members(members) {}

  const Member *begin() const { return members.begin(); }
  const Member *end() const { return members.end(); }
  size_t size() const { return members.size(); }
  bool empty() const { return members.empty(); }

  /// The value of `key`, or null. Looks at one member after the other.
  const Value *get(llvm::StringRef key) const;
  /// Nothing where the key is missing or its value of another kind.
  std::optional<bool> getBoolean(llvm::StringRef key) const;
  std::optional<double> getNumber(llvm::StringRef key) const;
  std::optional<int64_t> getInteger(llvm::StringRef key) const;
  std::optional<llvm::StringRef> getString(llvm::StringRef key) const;
  const Array *getArray(llvm::StringRef key) const;
  const Object *getObject(llvm::StringRef key) const;

private:
  llvm::ArrayRef<Member> members;
};

/// A parsed text, which is an object or a list. Owns its values but not the
/// text.
class Document {
public:
  /// Of parseJSONObject().
  const Object &root() const { return *outermost.getAsObject(); }
  operator const Object &() const { return root(); }
  /// Of parseJSONList().
  const Array &list() const { return *outermost.getAsArray(); }

private:
  friend class DocumentBuilder;
  std::unique_ptr<llvm::BumpPtrAllocator> memory;
  Value outermost;
};

} // namespace lfm2c::json

namespace lfm2c {

/// Parses `text`, whose outermost value must be an object, with at most
/// `maxValues` values in it. A byte order mark in front is skipped; NaN and
/// infinities are read as Python writes them. Refused are keys that occur twice
/// in one object and values nested more than 64 deep. `text` must outlive the
/// result. `file` is for messages.
llvm::Expected<json::Document>
parseJSONObject(llvm::StringRef text, llvm::StringRef file, size_t maxValues);

/// The same of a text whose outermost value must be a list.
llvm::Expected<json::Document>
parseJSONList(llvm::StringRef text, llvm::StringRef file, size_t maxValues);

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_JSONDOCUMENT_H
