// Mappings of schemas: which members they have, in which order.
#include "runtime/grammar/Regex.h"
#include "runtime/grammar/Schema.h"
#include "runtime/tokenizer/Text.h"

namespace lfm2rt {
namespace grammar {

namespace {

const Value *get(const Value &schema, const char *key) {
  return find(schema, {key, uint32_t(length(key))});
}

void sort(Text *names, uint32_t count) {
  for (uint32_t gap = count / 2; gap > 0; gap /= 2)
    for (uint32_t i = gap; i < count; ++i) {
      const Text name = names[i];
      uint32_t j = i;
      for (; j >= gap && compare(name, names[j - gap]) < 0; j -= gap)
        names[j] = names[j - gap];
      names[j] = name;
    }
}

// Names that start alike, up to a character.
struct Prefix {
  Rule *rule; // What may follow.
  uint32_t begin, end, bytes;
  Prefix *next;
};

} // namespace

Node *otherNames(Syntax &syntax, Text *names, uint32_t count) {
  sort(names, count);
  Arena &arena = syntax.arena;
  Rule *anything = syntax.newRule(
      {"", 0}, 0,
      syntax.repeat(syntax.set(nullptr, 0, true, true), 0, noLimit));
  auto make = [&](uint32_t begin, uint32_t end, uint32_t bytes) {
    auto *memory = static_cast<Prefix *>(arena.take(sizeof(Prefix)));
    if (memory)
      *memory = {syntax.newRule({"", 0}, 0, nullptr), begin, end, bytes,
                 nullptr};
    return memory;
  };
  Prefix *first = make(0, count, 0);
  // One after the other, where those that follow are put behind.
  for (Prefix *at = first, *last = first; at && !syntax.overflowed();
       at = at->next) {
    Node *choice = syntax.choice();
    uint32_t i = at->begin;
    // A name that ends here is not to end.
    if (i < at->end && names[i].bytes == at->bytes)
      while (i < at->end && names[i].bytes == at->bytes)
        ++i;
    else
      syntax.add(choice, syntax.sequence());
    auto *letters =
        static_cast<Range *>(arena.take(sizeof(Range) * (at->end - i), 4));
    uint32_t numLetters = 0;
    while (i < at->end && letters) {
      const uint32_t begin = i;
      auto letterOf = [&](uint32_t name) {
        auto *text = reinterpret_cast<const uint8_t *>(names[name].at);
        return decodeCharacter(text + at->bytes, text + names[name].bytes);
      };
      const Character letter = letterOf(begin);
      while (i < at->end && letterOf(i).codePoint == letter.codePoint)
        ++i;
      const Range one = {letter.codePoint, letter.codePoint};
      letters[numLetters++] = one;
      Prefix *next = make(begin, i, at->bytes + letter.length);
      if (!next)
        break;
      last = last->next = next;
      syntax.add(choice, syntax.sequence(syntax.set(&one, 1, false, true),
                                         syntax.call(next->rule)));
    }
    syntax.add(choice,
               syntax.sequence(syntax.set(letters, numLetters, true, true),
                               syntax.call(anything)));
    at->rule->body = choice;
  }
  return first ? syntax.call(first->rule) : syntax.never();
}

Parts SchemaReader::property(const Parts &parts, Text name) {
  Parts out = copy({nullptr, 0});
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Part &part = parts.list[i];
    const Value *properties = get(*part.schema, "properties");
    const Value *own = properties ? find(*properties, name) : nullptr;
    const Value *others = get(*part.schema, "additionalProperties");
    if (own)
      add(out, *own, below(below(part.path, text("properties")), name));
    else if (others)
      add(out, *others, below(part.path, text("additionalProperties")));
  }
  return out;
}

Parts SchemaReader::extras(const Parts &parts, bool &allowed) {
  Parts out = copy({nullptr, 0});
  bool named = false;
  allowed = true;
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Part &part = parts.list[i];
    const Value *properties = get(*part.schema, "properties");
    named |= properties != nullptr;
    if (const Value *others = get(*part.schema, "additionalProperties")) {
      allowed &= others->kind != Kind::Bool || others->truth;
      add(out, *others, below(part.path, text("additionalProperties")));
    }
  }
  // Without a word, properties that are declared are all.
  if (out.count == 0 && named)
    allowed = false;
  return out;
}

