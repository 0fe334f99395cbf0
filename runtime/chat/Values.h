// What templates compute with: the values of JSON, and what Jinja has besides.
#ifndef LFM2RT_CHAT_VALUES_H
#define LFM2RT_CHAT_VALUES_H

#include "lfm2rt/chat_format.h"
#include "runtime/json/Value.h"

namespace lfm2rt {

// Kinds behind those of JSON: `bytes` and `size` of a value are theirs.
constexpr Kind undefinedKind = Kind(LFM2_KIND_UNDEFINED); // Its name.
constexpr Kind tupleKind = Kind(LFM2_KIND_TUPLE);         // As a list.
constexpr Kind onceKind = Kind(LFM2_KIND_ONCE);           // A Sequence.
constexpr Kind namespaceKind = Kind(LFM2_KIND_NAMESPACE); // A Namespace.
constexpr Kind loopKind = Kind(LFM2_KIND_LOOP);           // A Loop.
constexpr Kind macroKind = Kind(LFM2_KIND_MACRO);         // A Macro.
constexpr Kind functionKind = Kind(LFM2_KIND_FUNCTION);
constexpr Kind growingKind = Kind(LFM2_KIND_GROWING); // A Growing.
constexpr Kind missingKind = Kind(LFM2_KIND_MISSING);

constexpr uint32_t maskOf(Kind kind) { return 1u << uint8_t(kind); }
constexpr uint32_t integers = maskOf(Kind::Bool) | maskOf(Kind::Integer);
constexpr uint32_t numbers = integers | maskOf(Kind::Number);
constexpr uint32_t lists = maskOf(Kind::List) | maskOf(tupleKind);

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
  uint32_t next; // The round is next - 1.
};

// The variables of a function that was called, behind this.
struct Frame {
  Frame *outer; // Of the function around it.
  uint64_t count;
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

inline bool has(const Value &value, uint32_t kinds) {
  return kinds >> uint8_t(value.kind) & 1;
}
template <typename T> T &object(const Value &value) {
  return *reinterpret_cast<T *>(const_cast<char *>(value.bytes));
}
inline Value makeValue(Kind kind, const void *object, uint32_t size = 0) {
  Value value;
  value.kind = kind;
  value.size = size;
  value.bytes = static_cast<const char *>(object);
  return value;
}
inline Value makeUndefined(Text name) {
  return makeValue(undefinedKind, name.at, name.bytes);
}
inline Value makeUndefined() { return makeUndefined({"", 0}); }

inline int64_t integerOf(const Value &value) {
  return value.kind == Kind::Bool ? value.truth : value.integer;
}
inline double numberOf(const Value &value) {
  return value.kind == Kind::Number ? value.number : double(integerOf(value));
}
// As Python's bool().
bool isTrue(const Value &value);

} // namespace lfm2rt

#endif // LFM2RT_CHAT_VALUES_H
