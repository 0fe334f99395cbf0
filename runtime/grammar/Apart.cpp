// Schemas of which a value can meet one alone.
#include "runtime/grammar/Schema.h"

namespace lfm2rt {
namespace grammar {

// Names that are compared, so that it ends soon.
static constexpr uint64_t mostCompared = 4000000;

// Whether certainly no value meets both.
bool SchemaReader::areApart(const Value &first, const Value &second,
                            uint32_t depth) {
  const Value *both[] = {&first, &second}, *values[2];
  uint32_t types = isAnything, counts[2];
  for (int i = 0; i < 2; ++i) {
    for (int step = 0; step < 8; ++step) {
      const Value *to = get(*both[i], "$ref");
      const Value *target = to ? lookUp(*to) : nullptr;
      both[i] = target ? target : both[i];
    }
    types &= get(*both[i], "type")         ? typesOf(*both[i], nullptr)
             : get(*both[i], "properties") ? uint32_t(isObject)
                                           : uint32_t(isAnything);
    values[i] = valuesOf(*both[i], counts[i]);
  }
  if (values[0] && values[1]) {
    for (uint32_t i = 0; i < counts[0]; ++i)
      if (lists(*both[1], values[0][i]))
        return false;
    return true;
  }
  // Objects with a property that both must have, with values that are apart; or
  // that one must have and the other must not.
  for (int i = 0;
       i < 2 && types == isObject && depth < 8 && compared < mostCompared;
       ++i) {
    const Value *required = get(*both[i], "required");
    const Value *own = get(*both[i], "properties");
    const Value *others = get(*both[1 - i], "properties");
    const Value *needed = get(*both[1 - i], "required");
    const Value *more = get(*both[1 - i], "additionalProperties");
    if (!required || !own || !others || required->kind != Kind::List)
      continue;
    for (uint32_t k = 0; k < required->size; ++k) {
      const Text name = required->values[k].kind == Kind::String
                            ? required->values[k].text()
                            : Text{"", 0};
      const Value *a = find(*own, name), *b = find(*others, name);
      if (!b && more && more->kind == Kind::Bool && !more->truth)
        return true;
      compared += 1 + (needed ? needed->size : 0);
      for (uint32_t n = 0;
           a && b && needed && needed->kind == Kind::List && n < needed->size;
           ++n)
        if (areEqual(needed->values[n], required->values[k]) &&
            areApart(*a, *b, depth + 1))
          return true;
    }
  }
  return types == 0;
}

} // namespace grammar
} // namespace lfm2rt
