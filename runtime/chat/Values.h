// What templates compute with: the values of JSON, and what Jinja has besides.
#ifndef LFM2RT_CHAT_VALUES_H
#define LFM2RT_CHAT_VALUES_H

#include "runtime/json/Value.h"

namespace lfm2rt {

// More kinds of values. `size` and the pointer are theirs.
constexpr Kind undefinedKind =
    Kind(7);                        // Its name, as text; {} where it has none.
constexpr Kind tupleKind = Kind(8); // As a list.
constexpr Kind onceKind = Kind(9);  // A Sequence that is gone through once.
constexpr Kind namespaceKind = Kind(10); // A Namespace.
constexpr Kind loopKind = Kind(11);      // A Loop.
constexpr Kind macroKind = Kind(12);     // A Macro.
constexpr Kind callableKind =
    Kind(13); // A function or method that is not called.
constexpr Kind growingKind = Kind(14); // A Growing.
constexpr Kind missingKind = Kind(15); // A parameter that was not given.

struct Sequence {
  const Value *values;
  uint32_t size;
};

struct Field {
  Text name;
  Value value;
  Field *next;
};
struct Namespace {
  Field *first;
};

struct Loop {
  Sequence all;
  uint32_t next;  // The round is next - 1.
  uint32_t depth; // Loops around it.
};

// The variables of a function that was called, behind this.
struct Frame {
  Frame *outer; // Of the function around it.
  uint32_t count, loops;
  Value *variables() { return reinterpret_cast<Value *>(this + 1); }
};

struct Macro {
  uint32_t function;
  Frame *frame; // Whose variables it sees.
};

struct Growing {
  Value *values;
  uint32_t size, capacity;
};

template <typename T> T &object(const Value &value) {
  return *reinterpret_cast<T *>(const_cast<char *>(value.bytes));
}
template <typename T> Value makeObject(Kind kind, T *object) {
  Value value;
  value.kind = kind;
  value.bytes = reinterpret_cast<const char *>(object);
  return value;
}
inline Value makeUndefined(Text name) {
  Value value = makeString(name);
  value.kind = undefinedKind;
  return value;
}
inline Value makeTuple(const Value *values, uint32_t count) {
  Value value = makeList(values, count);
  value.kind = tupleKind;
  return value;
}

inline bool isInteger(const Value &value) {
  return value.kind == Kind::Integer || value.kind == Kind::Bool;
}
inline bool isNumber(const Value &value) {
  return isInteger(value) || value.kind == Kind::Number;
}
inline int64_t integerOf(const Value &value) {
  return value.kind == Kind::Bool ? value.truth : value.integer;
}
inline double numberOf(const Value &value) {
  return value.kind == Kind::Number ? value.number : double(integerOf(value));
}
inline bool isList(const Value &value) {
  return value.kind == Kind::List || value.kind == tupleKind;
}

// As Python's bool().
bool isTrue(const Value &value);
// As messages name it: "a list".
const char *describe(Kind kind);

} // namespace lfm2rt

#endif // LFM2RT_CHAT_VALUES_H
