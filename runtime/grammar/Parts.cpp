// Ways into a schema, what is wrong there, references, and the parts that a
// value must meet together.
#include "runtime/grammar/Schema.h"

namespace lfm2rt {
namespace grammar {

static constexpr uint32_t mostParts = 32; // For one value.

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
    parts.list[i].done |= Part::didReference | Part::didAll;
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
      if (isBeyondGrammars(member.name()) &&
          (member.value.kind != Kind::Bool || member.value.truth)) {
        refuse(below(part.path, member.name()), nullptr,
               "a keyword that answers can be held to",
               "remove it, and check answers for what it says");
        break;
      }
    }
    if (get(schema, "$ref") && !(part.done & Part::didReference)) {
      const Path *path;
      if (const Value *target = resolve(part, path))
        add(parts, *target, path);
    }
    const Value *all = get(schema, "allOf");
    if (all && !(part.done & Part::didAll)) {
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

} // namespace grammar
} // namespace lfm2rt
