#include "runtime/grammar/Schema.h"
#include "runtime/grammar/Regex.h"
#include "runtime/include/lfm2rt/constraint.h"
#include "runtime/json/Numbers.h"
#include "runtime/src/Message.h"
#include "runtime/tokenizer/Text.h"

namespace lfm2rt {
namespace grammar {

namespace {

constexpr uint32_t mostSchemas = 64; // Within each other.
constexpr uint32_t mostParts = 32;   // For one value.

// Types, as bits. Every whole number is a number.
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

// Keywords of a part that other parts stand for.
enum : uint8_t {
  didReference = 1,
  didAll = 2,
  didAny = 4,
  didOne = 8,
};

struct Type {
  const char *name;
  uint32_t types;
};
const Type typeNames[] = {
    {"null", isNull},     {"boolean", isBoolean},
    {"integer", isWhole}, {"number", isWhole | isAnyNumber},
    {"string", isString}, {"array", isArray},
    {"object", isObject}};

// What says of which type a value is where `type` does not.
const Type typeOfKeyword[] = {{"properties", isObject},
                              {"required", isObject},
                              {"additionalProperties", isObject},
                              {"patternProperties", isObject},
                              {"propertyNames", isObject},
                              {"minProperties", isObject},
                              {"maxProperties", isObject},
                              {"items", isArray},
                              {"prefixItems", isArray},
                              {"minItems", isArray},
                              {"maxItems", isArray},
                              {"minLength", isString},
                              {"maxLength", isString},
                              {"pattern", isString},
                              {"format", isString},
                              {"minimum", isWhole | isAnyNumber},
                              {"maximum", isWhole | isAnyNumber},
                              {"exclusiveMinimum", isWhole | isAnyNumber},
                              {"exclusiveMaximum", isWhole | isAnyNumber}};

// What restricts values in a way that no grammar has.
const char *const unknownKeywords[] = {"not",
                                       "if",
                                       "then",
                                       "else",
                                       "contains",
                                       "uniqueItems",
                                       "multipleOf",
                                       "dependentRequired",
                                       "dependentSchemas",
                                       "dependencies",
                                       "unevaluatedItems",
                                       "unevaluatedProperties",
                                       "additionalItems",
                                       "$dynamicRef",
                                       "$recursiveRef"};

// What may stand beside a reference without saying anything more.
const char *const remarks[] = {
    "title",      "description", "default",      "examples", "$comment",
    "deprecated", "readOnly",    "writeOnly",    "$defs",    "definitions",
    "$schema",    "$id",         "discriminator"};

bool isNamed(Text text, const char *name) {
  return equal(text, Text{name, uint32_t(length(name))});
}

// Whether the keyword is all that a schema says.
bool isAlone(const Value &schema, const char *keyword) {
  for (uint32_t i = 0; i < schema.size; ++i) {
    bool known = isNamed(schema.members[i].name(), keyword);
    for (const char *remark : remarks)
      known |= isNamed(schema.members[i].name(), remark);
    if (!known)
      return false;
  }
  return true;
}

const Value *get(const Value &schema, const char *key) {
  return find(schema, {key, uint32_t(length(key))});
}

uint32_t typeOf(const Value &value) {
  switch (value.kind) {
  case Kind::Null:
    return isNull;
  case Kind::Bool:
    return isBoolean;
  case Kind::Integer:
    return isWhole;
  case Kind::Number:
    return isAnyNumber;
  case Kind::String:
    return isString;
  case Kind::List:
    return isArray;
  case Kind::Mapping:
    return isObject;
  }
  return 0;
}

// Calls itself for values within, which the reader of JSON limits.
bool areEqual(const Value &a, const Value &b) {
  if (a.kind != b.kind || a.size != b.size)
    return false;
  switch (a.kind) {
  case Kind::Null:
    return true;
  case Kind::Bool:
    return a.truth == b.truth;
  case Kind::Integer:
    return a.integer == b.integer;
  case Kind::Number:
    return a.number == b.number;
  case Kind::String:
    return equal(a.text(), b.text());
  case Kind::List:
    for (uint32_t i = 0; i < a.size; ++i)
      if (!areEqual(a.values[i], b.values[i]))
        return false;
    return true;
  case Kind::Mapping:
    for (uint32_t i = 0; i < a.size; ++i) {
      const Value *other = find(b, a.members[i].name());
      if (!other || !areEqual(a.members[i].value, *other))
        return false;
    }
    return true;
  }
  return false;
}

// As a JSON pointer. Calls itself as deep as the path is.
void write(Message &message, const Path *path) {
  if (!path) {
    message << "#";
    return;
  }
  if (path->index == Path::isPointer) {
    message.write(path->key.at, path->key.bytes);
    return;
  }
  write(message, path->up);
  message << "/";
  if (!path->key.at) {
    message << path->index;
    return;
  }
  for (uint32_t i = 0; i < path->key.bytes; ++i) {
    const char c = path->key.at[i];
    if (c == '~' || c == '/')
      message << (c == '~' ? "~0" : "~1");
    else
      message.write(&c, 1);
  }
}

} // namespace

const Path *SchemaReader::below(const Path *path, Text key, uint32_t index) {
  auto *memory = syntax.arena.take(sizeof(Path));
  return memory ? new (At{memory}) Path{path, key, index} : path;
}

Node *SchemaReader::refuse(const Path *path, const char *expected,
                           const char *found, const char *advice) {
  if (!ok())
    return syntax.never();
  failed = true;
  if (!error)
    return syntax.never();
  error->status = LFM2RT_INVALID_ARGUMENT;
  error->needed = 0;
  Message message(error->message, sizeof(error->message));
  message << what << ", ";
  write(message, path);
  message << ": expected " << expected << ", found " << found << "; " << advice;
  return syntax.never();
}

// Nothing meets the schema here. Where that leaves nothing at all, it is the
// reason.
Node *SchemaReader::contradiction(const Path *path, const char *why) {
  if (!conflictText[0]) {
    Message message(conflictText, sizeof(conflictText));
    write(message, path);
    message << ": " << why;
  }
  return syntax.never();
}

// --- Parts -------------------------------------------------------------------

Parts SchemaReader::copy(const Parts &parts) {
  Parts out = {static_cast<Part *>(syntax.arena.take(sizeof(Part) * mostParts)),
               0};
  if (out.list && parts.count > 0) {
    memcpy(out.list, parts.list, sizeof(Part) * parts.count);
    out.count = parts.count;
  }
  return out;
}

Parts SchemaReader::partsOf(const Value &schema, const Path *path) {
  Parts parts = copy({nullptr, 0});
  add(parts, schema, path);
  return parts;
}

void SchemaReader::add(Parts &parts, const Value &schema, const Path *path) {
  if (!ok())
    return;
  for (uint32_t i = 0; i < parts.count; ++i)
    if (parts.list[i].schema == &schema)
      return;
  if (parts.count == mostParts) {
    refuse(path, "at most 32 schemas for one value", "more",
           "write what they mean together as one");
    return;
  }
  parts.list[parts.count++] = {&schema, path, 0};
}

// What "#/a/b" points to; nullptr where nothing is.
const Value *SchemaReader::lookUp(const Value &reference) {
  const Value *at = &root;
  if (reference.kind != Kind::String || reference.size == 0 ||
      reference.bytes[0] != '#')
    return nullptr;
  const Text name = reference.text();
  const char *c = name.at + 1, *end = name.at + name.bytes;
  auto *key = static_cast<char *>(syntax.arena.take(name.bytes, 1));
  if (!key)
    return nullptr;
  while (at && c < end) {
    if (*c++ != '/') {
      at = nullptr;
      break;
    }
    uint32_t count = 0;
    for (; c < end && *c != '/'; ++c) {
      char out = *c;
      if (out == '~' && end - c > 1 && (c[1] == '0' || c[1] == '1'))
        out = *++c == '0' ? '~' : '/';
      key[count++] = out;
    }
    if (at->kind == Kind::List) {
      uint32_t index = 0;
      for (uint32_t i = 0; i < count && index < at->size; ++i)
        index = key[i] >= '0' && key[i] <= '9'
                    ? index * 10 + uint32_t(key[i] - '0')
                    : at->size;
      at = count > 0 && index < at->size ? at->values + index : nullptr;
    } else {
      at = find(*at, {key, count});
    }
  }
  return at;
}

const Value *SchemaReader::resolve(const Value &reference, const Path *&path) {
  const Value *target = lookUp(reference);
  if (!target) {
    refuse(path, "a reference to something in the schema", "another one",
           "write '#/$defs/NAME', and define that");
    return nullptr;
  }
  path = below(nullptr, reference.text(), Path::isPointer);
  return target;
}

// A rule for what is referred to, so that it may refer to itself.
Node *SchemaReader::reference(const Value &target, Text name,
                              const Path *path) {
  // Of a tool there may be two, and another one of another tool.
  if (scope.bytes > 0) {
    const uint32_t bytes = scope.bytes + 1 + name.bytes;
    auto *full = static_cast<char *>(syntax.arena.take(bytes, 1));
    if (!full)
      return syntax.never();
    memcpy(full, scope.at, scope.bytes);
    full[scope.bytes] = form.isPython ? '(' : ' ';
    memcpy(full + scope.bytes + 1, name.at, name.bytes);
    name = {full, bytes};
  }
  Rule *rule = syntax.rule(name, 0);
  if (!rule->body && ok()) {
    rule->body = syntax.never();
    rule->body = build(partsOf(target, path));
  }
  return syntax.call(rule);
}

// Adds what is referred to, and the parts of allOf. `never`: nothing meets
// `false`.
bool SchemaReader::flatten(Parts &parts, bool &never) {
  for (uint32_t i = 0; i < parts.count && ok(); ++i) {
    Part &part = parts.list[i];
    const Value &schema = *part.schema;
    const Path *path = part.path;
    if (schema.kind == Kind::Bool) {
      never |= !schema.truth;
      continue;
    }
    if (schema.kind != Kind::Mapping) {
      refuse(path, "a schema: an object, true or false", "something else",
             "write one");
      return false;
    }
    for (const char *keyword : unknownKeywords)
      if (const Value *value = get(schema, keyword))
        // Some of them may say that they ask for nothing.
        if (value->kind != Kind::Bool || value->truth) {
          Text name = {keyword, uint32_t(length(keyword))};
          refuse(below(path, name), "a keyword that answers can be held to",
                 "one that they cannot", "remove it, and check answers for it");
          return false;
        }
    if (const Value *to = get(schema, "$ref");
        to && !(part.done & didReference)) {
      part.done |= didReference;
      const Path *at = below(path, text("$ref"));
      if (const Value *target = resolve(*to, at))
        add(parts, *target, at);
    }
    if (const Value *all = get(schema, "allOf"); all && !(part.done & didAll)) {
      part.done |= didAll;
      const Path *at = below(path, text("allOf"));
      if (all->kind != Kind::List) {
        refuse(at, "a list of schemas", "something else", "write one");
        return false;
      }
      for (uint32_t j = 0; j < all->size; ++j)
        add(parts, all->values[j], below(at, {nullptr, 0}, j));
    }
  }
  return ok();
}

// --- Schemas -----------------------------------------------------------------

Rule *SchemaReader::read() {
  // It may refer to itself as a whole.
  Node *node = reference(root, text("#"), nullptr);
  return ok() ? node->rule : nullptr;
}

Node *SchemaReader::readArguments() {
  Parts parts = partsOf(root, nullptr);
  bool never = false, mayBeEmpty = true;
  if (!flatten(parts, never))
    return nullptr;
  Node *content = members(parts, true, mayBeEmpty);
  if (!content)
    content = syntax.sequence();
  return ok() ? content : nullptr;
}

Node *SchemaReader::build(Parts parts) {
  if (!ok())
    return syntax.never();
  if (nested == mostSchemas)
    return refuse(parts.list[0].path, "at most 64 schemas within each other",
                  "more", "refer to some of them by '$ref'");
  ++nested;
  Node *node = buildOne(parts);
  --nested;
  return node;
}

Node *SchemaReader::buildOne(Parts parts) {
  // A reference alone is a rule's name; with others, what is referred to is one
  // more part.
  const Value &first = *parts.list[0].schema;
  if (parts.count == 1 && first.kind == Kind::Mapping && !parts.list[0].done) {
    const Value *to = get(first, "$ref");
    if (to && isAlone(first, "$ref")) {
      const Path *at = below(parts.list[0].path, text("$ref"));
      const Value *target = resolve(*to, at);
      return target ? reference(*target, to->text(), at) : syntax.never();
    }
  }
  bool never = false;
  if (!flatten(parts, never))
    return syntax.never();
  if (never)
    return contradiction(parts.list[0].path, "nothing is allowed");
  for (uint32_t i = 0; i < parts.count; ++i)
    for (int one = 0; one < 2; ++one)
      if (get(*parts.list[i].schema, one ? "oneOf" : "anyOf") &&
          !(parts.list[i].done & (one ? didOne : didAny)))
        return buildChoice(parts, i, one);
  uint32_t types = isAnything, hinted = 0;
  bool typed = false;
  const Value *values = nullptr;
  bool isList = false;
  uint32_t from = 0;
  for (uint32_t i = 0; i < parts.count && ok(); ++i) {
    const Value &schema = *parts.list[i].schema;
    if (schema.kind != Kind::Mapping)
      continue;
    types &= typesOf(schema, parts.list[i].path);
    typed |= get(schema, "type") != nullptr;
    for (const Type &keyword : typeOfKeyword)
      if (get(schema, keyword.name))
        hinted |= keyword.types;
    for (int list = 0; list < 2; ++list)
      if (const Value *found = get(schema, list ? "enum" : "const");
          found && !values) {
        values = found;
        isList = list;
        from = i;
      }
  }
  if (!ok())
    return syntax.never();
  if (values)
    return buildValues(parts, *values, isList, types, from);
  if (!typed && hinted)
    types &= hinted;
  if (types == 0)
    return contradiction(parts.list[0].path, "no type is left");
  return types == isAnything ? form.value() : buildTyped(parts, types);
}

Node *SchemaReader::buildChoice(const Parts &parts, uint32_t which, bool one) {
  const Part &part = parts.list[which];
  const Text keyword = one ? text("oneOf") : text("anyOf");
  const Path *path = below(part.path, keyword);
  const Value &list = *find(*part.schema, keyword);
  if (list.kind != Kind::List || list.size == 0)
    return refuse(path, "a list of at least one schema", "something else",
                  "write one");
  for (uint32_t i = 0; one && i < list.size; ++i)
    for (uint32_t j = 0; j < i; ++j)
      if (!areApart(list.values[i], list.values[j], 0))
        return refuse(below(path, {nullptr, 0}, i),
                      "schemas of which a value can meet one alone",
                      "two that may both be met",
                      "write anyOf, or give each an own value of a property "
                      "that is required");
  Node *choice = syntax.choice();
  for (uint32_t i = 0; i < list.size && ok(); ++i) {
    Parts those = copy(parts);
    if (!those.list)
      break;
    those.list[which].done |= one ? didOne : didAny;
    add(those, list.values[i], below(path, {nullptr, 0}, i));
    // The alternative alone is most often all there is.
    if (those.count == 2 && which == 0 &&
        isAlone(*part.schema, one ? "oneOf" : "anyOf")) {
      those.list[0] = those.list[1];
      those.count = 1;
    }
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
    const Value &name = isList ? type->values[i] : *type;
    uint32_t known = 0;
    for (const Type &one : typeNames)
      if (name.kind == Kind::String && isNamed(name.text(), one.name))
        known = one.types;
    if (!known)
      refuse(below(path, text("type")), "the name of a type, or a list of such",
             "something else",
             "write null, boolean, integer, number, string, array or object");
    types |= known;
  }
  const Value *nullable = get(schema, "nullable");
  if (nullable && nullable->kind == Kind::Bool && nullable->truth)
    types |= isNull;
  return types;
}

// Whether certainly no value meets both.
bool SchemaReader::areApart(const Value &first, const Value &second,
                            uint32_t depth) {
  const Value *both[] = {&first, &second};
  uint32_t types[2];
  for (int i = 0; i < 2; ++i) {
    for (int step = 0; step < 8; ++step) {
      const Value *to = get(*both[i], "$ref");
      const Value *target = to ? lookUp(*to) : nullptr;
      both[i] = target ? target : both[i];
    }
    types[i] = typesOf(*both[i], nullptr);
    if (types[i] == isAnything && get(*both[i], "properties"))
      types[i] = isObject;
  }
  if (!(types[0] & types[1]))
    return true;
  // Values of which there is no common one.
  const Value *values[2];
  for (int i = 0; i < 2; ++i) {
    values[i] = get(*both[i], "enum");
    if (!values[i] || values[i]->kind != Kind::List)
      values[i] = get(*both[i], "const");
  }
  if (values[0] && values[1]) {
    bool common = false;
    const bool isEnum[] = {values[0] == get(*both[0], "enum"),
                           values[1] == get(*both[1], "enum")};
    const uint32_t counts[] = {isEnum[0] ? values[0]->size : 1,
                               isEnum[1] ? values[1]->size : 1};
    for (uint32_t i = 0; i < counts[0]; ++i)
      for (uint32_t j = 0; j < counts[1]; ++j)
        common |= areEqual(isEnum[0] ? values[0]->values[i] : *values[0],
                           isEnum[1] ? values[1]->values[j] : *values[1]);
    return !common;
  }
  // Objects with a property that both must have, with values that are apart; or
  // that one must have and the other must not.
  if ((types[0] & types[1]) != isObject || depth == 8)
    return false;
  for (int i = 0; i < 2; ++i) {
    const Value *required = get(*both[i], "required");
    if (!required || required->kind != Kind::List)
      continue;
    const Value *own = get(*both[i], "properties");
    const Value *others = get(*both[1 - i], "properties");
    const Value *needed = get(*both[1 - i], "required");
    const Value *more = get(*both[1 - i], "additionalProperties");
    for (uint32_t k = 0; k < required->size; ++k) {
      const Value &name = required->values[k];
      if (name.kind != Kind::String)
        continue;
      const Value *a = own ? find(*own, name.text()) : nullptr;
      const Value *b = others ? find(*others, name.text()) : nullptr;
      if (!b && more && more->kind == Kind::Bool && !more->truth)
        return true;
      for (uint32_t n = 0;
           needed && needed->kind == Kind::List && a && b && n < needed->size;
           ++n)
        if (areEqual(needed->values[n], name) && areApart(*a, *b, depth + 1))
          return true;
    }
  }
  return false;
}

// Those of enum, or that of const, that the other parts allow.
Node *SchemaReader::buildValues(const Parts &parts, const Value &values,
                                bool isList, uint32_t types, uint32_t from) {
  const Path *path =
      below(parts.list[from].path, isList ? text("enum") : text("const"));
  if (isList && values.kind != Kind::List)
    return refuse(path, "a list of values", "something else", "write one");
  Node *choice = syntax.choice();
  for (uint32_t i = 0; i < (isList ? values.size : 1) && ok(); ++i) {
    const Value &value = isList ? values.values[i] : values;
    bool allowed = typeOf(value) & types;
    for (uint32_t p = 0; p < parts.count && allowed; ++p) {
      const Value &schema = *parts.list[p].schema;
      const Value *one = get(schema, "const"), *some = get(schema, "enum");
      bool found = !some || some->kind != Kind::List;
      for (uint32_t k = 0; !found && k < some->size; ++k)
        found = areEqual(some->values[k], value);
      allowed = found && (!one || areEqual(*one, value));
      for (const Type &keyword : typeOfKeyword)
        if (allowed && keyword.types & typeOf(value) &&
            get(schema, keyword.name) && !isNamed(text("format"), keyword.name))
          return refuse(below(parts.list[p].path,
                              {keyword.name, uint32_t(length(keyword.name))}),
                        "nothing beside the values that are listed",
                        "a keyword that restricts them",
                        "list the values that it leaves");
    }
    if (allowed)
      syntax.add(choice, form.written(value));
  }
  return choice->child ? choice : contradiction(path, "no value is left");
}

Node *SchemaReader::buildTyped(const Parts &parts, uint32_t types) {
  Node *choice = syntax.choice();
  if (types & isNull)
    syntax.add(choice, form.null());
  if (types & isBoolean) {
    syntax.add(choice, form.boolean(true));
    syntax.add(choice, form.boolean(false));
  }
  if (types & (isWhole | isAnyNumber))
    syntax.add(choice, buildNumber(parts, !(types & isAnyNumber)));
  if (types & isString)
    syntax.add(choice, buildString(parts));
  if (types & isArray)
    syntax.add(choice, buildArray(parts));
  if (types & isObject)
    syntax.add(choice, buildObject(parts));
  return choice->child && !choice->child->next ? choice->child : choice;
}

// The most that parts ask for at least, or the least that they ask for at most.
uint32_t SchemaReader::count(const Parts &parts, const char *keyword,
                             uint32_t otherwise, bool most) {
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Value *value = get(*parts.list[i].schema, keyword);
    if (!value)
      continue;
    if (value->kind != Kind::Integer || value->integer < 0 ||
        value->integer >= noLimit) {
      refuse(below(parts.list[i].path, {keyword, uint32_t(length(keyword))}),
             "a whole number from 0 on", "something else", "write one");
      return otherwise;
    }
    const uint32_t given = uint32_t(value->integer);
    otherwise = most ? min(otherwise, given) : max(otherwise, given);
  }
  return otherwise;
}

Node *SchemaReader::buildString(const Parts &parts) {
  const uint32_t low = count(parts, "minLength", 0, false);
  const uint32_t high = count(parts, "maxLength", noLimit, true);
  if (low > high)
    return contradiction(parts.list[0].path, "minLength is above maxLength");
  const Value *pattern = nullptr, *format = nullptr;
  for (uint32_t i = 0; i < parts.count && ok(); ++i) {
    const Value *value = get(*parts.list[i].schema, "pattern");
    const Path *path = below(parts.list[i].path, text("pattern"));
    if (value &&
        (pattern || value->kind != Kind::String || low > 0 || high != noLimit))
      return refuse(path, "one regular expression, without lengths beside it",
                    "something else",
                    "put all into one expression, as ^[a-z]{1,9}$");
    if (value) {
      pattern = value;
      auto *name = static_cast<char *>(syntax.arena.take(200, 1));
      if (!name)
        return syntax.never();
      Message message(name, 200);
      message << what << ", ";
      write(message, path);
      RegexForm expression;
      expression.what = name;
      expression.anywhere = expression.escaped = true;
      Node *inside = readRegex(syntax, value->text(), expression, error);
      failed |= !inside && !syntax.overflowed();
      return inside ? form.quoted(inside) : syntax.never();
    }
    const Value *named = get(*parts.list[i].schema, "format");
    format = named && named->kind == Kind::String ? named : format;
  }
  // A format that is not known says nothing, as in other programs; nor does one
  // beside lengths.
  const char *known = nullptr;
  if (format && low == 0 && high == noLimit)
    known = expressionOfFormat(format->text());
  if (!known)
    return form.string(low, high);
  RegexForm expression;
  expression.escaped = true;
  return form.quoted(
      readRegex(syntax, {known, uint32_t(length(known))}, expression, error));
}

Node *SchemaReader::buildArray(const Parts &parts) {
  const uint32_t low = count(parts, "minItems", 0, false);
  uint32_t high = count(parts, "maxItems", noLimit, true);
  if (low > high)
    return contradiction(parts.list[0].path, "minItems is above maxItems");
  uint32_t prefix = 0;
  for (uint32_t i = 0; i < parts.count; ++i)
    if (const Value *items = get(*parts.list[i].schema, "prefixItems")) {
      if (items->kind != Kind::List || items->size > mostSchemas)
        return refuse(below(parts.list[i].path, text("prefixItems")),
                      "a list of at most 64 schemas", "something else",
                      "write one, and 'items' for the rest");
      prefix = max(prefix, items->size);
    }
  // Of the item of this number; of all that follow for `prefix`.
  auto item = [&](uint32_t number) {
    Parts those = copy({nullptr, 0});
    for (uint32_t i = 0; i < parts.count; ++i) {
      const Value *first = get(*parts.list[i].schema, "prefixItems");
      const Value *rest = get(*parts.list[i].schema, "items");
      const Path *path = parts.list[i].path;
      if (first && number < first->size)
        add(those, first->values[number],
            below(below(path, text("prefixItems")), {nullptr, 0}, number));
      else if (rest)
        add(those, *rest, below(path, text("items")));
    }
    return those.count > 0 ? build(those) : form.value();
  };
  Node *content = nullptr;
  if (prefix == 0) {
    if (high > 0)
      content = form.list(item(0), max(low, 1u), high);
  } else {
    for (uint32_t i = min(prefix, high); i-- > 0;) {
      Node *one = syntax.sequence();
      syntax.add(one, item(i));
      if (content) {
        Node *more = syntax.sequence(form.separator(), content);
        syntax.add(one, i + 1 < low ? more : syntax.optional(more));
      } else if (high > prefix) {
        syntax.add(
            one, syntax.repeat(syntax.sequence(form.separator(), item(prefix)),
                               low > prefix ? low - prefix : 0,
                               high == noLimit ? high : high - prefix));
      }
      content = one;
    }
  }
  return form.inBrackets("[", content, "]", low == 0);
}

Node *SchemaReader::buildNumber(const Parts &parts, bool isWhole) {
  static const char *const keywords[] = {"minimum", "exclusiveMinimum",
                                         "maximum", "exclusiveMaximum"};
  Bounds bounds;
  const Path *path = parts.list[0].path;
  for (uint32_t i = 0; i < parts.count; ++i)
    for (int k = 0; k < 4; ++k) {
      const Value *value = get(*parts.list[i].schema, keywords[k]);
      if (!value)
        continue;
      path = below(parts.list[i].path,
                   {keywords[k], uint32_t(length(keywords[k]))});
      if (value->kind != Kind::Integer && value->kind != Kind::Number)
        return refuse(path, "a number", "something else", "write one");
      auto read = [](const Value &v) {
        return v.kind == Kind::Integer ? double(v.integer) : v.number;
      };
      // The narrower one; of equal ones that which is not reached.
      const bool isHigh = k >= 2, isOpen = k % 2;
      const Value *&bound = isHigh ? bounds.high : bounds.low;
      bool &open = isHigh ? bounds.belowHigh : bounds.aboveLow;
      const double given = read(*value), known = bound ? read(*bound) : given;
      if (!bound || (isHigh ? given < known : given > known)) {
        bound = value;
        open = isOpen;
      } else if (given == known) {
        open |= isOpen;
      }
    }
  if (!bounds.low && !bounds.high)
    return isWhole ? form.integer() : form.number();
  bool none;
  Node *node = numbersWithin(form, bounds, isWhole, none);
  if (!node)
    return refuse(path, "a number of at most 18 digits in front of its point",
                  "another", "leave the bound out");
  return none ? contradiction(path, "no number is within its bounds") : node;
}

} // namespace grammar
} // namespace lfm2rt
