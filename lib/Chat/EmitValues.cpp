// Expressions, but for calls.

#include "lib/Chat/Emitter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace lfm2c;
using llvm::StringRef;

void Emitter::values(const Node &node) {
  for (const NodePtr &part : node.parts)
    value(*part);
}

// Beside its members a mapping has these, which Jinja takes first for v.name,
// and for v['name'] where there is no such member.
static unsigned methodOfMappings(StringRef name) {
  return llvm::StringSwitch<unsigned>(name)
      .Cases({"copy", "fromkeys", "get", "items", "keys", "values"},
             LFM2_METHOD_SAFE)
      .Cases({"clear", "pop", "popitem", "setdefault", "update"},
             LFM2_METHOD_UNSAFE)
      .Default(LFM2_METHOD_NONE);
}

static unsigned relation(StringRef spelling) {
  return llvm::StringSwitch<unsigned>(spelling)
      .Case("==", LFM2_COMPARE_EQUAL)
      .Case("!=", LFM2_COMPARE_UNEQUAL)
      .Case("<", LFM2_COMPARE_LESS)
      .Case("<=", LFM2_COMPARE_UP_TO)
      .Case(">", LFM2_COMPARE_GREATER)
      .Case(">=", LFM2_COMPARE_FROM)
      .Case("in", LFM2_COMPARE_IN)
      .Default(LFM2_COMPARE_NOT_IN);
}

static unsigned operation(StringRef spelling) {
  return llvm::StringSwitch<unsigned>(spelling)
      .Case("-", LFM2_BINARY_SUBTRACT)
      .Case("*", LFM2_BINARY_MULTIPLY)
      .Case("/", LFM2_BINARY_DIVIDE)
      .Case("//", LFM2_BINARY_FLOOR)
      .Default(LFM2_BINARY_MODULO);
}

void Emitter::value(const Node &node) {
  switch (node.kind) {
  case NodeKind::None:
    return simple(node, LFM2_KIND_NONE);
  case NodeKind::True:
    return simple(node, LFM2_KIND_BOOL, true);
  case NodeKind::False:
    return simple(node, LFM2_KIND_BOOL);
  case NodeKind::String:
    return add(node, LFM2_OP_CONSTANT, 0, program.addString(node.text));
  case NodeKind::Integer: {
    int64_t number = 0;
    StringRef(node.text).getAsInteger(10, number);
    return constant(node, number);
  }
  case NodeKind::Float: {
    double number = 0;
    StringRef(node.text).getAsDouble(number);
    if (number - number != 0)
      return fail(node, "expected a finite number, found " + node.text);
    return add(node, LFM2_OP_CONSTANT, 0, program.addNumber(number));
  }
  case NodeKind::Name:
    return load(node, node.text);
  case NodeKind::Tuple:
    values(node);
    return add(node, LFM2_OP_TUPLE, 0, node.parts.size());
  case NodeKind::List:
    values(node);
    return add(node, LFM2_OP_LIST, 0, node.parts.size());
  case NodeKind::Mapping:
    values(node);
    return add(node, LFM2_OP_MAPPING, 0, node.parts.size() / 2);
  case NodeKind::Attribute:
    return attribute(node);
  case NodeKind::ListOf:
    return listOf(node);
  case NodeKind::Item:
    values(node);
    return add(node, LFM2_OP_ITEM,
               node.parts[1]->kind == NodeKind::String
                   ? methodOfMappings(node.parts[1]->text)
                   : LFM2_METHOD_NONE);
  case NodeKind::Slice:
    return slice(node);
  case NodeKind::Not:
    values(node);
    return add(node, LFM2_OP_NOT);
  case NodeKind::Negate:
  case NodeKind::Plus:
    values(node);
    add(node, LFM2_OP_EXPECT, 0,
        1 << LFM2_KIND_BOOL | 1 << LFM2_KIND_INTEGER | 1 << LFM2_KIND_NUMBER);
    constant(node, node.kind == NodeKind::Plus ? 1 : -1);
    return add(node, LFM2_OP_BINARY, LFM2_BINARY_MULTIPLY);
  case NodeKind::And:
  case NodeKind::Or: {
    value(*node.parts[0]);
    const size_t decided =
        jump(node, node.kind == NodeKind::And ? LFM2_OP_AND : LFM2_OP_OR);
    value(*node.parts[1]);
    return land(decided);
  }
  case NodeKind::Binary:
    values(node);
    if (node.text == "**")
      return help(node, "pow", 2);
    return add(node, LFM2_OP_BINARY, operation(node.text));
  case NodeKind::Add:
    values(node);
    return add(node, LFM2_OP_ADD, 0, node.parts.size());
  case NodeKind::Concat:
    values(node);
    return add(node, LFM2_OP_CONCAT, 0, node.parts.size());
  case NodeKind::Compare:
    return compare(node);
  case NodeKind::Conditional:
    return conditional(node);
  case NodeKind::Call:
    return call(node, false);
  case NodeKind::Filter:
    if (node.parts[0])
      value(*node.parts[0]);
    return filter(CallSite("filter", node.text, node), node);
  case NodeKind::Test:
    value(*node.parts[0]);
    return test(CallSite("test", node.text, node), node);
  default:
    return fail(node, "expected an expression, found a statement");
  }
}

void Emitter::constant(const Node &node, int64_t number) {
  add(node, LFM2_OP_CONSTANT, 0, program.addInteger(number));
}

