// Mappings of schemas: which members they have, in which order.
#include "runtime/grammar/Schema.h"
#include "runtime/tokenizer/Text.h"

namespace lfm2rt {
namespace grammar {

namespace {

constexpr uint32_t mostNames = 1000; // That a mapping declares.

// Names that start alike, up to a character.
struct Prefix {
  Rule *rule; // What may follow.
  uint32_t begin, end, bytes;
  Prefix *next;
};

} // namespace

Node *otherNames(Syntax &syntax, Text *names, uint32_t count) {
  Arena &arena = syntax.arena;
  for (uint32_t i = 1; i < count; ++i)
    for (uint32_t j = i; j > 0 && compare(names[j], names[j - 1]) < 0; --j) {
      const Text other = names[j];
      names[j] = names[j - 1];
      names[j - 1] = other;
    }
  Rule *anything = syntax.newRule(
      {"", 0}, 0,
      syntax.repeat(syntax.set(nullptr, 0, true, true), 0, noLimit));
  Prefix *last = nullptr;
  auto make = [&](uint32_t begin, uint32_t end, uint32_t bytes) {
    Rule *rule = syntax.newRule({"", 0}, 0, syntax.never());
    auto *memory = static_cast<Prefix *>(arena.take(sizeof(Prefix)));
    if (memory) {
      *memory = {rule, begin, end, bytes, nullptr};
      if (last)
        last->next = memory;
      last = memory;
    }
    return syntax.call(rule);
  };
  Node *all = make(0, count, 0);
  for (Prefix *at = last; at && !syntax.overflowed(); at = at->next) {
    Node *choice = syntax.choice();
    uint32_t i = at->begin, numLetters = 0;
    auto *letters = static_cast<Range *>(
        arena.take(sizeof(Range) * uint64_t(at->end - i), 4));
    // A name that ends here is not to end.
    if (i < at->end && names[i].bytes == at->bytes)
      ++i;
    else
      syntax.add(choice, syntax.sequence());
    while (i < at->end && letters) {
      const uint32_t begin = i;
      Character letter = {};
      for (; i < at->end; ++i) {
        auto *bytes = reinterpret_cast<const uint8_t *>(names[i].at);
        const Character next =
            decodeCharacter(bytes + at->bytes, bytes + names[i].bytes);
        if (i > begin && next.codePoint != letter.codePoint)
          break;
        letter = next;
      }
      Range &one = letters[numLetters++];
      one = {letter.codePoint, letter.codePoint};
      syntax.add(choice,
                 syntax.sequence(syntax.set(&one, 1, false, true),
                                 make(begin, i, at->bytes + letter.length)));
    }
    syntax.add(choice,
               syntax.sequence(syntax.set(letters, numLetters, true, true),
                               syntax.call(anything)));
    at->rule->body = choice;
  }
  return all;
}

// What stands between the brackets; nullptr where nothing may.
Node *SchemaReader::members(const Parts &parts, bool isCall, bool &mayBeEmpty) {
  // Names in order: of properties, then those that must be there and are not
  // declared.
  uint64_t most = 1;
  for (uint32_t i = 0; i < parts.count; ++i) {
    const Value *properties = get(*parts.list[i].schema, "properties");
    const Value *list = get(*parts.list[i].schema, "required");
    most +=
        (properties ? properties->size : uint64_t(0)) + (list ? list->size : 0);
  }
  most = min<uint64_t>(most, mostNames);
  auto *names = static_cast<Text *>(syntax.arena.take(sizeof(Text) * most));
  auto *required = static_cast<bool *>(syntax.arena.take(most));
  uint32_t numNames = 0, numRequired = 0;
  bool isOpen = true, isClosed = false;
  mayBeEmpty = false;
  const Value *patterns = nullptr;
  const Path *patternPath = nullptr;
  Parts keys, values; // Of those that are not declared.
  if (!ok())
    return nullptr;
  auto note = [&](const Path *path, Text name, bool isRequired) {
    uint32_t i = 0;
    while (i < numNames && !equal(names[i], name))
      ++i;
    if (i == mostNames) {
      refuse(path, nullptr, "at most 1000 properties", "declare fewer");
      return;
    }
    if (i == numNames) {
      names[numNames++] = name;
      required[i] = false;
    }
    numRequired += isRequired && !required[i];
    required[i] |= isRequired;
  };
  for (int wanted = 0; wanted < 2; ++wanted)
    for (uint32_t i = 0; i < parts.count && ok(); ++i) {
      const Value &schema = *parts.list[i].schema;
      const Path *path = parts.list[i].path;
      if (wanted) {
        const Value *list = get(schema, "required");
        if (list && list->kind != Kind::List)
          return refuse(path, "required", "a list of names", "write one");
        for (uint32_t k = 0; list && k < list->size && ok(); ++k) {
          if (list->values[k].kind != Kind::String)
            return refuse(path, "required", "a list of names", "write one");
          note(path, list->values[k].text(), true);
        }
        continue;
      }
      if (const Value *list = get(schema, "properties")) {
        if (list->kind != Kind::Mapping)
          return refuse(path, "properties", "an object of schemas",
                        "write one");
        isOpen = false;
        for (uint32_t k = 0; k < list->size && ok(); ++k)
          note(path, list->members[k].name(), false);
      }
      if (const Value *others = get(schema, "additionalProperties")) {
        add(values, *others, below(path, "additionalProperties"));
        isClosed |= others->kind == Kind::Bool && !others->truth;
      }
      if (const Value *found = get(schema, "propertyNames")) {
        // Names are strings, whatever is said of them.
        auto *type = static_cast<Member *>(syntax.arena.take(sizeof(Member)));
        auto *ofString = static_cast<Value *>(syntax.arena.take(sizeof(Value)));
        if (!ofString)
          return nullptr;
        *type = {"type", 4, 0, makeString(text("string"))};
        *ofString = makeMapping(type, 1);
        add(keys, *found, below(path, "propertyNames"));
        add(keys, *ofString, path);
      }
      if (const Value *found = get(schema, "patternProperties")) {
        patternPath = below(path, "patternProperties");
        if (patterns || found->kind != Kind::Mapping || found->size != 1)
          return refuse(patternPath, nullptr, "an object with one pattern",
                        "write one pattern for all names");
        patterns = found;
      }
    }
  isOpen = (isOpen || values.count > 0) && !isClosed && !isCall;
  if ((patterns || keys.count > 0) && numNames > 0)
    return refuse(patterns ? patternPath : keys.list[0].path, nullptr,
                  "properties that are declared, or names of a pattern",
                  "declare all, or none");
  if (patterns && (keys.count > 0 || (values.count > 0 && !isClosed)))
    return refuse(patternPath, nullptr, "names of this pattern alone",
                  "set additionalProperties to false");

  Node *all = syntax.make(Op::Members);
  syntax.add(all, isCall ? form.literal(", ") : form.named("comma"));
  for (uint32_t i = 0; i < numNames && ok(); ++i) {
    const Text name = names[i];
    Parts those;
    for (uint32_t p = 0; p < parts.count; ++p) {
      const Part &part = parts.list[p];
      const Value *properties = get(*part.schema, "properties");
      const Value *own = properties ? find(*properties, name) : nullptr;
      const Value *others = get(*part.schema, "additionalProperties");
      if (own)
        add(those, *own, below(below(part.path, "properties"), name));
      else if (others)
        add(those, *others, below(part.path, "additionalProperties"));
    }
    Node *value = those.count > 0 ? build(those) : form.value();
    Text key = isCall ? name : form.key(name);
    value = syntax.sequence(isCall ? form.literal("=") : form.named("colon"),
                            value);
    syntax.add(all, syntax.member(key, value, required[i]));
  }
  // The key and value of one that is not declared.
  Node *extra = nullptr;
  if (patterns) {
    const Member &one = patterns->members[0];
    const Path *path = below(patternPath, one.name());
    Parts those;
    add(those, one.value, path);
    extra = syntax.sequence(pattern(one.name(), path), form.named("colon"),
                            build(those));
  } else if (isOpen && ok()) {
    // Of names that have a schema, a string that meets it.
    Node *key = keys.count > 0
                    ? build(keys)
                    : form.quoted(otherNames(syntax, names, numNames));
    extra = syntax.sequence(key, form.named("colon"),
                            values.count > 0 ? build(values) : form.value());
  }
  const uint32_t low = count(parts, "minProperties", 0, false);
  const uint32_t high = count(parts, "maxProperties", noLimit, true);
  const Path *path = parts.list[0].path;
  if (numNames > 0) {
    if (low > numRequired || high < numNames || (extra && high != noLimit))
      return refuse(path, low > numRequired ? "minProperties" : "maxProperties",
                    "no such limit beside properties that are declared",
                    "say by 'required' which must be there");
    // The members say themselves which may be left out.
    if (extra)
      syntax.add(all, extra);
    return all;
  }
  if (low > high || (low > 0 && !extra))
    return contradiction(path, "minProperties is more than there can be");
  mayBeEmpty = low == 0;
  return extra && high > 0 ? form.list(extra, max(low, 1u), high) : nullptr;
}

Node *SchemaReader::buildObject(const Parts &parts) {
  bool mayBeEmpty = true;
  const bool python = form.isPython;
  form.isPython = false;
  Node *content = members(parts, false, mayBeEmpty);
  form.isPython = python;
  return form.inBrackets("{", content, "}", mayBeEmpty);
}

} // namespace grammar
} // namespace lfm2rt
