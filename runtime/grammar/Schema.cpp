#include "runtime/grammar/Schema.h"
#include "runtime/grammar/Regex.h"
#include "runtime/src/Message.h"

namespace lfm2rt {
namespace grammar {

namespace {

constexpr uint32_t mostSchemas = 64; // Within each other.
constexpr uint32_t mostParts = 32;   // For one value.
// Names, to see whether schemas are apart; so that it ends soon.
constexpr uint64_t mostCompared = 4000000;

// Keywords of a part that other parts stand for.
enum : uint8_t { didReference = 1, didAll = 2, didAny = 4, didOne = 8 };

const char typeNames[] =
    "null\0boolean\0integer\0number\0string\0array\0object\0";
// What says of which type a value is where `type` does not.
const char ofObjects[] = "properties\0required\0additionalProperties\0"
                         "patternProperties\0propertyNames\0minProperties\0"
                         "maxProperties\0";
const char ofArrays[] = "items\0prefixItems\0minItems\0maxItems\0";
const char ofStrings[] = "pattern\0minLength\0maxLength\0format\0";
const char ofNumbers[] =
    "minimum\0maximum\0exclusiveMinimum\0exclusiveMaximum\0";
// What restricts values in a way that no grammar has.
const char notKnown[] =
    "not\0if\0then\0else\0contains\0uniqueItems\0multipleOf\0"
    "dependentRequired\0dependentSchemas\0dependencies\0unevaluatedItems\0"
    "unevaluatedProperties\0additionalItems\0$dynamicRef\0$recursiveRef\0";
// What says nothing of values.
const char remarks[] = "title\0description\0default\0examples\0$comment\0"
                       "deprecated\0readOnly\0writeOnly\0$defs\0definitions\0"
                       "$schema\0$id\0discriminator\0";

uint32_t typeOf(const Value &value) {
  static const uint8_t types[] = {isNull,   isBoolean, isWhole, isAnyNumber,
                                  isString, isArray,   isObject};
  return types[uint32_t(value.kind)];
}

// Types that a keyword speaks of.
uint32_t typesOfKeyword(Text keyword) {
  return isOneOf(keyword, ofObjects)   ? isObject
         : isOneOf(keyword, ofArrays)  ? isArray
         : isOneOf(keyword, ofStrings) ? isString
         : isOneOf(keyword, ofNumbers) ? isWhole | isAnyNumber
                                       : 0u;
}

// Whether the keyword is all that a schema says.
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

// The values that a schema lists; nullptr where it lists none.
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
  if (!path->key.at)
    message << path->index;
  for (uint32_t i = 0; i < path->key.bytes; ++i) {
    const char c = path->key.at[i];
    if (c == '~' || c == '/')
      message << (c == '~' ? "~0" : "~1");
    else
      message.write(&c, 1);
  }
}

} // namespace

bool isOneOf(Text text, const char *list) {
  for (; *list; list += length(list) + 1)
    if (equal(text, Text{list, uint32_t(length(list))}))
      return true;
  return false;
}

const Path *SchemaReader::below(const Path *path, Text key, uint32_t index) {
  auto *memory = syntax.arena.take(sizeof(Path));
  return memory ? new (At{memory}) Path{path, key, index} : path;
}

const Path *SchemaReader::below(const Path *path, const char *key) {
  return below(path, {key, uint32_t(length(key))});
}

Node *SchemaReader::refuse(const Path *path, const char *keyword,
                           const char *expected, const char *advice) {
  if (ok()) {
    failed = true;
    char pointer[200];
    Message message(pointer, sizeof(pointer));
    write(message, keyword ? below(path, keyword) : path);
    Failure(error, LFM2RT_INVALID_ARGUMENT)
        << what << ", " << static_cast<const char *>(pointer) << ": expected "
        << expected << ", found something else; " << advice;
  }
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

void SchemaReader::add(Parts &parts, const Value &schema, const Path *path,
                       uint8_t done) {
  for (uint32_t i = 0; i < parts.count; ++i)
    if (parts.list[i].schema == &schema)
      return;
  if (parts.count == mostParts)
    refuse(path, nullptr, "at most 32 schemas for one value",
           "write what they mean together as one");
  if (parts.count == parts.capacity) {
    parts.capacity = 2 * parts.capacity + 2;
    auto *more =
        static_cast<Part *>(syntax.arena.take(sizeof(Part) * parts.capacity));
    for (uint32_t i = 0; i < parts.count && more; ++i)
      more[i] = parts.list[i];
    parts.list = more;
  }
  if (ok())
    parts.list[parts.count++] = {&schema, path, done};
}

// What "#/a/b" points to; nullptr where nothing is.
const Value *SchemaReader::lookUp(const Value &reference) {
  if (reference.kind != Kind::String || reference.size == 0 ||
      reference.bytes[0] != '#')
    return nullptr;
  const Value *at = &root;
  const char *c = reference.bytes + 1, *end = reference.bytes + reference.size;
  auto *key = static_cast<char *>(syntax.arena.take(reference.size, 1));
  while (at && key && c < end) {
    if (*c++ != '/')
      return nullptr;
    uint32_t count = 0, index = 0;
    for (; c < end && *c != '/'; ++c) {
      key[count] = *c;
      if (*c == '~' && end - c > 1 && (c[1] == '0' || c[1] == '1'))
        key[count] = *++c == '0' ? '~' : '/';
      index = min(index * 10 + uint32_t(key[count++] - '0'), noLimit / 20);
    }
    if (at->kind == Kind::List)
      at = index < at->size ? at->values + index : nullptr;
    else
      at = find(*at, {key, count});
  }
  return key ? at : nullptr;
}

// What a part refers to.
const Value *SchemaReader::resolve(const Part &part, const Path *&path) {
  const Value &reference = *get(*part.schema, "$ref");
  const Value *target = lookUp(reference);
  if (target)
    path = below(nullptr, reference.text(), Path::isPointer);
  else
    refuse(part.path, "$ref", "a reference to something in the schema",
           "write '#/$defs/NAME', and define that");
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
    Parts parts;
    add(parts, target, path);
    rule->body = build(parts);
  }
  return syntax.call(rule);
}

// Adds what is referred to, and the parts of allOf.
bool SchemaReader::flatten(Parts &parts) {
  for (uint32_t i = 0; i < parts.count && ok(); ++i) {
    // What is added may move the list.
    const Part part = parts.list[i];
    const Value &schema = *part.schema;
    parts.list[i].done |= didReference | didAll;
    if (schema.kind == Kind::Bool)
      continue;
    if (schema.kind != Kind::Mapping) {
      refuse(part.path, nullptr, "a schema: an object, true or false",
             "write one");
      break;
    }
    for (uint32_t k = 0; k < schema.size; ++k) {
      const Member &member = schema.members[k];
      // False asks for nothing.
      if (isOneOf(member.name(), notKnown) &&
          (member.value.kind != Kind::Bool || member.value.truth)) {
        refuse(below(part.path, member.name()), nullptr,
               "a keyword that answers can be held to",
               "remove it, and check answers for what it says");
        break;
      }
    }
    if (get(schema, "$ref") && !(part.done & didReference)) {
      const Path *path;
      if (const Value *target = resolve(part, path))
        add(parts, *target, path);
    }
    const Value *all = get(schema, "allOf");
    if (all && !(part.done & didAll)) {
      if (all->kind != Kind::List)
        refuse(part.path, "allOf", "a list of schemas", "write one");
      else
        for (uint32_t j = 0; j < all->size; ++j)
          add(parts, all->values[j],
              below(below(part.path, "allOf"), {nullptr, 0}, j));
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
    if (get(schema, "anyOf") && !(part.done & didAny))
      return buildChoice(parts, i, false);
    if (get(schema, "oneOf") && !(part.done & didOne))
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
                          : one      ? didOne
                                     : didAny));
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
    uint32_t bit = isNull;
    const char *name = typeNames;
    for (; *name && !(given.kind == Kind::String &&
                      equal(given.text(), Text{name, uint32_t(length(name))}));
         name += length(name) + 1)
      bit <<= 1;
    if (!*name)
      refuse(path, "type", "the name of a type, or a list of such",
             "write null, boolean, integer, number, string, array or object");
    types |= bit == isAnyNumber ? bit | isWhole : bit;
  }
  const Value *nullable = get(schema, "nullable");
  if (nullable && nullable->kind == Kind::Bool && nullable->truth)
    types |= isNull;
  return types;
}

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

