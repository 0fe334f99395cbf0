#include "runtime/grammar/Keywords.h"

namespace lfm2rt {
namespace grammar {

static const char typeNames[] =
    "null\0boolean\0integer\0number\0string\0array\0object\0";
// What says of which type a value is where `type` does not.
static const char ofObjects[] =
    "properties\0required\0additionalProperties\0"
    "patternProperties\0propertyNames\0minProperties\0"
    "maxProperties\0";
static const char ofArrays[] = "items\0prefixItems\0minItems\0maxItems\0";
static const char ofStrings[] = "pattern\0minLength\0maxLength\0format\0";
static const char ofNumbers[] =
    "minimum\0maximum\0exclusiveMinimum\0exclusiveMaximum\0";
// What restricts values in a way that no grammar has.
static const char notKnown[] =
    "not\0if\0then\0else\0contains\0uniqueItems\0multipleOf\0"
    "dependentRequired\0dependentSchemas\0dependencies\0unevaluatedItems\0"
    "unevaluatedProperties\0additionalItems\0$dynamicRef\0$recursiveRef\0";
// What says nothing of values.
static const char remarks[] =
    "title\0description\0default\0examples\0$comment\0"
    "deprecated\0readOnly\0writeOnly\0$defs\0definitions\0"
    "$schema\0$id\0discriminator\0";

bool isOneOf(Text text, const char *list) {
  for (; *list; list += length(list) + 1)
    if (equal(text, Text{list, uint32_t(length(list))}))
      return true;
  return false;
}

uint32_t typeOf(const Value &value) {
  static const uint8_t types[] = {isNull,   isBoolean, isWhole, isAnyNumber,
                                  isString, isArray,   isObject};
  return types[uint32_t(value.kind)];
}

uint32_t typeNamed(Text name) {
  uint32_t bit = isNull;
  const char *known = typeNames;
  for (; *known && !equal(name, Text{known, uint32_t(length(known))});
       known += length(known) + 1)
    bit <<= 1;
  return !*known ? 0 : bit == isAnyNumber ? bit | isWhole : bit;
}

uint32_t typesOfKeyword(Text keyword) {
  return isOneOf(keyword, ofObjects)   ? isObject
         : isOneOf(keyword, ofArrays)  ? isArray
         : isOneOf(keyword, ofStrings) ? isString
         : isOneOf(keyword, ofNumbers) ? isWhole | isAnyNumber
                                       : 0u;
}

bool isBeyondGrammars(Text keyword) { return isOneOf(keyword, notKnown); }

bool isAlone(const Value &schema, const char *keyword) {
  for (uint32_t i = 0; i < schema.size; ++i) {
    const Text name = schema.members[i].name();
    if (!isOneOf(name, remarks) && !isOneOf(name, keyword))
      return false;
  }
  return true;
}

// Calls itself for values within, which the reader of JSON limits.
bool areEqual(const Value &a, const Value &b) {
  if (a.kind != b.kind || a.size != b.size)
    return false;
  if (a.kind == Kind::String)
    return equal(a.text(), b.text());
  if (a.kind < Kind::String)
    return a.integer == b.integer; // All of its bytes.
  for (uint32_t i = 0; i < a.size; ++i) {
    const Value *other =
        a.kind == Kind::List ? b.values + i : find(b, a.members[i].name());
    if (!other ||
        !areEqual(a.kind == Kind::List ? a.values[i] : a.members[i].value,
                  *other))
      return false;
  }
  return true;
}

const Value *valuesOf(const Value &schema, uint32_t &count) {
  const Value *list = get(schema, "enum");
  if (list && list->kind == Kind::List) {
    count = list->size;
    return list->values;
  }
  count = 1;
  return get(schema, "const");
}

bool lists(const Value &schema, const Value &value) {
  uint32_t count;
  const Value *values = valuesOf(schema, count);
  for (uint32_t i = 0; values && i < count; ++i)
    if (areEqual(values[i], value))
      return true;
  return !values;
}

} // namespace grammar
} // namespace lfm2rt
