// What keywords of schemas speak of, and the values that schemas list.
#ifndef LFM2RT_GRAMMAR_KEYWORDS_H
#define LFM2RT_GRAMMAR_KEYWORDS_H

#include "runtime/json/Value.h"

namespace lfm2rt {
namespace grammar {

// Types, as bits, in the order of their names. Every whole number is a number.
enum : uint32_t {
  isNull = 1,
  isBoolean = 2,
  isWhole = 4,
  isAnyNumber = 8,
  isString = 16,
  isArray = 32,
  isObject = 64,
  isAnything = 127,
};

inline const Value *get(const Value &schema, const char *key) {
  return find(schema, {key, uint32_t(length(key))});
}

// Whether a text is one of a list of texts, each with a 0 behind it, the last
// with two.
bool isOneOf(Text text, const char *list);

uint32_t typeOf(const Value &value);
// The type of a name, with all that is of it; 0: there is none.
uint32_t typeNamed(Text name);
// Types that a keyword speaks of; 0: of none.
uint32_t typesOfKeyword(Text keyword);
// Whether it restricts values in a way that no grammar has.
bool isBeyondGrammars(Text keyword);
// Whether the keywords of a list, as above, are all of a schema that say
// anything.
bool isAlone(const Value &schema, const char *keywords);

bool areEqual(const Value &a, const Value &b);
// The values that a schema lists; nullptr where it lists none.
const Value *valuesOf(const Value &schema, uint32_t &count);
// Whether it lists this one, or none.
bool lists(const Value &schema, const Value &value);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_KEYWORDS_H