// The most that parts ask for at least, or the least that they ask for at most.
uint32_t SchemaReader::count(const Parts &parts, const char *keyword,
                             uint32_t otherwise, bool most) {
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Value *value = get(*parts.list[i].schema, keyword);
    if (!value)
      continue;
    if (value->kind != Kind::Integer || value->integer < 0 ||
        value->integer >= noLimit) {
      refuse(parts.list[i].path, keyword, "a whole number from 0 on",
             "write one");
      break;
    }
    const uint32_t given = uint32_t(value->integer);
    otherwise = most ? min(otherwise, given) : max(otherwise, given);
  }
  return otherwise;
}

// The inside of a string in which the expression is found.
Node *SchemaReader::pattern(Text expression, const Path *path) {
  auto *name = static_cast<char *>(syntax.arena.take(200, 1));
  if (!name)
    return syntax.never();
  Message message(name, 200);
  message << what << ", ";
  write(message, path);
  RegexForm regex;
  regex.what = name;
  regex.anywhere = regex.escaped = true;
  Node *inside = readRegex(syntax, expression, regex, error);
  failed |= !inside && !syntax.overflowed();
  return form.quoted(inside ? inside : syntax.never());
}

Node *SchemaReader::buildString(const Parts &parts) {
  const uint32_t low = count(parts, "minLength", 0, false);
  const uint32_t high = count(parts, "maxLength", noLimit, true);
  if (low > high)
    return contradiction(parts.list[0].path, "minLength is above maxLength");
  const bool isFree = low == 0 && high == noLimit;
  const Part *from = nullptr;
  const char *known = nullptr;
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Part &part = parts.list[i];
    if (const Value *value = get(*part.schema, "pattern")) {
      if (from || value->kind != Kind::String || !isFree)
        return refuse(part.path, "pattern",
                      "one regular expression, without lengths beside it",
                      "put all into one expression, as ^[a-z]{1,9}$");
      from = &part;
    }
    // A format that is not known says nothing, as in other programs; nor does
    // one beside lengths or a pattern.
    const Value *format = get(*part.schema, "format");
    if (format && format->kind == Kind::String)
      known = expressionOfFormat(format->text());
  }
  if (from)
    return pattern(get(*from->schema, "pattern")->text(),
                   below(from->path, "pattern"));
  if (!known || !isFree)
    return form.string(low, high);
  RegexForm regex;
  regex.escaped = true;
  return form.quoted(
      readRegex(syntax, {known, uint32_t(length(known))}, regex, error));
}