void Emitter::attribute(const Node &node) {
  if (node.parts[0]->kind == NodeKind::Name && node.parts[0]->text == "loop" &&
      scope->isInLoop())
    return ofLoop(node);
  value(*node.parts[0]);
  add(node, LFM2_OP_ATTRIBUTE, methodOfMappings(node.text),
      program.addString(node.text));
}

// The machine knows the number of the round, from 1, how many there are, and
// the values.
void Emitter::ofLoop(const Node &node) {
  const auto take = [&](unsigned which) {
    load(node, "loop");
    add(node, LFM2_OP_LOOP, which);
  };
  const auto less = [&](int64_t by) {
    constant(node, by);
    add(node, LFM2_OP_BINARY, LFM2_BINARY_SUBTRACT);
  };
  const StringRef name = node.text;
  if (name == "index" || name == "index0" || name == "first") {
    take(LFM2_LOOP_INDEX);
    if (name == "index")
      return;
    constant(node, 1);
    return name == "first" ? add(node, LFM2_OP_COMPARE, LFM2_COMPARE_EQUAL)
                           : add(node, LFM2_OP_BINARY, LFM2_BINARY_SUBTRACT);
  }
  if (name == "length" || name == "last" || name == "revindex" ||
      name == "revindex0") {
    take(LFM2_LOOP_LENGTH);
    if (name == "length")
      return;
    take(LFM2_LOOP_INDEX);
    if (name == "last")
      return add(node, LFM2_OP_COMPARE, LFM2_COMPARE_EQUAL);
    add(node, LFM2_OP_BINARY, LFM2_BINARY_SUBTRACT);
    return name == "revindex" ? less(-1) : void();
  }
  // No loop is recursive.
  if (name == "depth" || name == "depth0")
    return constant(node, name == "depth");
  if (name != "previtem" && name != "nextitem")
    return fail(node, "'loop." + node.text + "' is not supported");
  take(LFM2_LOOP_ALL);
  take(LFM2_LOOP_INDEX);
  // There is none before the first: not the last, as -1 would say.
  if (name == "previtem")
    help(node, "before", 2);
  else
    add(node, LFM2_OP_ITEM);
}

// [x for y in z if c], with the variable `loop`.
void Emitter::listOf(const Node &node) {
  value(*node.parts[2]);
  Scope inner(scope, function->slots);
  inner.addLoop();
  inner.addParameters(*node.parts[1]);
  inner.add(*node.parts[0]);
  for (size_t i = 3; i < 5; ++i)
    if (node.parts[i])
      inner.add(*node.parts[i]);
  add(node, LFM2_OP_BUILD);
  add(node, LFM2_OP_FOR);
  Scope *outer = std::exchange(scope, &inner);
  add(node, LFM2_OP_COPY);
  store(node, "loop");
  const size_t next = here();
  const size_t toEnd = jump(node, LFM2_OP_NEXT);
  assign(*node.parts[1]);
  enter(node, inner);
  if (node.parts[3]) {
    value(*node.parts[3]);
    const size_t kept = jump(node, LFM2_OP_JUMP_FALSE);
    function->code[kept] |= uint32_t(next << 16);
  }
  value(*node.parts[0]);
  add(node, LFM2_OP_APPEND);
  if (node.parts[4]) {
    value(*node.parts[4]);
    add(node, LFM2_OP_APPEND);
  }
  add(node, LFM2_OP_JUMP, 0, next);
  scope = outer;
  land(toEnd);
  add(node, LFM2_OP_BUILT);
  if (node.parts[4])
    native(node, LFM2_NATIVE_PAIRS);
}

// a < b < c is a < b and b < c, where b is computed once.
void Emitter::compare(const Node &node) {
  value(*node.parts[0]);
  value(*node.parts[1]);
  std::vector<size_t> decided;
  const size_t count = node.names.size();
  for (size_t i = 0; i < count; ++i) {
    if (i + 1 == count) {
      add(node, LFM2_OP_COMPARE, relation(node.names[i]));
      break;
    }
    // Leaves the right side below what came out.
    add(node, LFM2_OP_UNDER);
    add(node, LFM2_OP_COMPARE, relation(node.names[i]));
    decided.push_back(jump(node, LFM2_OP_AND));
    value(*node.parts[i + 2]);
  }
  if (decided.empty())
    return;
  const size_t toEnd = jump(node, LFM2_OP_JUMP);
  for (size_t place : decided)
    land(place);
  // Below the answer stands the right side.
  add(node, LFM2_OP_DROP);
  land(toEnd);
}

void Emitter::conditional(const Node &node) {
  value(*node.parts[0]);
  const size_t toOther = jump(node, LFM2_OP_JUMP_FALSE);
  value(*node.parts[1]);
  const size_t toEnd = jump(node, LFM2_OP_JUMP);
  land(toOther);
  if (node.parts[2])
    value(*node.parts[2]);
  else
    add(node, LFM2_OP_SIMPLE, LFM2_KIND_UNDEFINED, program.addString("else"));
  land(toEnd);
}

void Emitter::slice(const Node &node) {
  for (const NodePtr &part : node.parts) {
    const bool isStep = &part == &node.parts[3];
    if (part)
      value(*part);
    else if (!isStep)
      simple(node, LFM2_KIND_NONE);
  }
  if (node.parts[3])
    help(node, "slice", 4);
  else
    add(node, LFM2_OP_SLICE);
}
