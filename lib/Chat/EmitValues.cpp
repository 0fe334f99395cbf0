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
    return add(node, LFM2_OP_ITEM);
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
  constexpr llvm::StringLiteral ofLoops[] = {
#define LFM2_NAME(name) #name,
      LFM2_LOOPS(LFM2_NAME)
#undef LFM2_NAME
  };
  value(*node.parts[0]);
  if (node.parts[0]->kind != NodeKind::Name || node.parts[0]->text != "loop" ||
      !scope->isInLoop())
    return add(node, LFM2_OP_ATTRIBUTE, 0, program.addString(node.text));
  if (const auto *name = llvm::find(ofLoops, node.text);
      name != std::end(ofLoops))
    return add(node, LFM2_OP_LOOP, unsigned(name - ofLoops));
  if (node.text != "depth" && node.text != "depth0")
    return fail(node, "'loop." + node.text + "' is not supported");
  // No loop is recursive.
  add(node, LFM2_OP_POP);
  constant(node, node.text == "depth");
}

// [x for y in z if c], with the variable `loop`.
void Emitter::listOf(const Node &node) {
  value(*node.parts[2]);
  Scope inner(scope, function->slots);
  inner.addLoop();
  inner.addParameters(*node.parts[1]);
  inner.add(*node.parts[0]);
  if (node.parts[3])
    inner.add(*node.parts[3]);
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
  add(node, LFM2_OP_JUMP, 0, next);
  scope = outer;
  land(toEnd);
  add(node, LFM2_OP_BUILT);
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
    if (part)
      value(*part);
    else
      simple(node, LFM2_KIND_NONE);
  }
  add(node, LFM2_OP_SLICE);
}