Node *SchemaReader::buildNumber(const Parts &parts, bool isWhole) {
  Bounds bounds;
  const Path *path = parts.list[0].path;
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Value &schema = *parts.list[i].schema;
    for (uint32_t k = 0; k < schema.size; ++k) {
      const Text keyword = schema.members[k].name();
      const Value &value = schema.members[k].value;
      if (!isOneOf(keyword, ofNumbers))
        continue;
      path = below(parts.list[i].path, keyword);
      if (value.kind != Kind::Integer && value.kind != Kind::Number)
        return refuse(path, nullptr, "a number", "write one");
      auto read = [](const Value &v) {
        return v.kind == Kind::Integer ? double(v.integer) : v.number;
      };
      // The narrower one; of equal ones that which is not reached.
      const bool isOpen = keyword.at[0] == 'e';
      const bool isHigh = (keyword.at[isOpen ? 10 : 1] | 0x20) == 'a';
      const Value *&bound = isHigh ? bounds.high : bounds.low;
      bool &open = isHigh ? bounds.belowHigh : bounds.aboveLow;
      const double given = read(value), known = bound ? read(*bound) : given;
      if (!bound || (isHigh ? given < known : given > known)) {
        bound = &value;
        open = isOpen;
      } else if (given == known) {
        open |= isOpen;
      }
    }
  }
  if (!bounds.low && !bounds.high)
    return form.named(isWhole ? "integer" : "number");
  bool none;
  Node *node = numbersWithin(form, bounds, isWhole, none);
  if (!node)
    return refuse(path, nullptr, "a number of at most 40 digits",
                  "leave the bound out");
  return none ? contradiction(path, "no number is within its bounds") : node;
}

// The item of this number; of all from `prefix` on the same.
Node *SchemaReader::item(const Parts &parts, uint32_t number) {
  Parts those;
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Value *first = get(*parts.list[i].schema, "prefixItems");
    const Value *rest = get(*parts.list[i].schema, "items");
    const Path *path = parts.list[i].path;
    if (first && number < first->size)
      add(those, first->values[number],
          below(below(path, "prefixItems"), {nullptr, 0}, number));
    else if (rest)
      add(those, *rest, below(path, "items"));
  }
  return those.count > 0 ? build(those) : form.value();
}

Node *SchemaReader::buildArray(const Parts &parts) {
  const uint32_t low = count(parts, "minItems", 0, false);
  const uint32_t high = count(parts, "maxItems", noLimit, true);
  if (low > high)
    return contradiction(parts.list[0].path, "minItems is above maxItems");
  uint32_t prefix = 0;
  for (uint32_t i = 0; i < parts.count; ++i)
    if (const Value *items = get(*parts.list[i].schema, "prefixItems")) {
      if (items->kind != Kind::List || items->size > mostSchemas)
        return refuse(parts.list[i].path, "prefixItems",
                      "a list of at most 64 schemas",
                      "write one, and 'items' for the rest");
      prefix = max(prefix, items->size);
    }
  // From the last one on, so that each is in front of what follows it.
  Node *content = nullptr;
  if (high > prefix)
    content = form.list(item(parts, prefix), low > prefix ? low - prefix : 1,
                        high == noLimit ? high : high - prefix);
  for (uint32_t i = min(prefix, high); i-- > 0;) {
    Node *one = syntax.sequence();
    syntax.add(one, item(parts, i));
    if (content) {
      Node *more = syntax.sequence(form.named("comma"), content);
      syntax.add(one, i + 1 < low ? more : syntax.optional(more));
    }
    content = one;
  }
  return form.inBrackets("[", content, "]", low == 0);
}

} // namespace grammar
} // namespace lfm2rt
