#include "runtime/grammar/Schema.h"

namespace lfm2rt {
namespace grammar {

static constexpr uint32_t mostSchemas = 64; // Within each other.

Rule *SchemaReader::read() {
  // It may refer to itself as a whole.
  Node *node = reference(root, text("#"), nullptr);
  return ok() ? node->rule : nullptr;
}

Node *SchemaReader::readArguments() {
  Parts parts;
  add(parts, root, nullptr);
  bool mayBeEmpty = true;
  Node *content = flatten(parts) ? members(parts, true, mayBeEmpty) : nullptr;
  if (!ok())
    return nullptr;
  return content ? content : syntax.sequence();
}

Node *SchemaReader::build(Parts &parts) {
  if (!ok())
    return syntax.never();
  if (nested == mostSchemas)
    return refuse(parts.list[0].path, nullptr,
                  "at most 64 schemas within each other",
                  "refer to some of them by '$ref'");
  ++nested;
  Node *node = buildOne(parts);
  --nested;
  return node;
}

Node *SchemaReader::buildOne(Parts &parts) {
  // A reference alone is the call of a rule; beside others, what is referred to
  // is one more part.
  const Part first = parts.list[0];
  if (parts.count == 1 && !first.done && get(*first.schema, "$ref") &&
      isAlone(*first.schema, "$ref\0")) {
    const Path *path;
    const Value *target = resolve(first, path);
    return target ? reference(*target, path->key, path) : syntax.never();
  }
  if (!flatten(parts))
    return syntax.never();
  uint32_t types = isAnything, hinted = 0;
  bool isTyped = false, isListed = false;
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Part &part = parts.list[i];
    const Value &schema = *part.schema;
    if (schema.kind == Kind::Bool) {
      if (!schema.truth)
        return contradiction(part.path, "nothing is allowed");
      continue;
    }
    if (get(schema, "anyOf") && !(part.done & Part::didAny))
      return buildChoice(parts, i, false);
    if (get(schema, "oneOf") && !(part.done & Part::didOne))
      return buildChoice(parts, i, true);
    types &= typesOf(schema, part.path);
    isTyped |= get(schema, "type") != nullptr;
    for (uint32_t k = 0; k < schema.size; ++k)
      hinted |= typesOfKeyword(schema.members[k].name());
    uint32_t count;
    isListed |= valuesOf(schema, count) != nullptr;
  }
  if (isListed)
    return buildValues(parts, types);
  if (!isTyped && hinted)
    types &= hinted;
  if (types == isAnything)
    return form.value();
  Node *choice = syntax.choice();
  if (types & isNull)
    syntax.add(choice, form.written(Value()));
  if (types & isBoolean) {
    syntax.add(choice, form.written(makeBool(true)));
    syntax.add(choice, form.written(makeBool(false)));
  }
  if (types & (isWhole | isAnyNumber))
    syntax.add(choice, buildNumber(parts, !(types & isAnyNumber)));
  if (types & isString)
    syntax.add(choice, buildString(parts));
  if (types & isArray)
    syntax.add(choice, buildArray(parts));
  if (types & isObject)
    syntax.add(choice, buildObject(parts));
  return choice->child ? choice : contradiction(first.path, "no type is left");
}

Node *SchemaReader::buildChoice(const Parts &parts, uint32_t which, bool one) {
  const Part &part = parts.list[which];
  // With the second 0 of a list.
  const char *keyword = one ? "oneOf\0" : "anyOf\0";
  const Value &list = *get(*part.schema, keyword);
  if (list.kind != Kind::List)
    return refuse(part.path, keyword, "a list of schemas", "write one");
  const Path *path = below(part.path, keyword);
  Node *choice = syntax.choice();
  for (uint32_t i = 0; i < list.size && ok(); ++i) {
    const Path *at = below(path, {nullptr, 0}, i);
    for (uint32_t j = 0; one && j < i; ++j)
      if (!areApart(list.values[i], list.values[j], 0))
        return refuse(at, nullptr,
                      "schemas of which a value can meet one alone",
                      "write anyOf, or require a property that has another "
                      "value in each");
    Parts those;
    // Where it is all that there is, the alternative is the schema.
    if (parts.count > 1 || !isAlone(*part.schema, keyword))
      for (uint32_t k = 0; k < parts.count; ++k) {
        const Part &other = parts.list[k];
        add(those, *other.schema, other.path,
            other.done | (k != which ? 0
                          : one      ? Part::didOne
                                     : Part::didAny));
      }
    add(those, list.values[i], at);
    syntax.add(choice, build(those));
  }
  return choice;
}

uint32_t SchemaReader::typesOf(const Value &schema, const Path *path) {
  const Value *type = get(schema, "type");
  if (!type)
    return isAnything;
  uint32_t types = 0;
  const bool isList = type->kind == Kind::List;
  for (uint32_t i = 0; i < (isList ? type->size : 1); ++i) {
    const Value &given = isList ? type->values[i] : *type;
    const uint32_t found =
        given.kind == Kind::String ? typeNamed(given.text()) : 0;
    if (!found)
      refuse(path, "type", "the name of a type, or a list of such",
             "write null, boolean, integer, number, string, array or object");
    types |= found;
  }
  const Value *nullable = get(schema, "nullable");
  if (nullable && nullable->kind == Kind::Bool && nullable->truth)
    types |= isNull;
  return types;
}

// Those of enum and const that all parts allow.
Node *SchemaReader::buildValues(const Parts &parts, uint32_t types) {
  uint32_t count = 0, from = 0;
  const Value *values = nullptr;
  for (; !values; ++from)
    values = valuesOf(*parts.list[from].schema, count);
  Node *choice = syntax.choice();
  for (uint32_t i = 0; i < count && ok(); ++i) {
    bool allowed = typeOf(values[i]) & types;
    for (uint32_t p = 0; p < parts.count && allowed; ++p) {
      const Value &schema = *parts.list[p].schema;
      const Value *one = get(schema, "const");
      // Its own list has it.
      allowed = (p + 1 == from || lists(schema, values[i])) &&
                (!one || areEqual(*one, values[i]));
      for (uint32_t k = 0; allowed && k < schema.size; ++k) {
        const Text keyword = schema.members[k].name();
        if (typesOfKeyword(keyword) & typeOf(values[i]) &&
            !isOneOf(keyword, "format\0"))
          return refuse(below(parts.list[p].path, keyword), nullptr,
                        "nothing that restricts values beside their list",
                        "list the values that it leaves");
      }
    }
    if (allowed)
      syntax.add(choice, form.written(values[i]));
  }
  return choice->child
             ? choice
             : contradiction(parts.list[from - 1].path, "no value is left");
}

} // namespace grammar
} // namespace lfm2rt