// What stands between the brackets; nullptr where nothing may.
Node *SchemaReader::members(const Parts &parts, bool isCall, bool &mayBeEmpty) {
  Node *all = syntax.make(Op::Members);
  syntax.add(all, isCall ? form.literal(", ") : form.separator());
  uint32_t numRequired = 0, numNamed = 0;
  const Value *patterns = nullptr;
  const Path *patternPath = nullptr;
  Parts names = copy({nullptr, 0}); // What is said of names.

  auto isRequired = [&](Text name) {
    for (uint32_t i = 0; i < parts.count; ++i)
      if (const Value *list = get(*parts.list[i].schema, "required"))
        for (uint32_t k = 0; k < list->size && list->kind == Kind::List; ++k)
          if (list->values[k].kind == Kind::String &&
              equal(list->values[k].text(), name))
            return true;
    return false;
  };
  // Whether a part before this one, or this one's list before an index, has the
  // name.
  auto isKnown = [&](Text name, uint32_t part, const Value *list,
                     uint32_t index) {
    for (uint32_t i = 0; i < (list ? parts.count : part); ++i)
      if (const Value *properties = get(*parts.list[i].schema, "properties"))
        if (find(*properties, name))
          return true;
    for (uint32_t i = 0; list && i <= part; ++i) {
      const Value *required = get(*parts.list[i].schema, "required");
      const uint32_t end = required ? (i == part ? index : required->size) : 0;
      for (uint32_t k = 0; k < end; ++k)
        if (required->values[k].kind == Kind::String &&
            equal(required->values[k].text(), name))
          return true;
    }
    return false;
  };
  auto put = [&](Text name) {
    Parts those = property(parts, name);
    Node *value = those.count > 0 ? build(those) : form.value();
    const bool required = isRequired(name);
    Text key;
    if (isCall) {
      auto *bytes = static_cast<char *>(syntax.arena.take(name.bytes + 1, 1));
      if (!bytes)
        return;
      memcpy(bytes, name.at, name.bytes);
      bytes[name.bytes] = '=';
      key = {bytes, name.bytes + 1};
    } else {
      key = form.key(name);
      value = syntax.sequence(form.colon(), value);
    }
    syntax.add(all, syntax.member(key, value, required));
    numRequired += required;
    ++numNamed;
  };
  for (uint32_t i = 0; i < parts.count && ok(); ++i) {
    const Value &schema = *parts.list[i].schema;
    const Path *path = parts.list[i].path;
    const Value *properties = get(schema, "properties");
    if (properties && properties->kind != Kind::Mapping)
      return refuse(below(path, text("properties")),
                    "an object with a schema for each property",
                    "something else", "write one");
    for (uint32_t k = 0; properties && k < properties->size && ok(); ++k)
      if (!isKnown(properties->members[k].name(), i, nullptr, 0))
        put(properties->members[k].name());
    if (const Value *found = get(schema, "patternProperties")) {
      patternPath = below(path, text("patternProperties"));
      if (patterns || found->kind != Kind::Mapping || found->size != 1)
        return refuse(patternPath, "an object with one pattern",
                      "something else", "write one pattern for all names");
      patterns = found;
    }
    if (const Value *found = get(schema, "propertyNames"))
      add(names, *found, below(path, text("propertyNames")));
  }
  // Properties that must be there and have no schema of their own.
  for (uint32_t i = 0; i < parts.count && ok(); ++i) {
    const Value *list = get(*parts.list[i].schema, "required");
    if (!list)
      continue;
    for (uint32_t k = 0; k < (list->kind == Kind::List ? list->size : 1); ++k) {
      const Value &name = list->kind == Kind::List ? list->values[k] : *list;
      if (name.kind != Kind::String || list->kind != Kind::List)
        return refuse(below(parts.list[i].path, text("required")),
                      "a list of names", "something else", "write one");
      if (!isKnown(name.text(), i, list, k))
        put(name.text());
    }
  }
  const uint32_t low = count(parts, "minProperties", 0, false);
  const uint32_t high = count(parts, "maxProperties", noLimit, true);
  bool allowed;
  Parts values = extras(parts, allowed);
  const Path *path = parts.list[0].path;
  if (numNamed > 0 && (patterns || names.count > 0))
    return refuse(patterns ? patternPath : names.list[0].path,
                  "properties that are declared, or names of a pattern", "both",
                  "declare all, or none");
  if (patterns) {
    const Value *others = nullptr;
    for (uint32_t i = 0; i < parts.count; ++i)
      if (const Value *found =
              get(*parts.list[i].schema, "additionalProperties"))
        others = found;
    if (names.count > 0 ||
        (others && (others->kind != Kind::Bool || others->truth)))
      return refuse(patternPath, "names of a pattern alone",
                    "other ones beside them",
                    "set additionalProperties to false");
  }
  if (isCall)
    allowed = false;
  // The key and value of one that is not declared.
  Node *extra = nullptr;
  if (ok() && (patterns || allowed)) {
    Node *key;
    if (patterns) {
      RegexForm expression;
      expression.anywhere = expression.escaped = true;
      Node *inside =
          readRegex(syntax, patterns->members[0].name(), expression, error);
      failed |= !inside && !syntax.overflowed();
      key = inside ? form.quoted(inside) : syntax.never();
    } else if (names.count > 0) {
      // As a string that meets them.
      key = build(names);
    } else {
      auto *taken = static_cast<Text *>(
          syntax.arena.take(sizeof(Text) * uint64_t(numNamed)));
      uint32_t count = 0;
      for (uint32_t i = 0; i < parts.count && taken; ++i) {
        const Value *properties = get(*parts.list[i].schema, "properties");
        for (uint32_t k = 0; properties && k < properties->size; ++k)
          if (!isKnown(properties->members[k].name(), i, nullptr, 0))
            taken[count++] = properties->members[k].name();
        const Value *list = get(*parts.list[i].schema, "required");
        for (uint32_t k = 0; list && k < list->size; ++k)
          if (!isKnown(list->values[k].text(), i, list, k))
            taken[count++] = list->values[k].text();
      }
      key = form.quoted(otherNames(syntax, taken, count));
    }
    Node *value;
    if (patterns)
      value = build(partsOf(patterns->members[0].value,
                            below(patternPath, patterns->members[0].name())));
    else
      value = values.count > 0 ? build(values) : form.value();
    extra = syntax.sequence(key, form.colon(), value);
  }
  if (numNamed == 0) {
    if (low > high || (low > 0 && !extra))
      return contradiction(path, "minProperties is more than there can be");
    mayBeEmpty = low == 0;
    return extra && high > 0 ? form.list(extra, low > 1 ? low : 1, high)
                             : nullptr;
  }
  if (low > numRequired || (high < numNamed || (extra && high != noLimit)))
    return refuse(below(path, low > numRequired ? text("minProperties")
                                                : text("maxProperties")),
                  "no such limit beside properties that are declared", "one",
                  "say by 'required' which must be there");
  mayBeEmpty = false;
  if (extra)
    syntax.add(all, extra);
  return all;
}

Node *SchemaReader::buildObject(const Parts &parts) {
  bool mayBeEmpty = true;
  return form.mapping(mayBeEmpty,
                      [&] { return members(parts, false, mayBeEmpty); });
}

} // namespace grammar
} // namespace lfm2rt
