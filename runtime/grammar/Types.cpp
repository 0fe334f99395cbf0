// Strings, numbers and lists of schemas.
#include "runtime/grammar/Regex.h"
#include "runtime/grammar/Schema.h"

namespace lfm2rt {
namespace grammar {

static constexpr uint32_t mostPrefix = 64; // Schemas of prefixItems.

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

Node *SchemaReader::buildNumber(const Parts &parts, bool wholeOnly) {
  Bounds bounds;
  const Path *path = parts.list[0].path;
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Value &schema = *parts.list[i].schema;
    for (uint32_t k = 0; k < schema.size; ++k) {
      const Text keyword = schema.members[k].name();
      const Value &value = schema.members[k].value;
      if (!(typesOfKeyword(keyword) & isWhole))
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
    return form.named(wholeOnly ? "integer" : "number");
  bool none;
  Node *node = numbersWithin(form, bounds, wholeOnly, none);
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
      if (items->kind != Kind::List || items->size > mostPrefix)
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
