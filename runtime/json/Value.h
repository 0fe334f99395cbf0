// What JSON says, as a tree in an arena that nobody changes once it is made.
#ifndef LFM2RT_JSON_VALUE_H
#define LFM2RT_JSON_VALUE_H

#include "runtime/src/Support.h"

namespace lfm2rt {

// Bytes of someone else's, not terminated; they may hold zeros.
struct Text {
  const char *at;
  uint32_t bytes;
};

// The text of a literal.
template <size_t n> constexpr Text text(const char (&literal)[n]) {
  return {literal, uint32_t(n - 1)};
}

inline bool equal(Text a, Text b) {
  return a.bytes == b.bytes && memcmp(a.at, b.at, a.bytes) == 0;
}
// Negative, 0 or positive, by bytes: in UTF-8 that is by code points.
int compare(Text a, Text b);

enum class Kind : uint8_t {
  Null,
  Bool,
  Integer, // Without point and exponent, and of 64 bits.
  Number,  // Any other number. It is finite where it was read.
  String,  // UTF-8 where it was read.
  List,
  Mapping,
};

struct Member;

struct Value {
  Kind kind = Kind::Null;
  uint32_t size =
      0; // Bytes of a string, values of a list, members of a mapping.
  union {
    int64_t integer = 0;
    bool truth;
    double number;
    const char *bytes;
    const Value *values;
    const Member *members;
  };

  Text text() const { return {bytes, size}; }
};

inline Value makeBool(bool truth) {
  Value value;
  value.kind = Kind::Bool;
  value.truth = truth;
  return value;
}
inline Value makeInteger(int64_t integer) {
  Value value;
  value.kind = Kind::Integer;
  value.integer = integer;
  return value;
}
inline Value makeNumber(double number) {
  Value value;
  value.kind = Kind::Number;
  value.number = number;
  return value;
}
inline Value makeString(Text text) {
  Value value;
  value.kind = Kind::String;
  value.size = text.bytes;
  value.bytes = text.at;
  return value;
}
inline Value makeList(const Value *values, uint32_t count) {
  Value value;
  value.kind = Kind::List;
  value.size = count;
  value.values = values;
  return value;
}

// Of a mapping, in the order in which its text has them.
struct Member {
  const char *key;
  uint32_t keyBytes;
  // Of the i-th member, the number of the one that is the i-th by its key.
  uint32_t sorted;
  Value value;

  Text name() const { return {key, keyBytes}; }
};

// A mapping of `count` members whose keys and values are there: sets `sorted`,
// and joins members of one name. The first of these keeps its place, with the
// value of the last, as in Python. O(n^1.5) at worst.
Value makeMapping(Member *members, uint32_t count);

// The value of the member of that name; nullptr where there is none, also where
// `mapping` is no mapping. O(log n).
const Value *find(const Value &mapping, Text key);

} // namespace lfm2rt

#endif // LFM2RT_JSON_VALUE_H
