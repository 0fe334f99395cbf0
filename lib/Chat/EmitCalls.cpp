// Calls, filters and tests.

#include "lib/Chat/Emitter.h"

#include "lib/Chat/Lexer.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::StringRef;

void Emitter::argument(const Node &node, const Argument &argument) {
  StringRef other = argument.other;
  if (argument.given)
    return value(*argument.given);
  if (other == "None")
    return simple(node, LFM2_SIMPLE_NONE);
  if (other == "True" || other == "False")
    return simple(node, other == "True" ? LFM2_SIMPLE_TRUE : LFM2_SIMPLE_FALSE);
  if (other.consume_front("'"))
    return add(node, LFM2_OP_CONSTANT, 0, program.addString(other.drop_back()));
  int64_t number = 0;
  other.getAsInteger(10, number);
  add(node, LFM2_OP_CONSTANT, 0, program.addInteger(number));
}

void Emitter::arguments(const Node &node, llvm::ArrayRef<Argument> arguments) {
  for (const Argument &each : arguments)
    argument(node, each);
}

//===-- Calls
//--------------------------------------------------------------===//

void Emitter::call(const Node &node, bool withCaller) {
  const Node &called = withCaller ? *node.parts[0] : node;
  const Node &callee = *called.parts[0];
  if (!withCaller && callee.kind == NodeKind::Attribute)
    return callMethod(called);
  const bool isFunction = llvm::any_of(
      getFunctions(), [&](const Builtin &b) { return callee.text == b.name; });
  if (!withCaller && callee.kind == NodeKind::Name && isFunction &&
      !scope->isSet(callee.text))
    return callBuiltin(called);
  const size_t named = called.names.size(),
               positional = called.parts.size() - 1 - named;
  value(callee);
  for (size_t i = 0; i < positional; ++i)
    value(*called.parts[1 + i]);
  for (size_t i = 0; i < named; ++i) {
    add(called, LFM2_OP_CONSTANT, 0, program.addString(called.names[i]));
    value(*called.parts[1 + positional + i]);
  }
  if (withCaller) {
    add(node, LFM2_OP_CONSTANT, 0, program.addString("caller"));
    emitMacro(node, "caller");
  }
  add(called, LFM2_OP_CALL, unsigned(positional), named + withCaller);
}

void Emitter::callMethod(const Node &node) {
  const Node &callee = *node.parts[0];
  for (StringRef changing :
       {"append", "clear", "extend", "insert", "pop", "popitem", "remove",
        "reverse", "setdefault", "sort", "update", "add", "discard"})
    if (callee.text == changing)
      return fail(node,
                  "the method ." + callee.text +
                      "() would change a value, which chat templates "
                      "cannot; build another list with +, or use a namespace");
  const CallSite site("method", callee.text, node);
  auto method = findBuiltin(getMethods(), site);
  if (!method)
    return fail(method.takeError());
  auto bound = bindArguments(**method, site);
  if (!bound)
    return fail(bound.takeError());
  value(*callee.parts[0]);
  arguments(node, *bound);
  add(node, LFM2_OP_METHOD, unsigned((*method)->number), bound->size() + 1);
}

// Names and values of arguments that become a mapping.
void Emitter::pairs(const Node &node) {
  for (size_t i = 0; i < node.names.size(); ++i) {
    add(node, LFM2_OP_CONSTANT, 0, program.addString(node.names[i]));
    value(*node.parts[1 + i]);
  }
}

void Emitter::callBuiltin(const Node &node) {
  const StringRef name = node.parts[0]->text;
  const CallSite site("function", name, node);
  const Builtin &function = **findBuiltin(getFunctions(), site);
  if (function.lowered != Lowered::No) {
    if (node.parts.size() - 1 != node.names.size())
      return fail(node, "arguments of " + name.str() +
                            "() without a name are not supported");
    if (function.lowered == Lowered::Namespace)
      for (StringRef field : node.names)
        if (field.starts_with("_"))
          return fail(node, "the field '" + field.str() +
                                "' cannot be set: its name starts with '_'");
    pairs(node);
    return add(node,
               function.lowered == Lowered::Namespace ? LFM2_OP_NAMESPACE
                                                      : LFM2_OP_MAPPING,
               0, node.names.size());
  }
  auto bound = bindArguments(function, site);
  if (!bound)
    return fail(bound.takeError());
  if (function.number == LFM2_FUNCTION_RANGE &&
      (bound->empty() || bound->size() > 3))
    return fail(node, "the function 'range' takes one to three arguments");
  arguments(node, *bound);
  add(node, LFM2_OP_FUNCTION, unsigned(function.number), bound->size());
}

//===-- Filters over several values
//----------------------------------------===//

// What `each` makes of all values on top: a list, or what can be gone through
// once. `each` gets the place to jump to from where a value is dropped.
template <typename Each>
void Emitter::transform(const Node &node, bool once, const Each &each) {
  add(node, LFM2_OP_BUILD);
  add(node, LFM2_OP_FOR);
  const size_t next = here();
  const size_t toEnd = jump(node, LFM2_OP_NEXT);
  each(next);
  add(node, LFM2_OP_APPEND);
  add(node, LFM2_OP_JUMP, 0, next);
  land(toEnd);
  add(node, LFM2_OP_BUILT, once);
}

// "a.b.0" of the value on top; `other`, where it is undefined.
void Emitter::fields(const Node &node, const Node &attribute,
                     const Node *other) {
  llvm::SmallVector<StringRef> parts;
  if (attribute.kind == NodeKind::Integer)
    parts.push_back(attribute.text);
  else if (attribute.kind == NodeKind::String)
    StringRef(attribute.text).split(parts, '.');
  else
    return fail(node, "expected the name of an attribute as a string");
  for (StringRef part : parts) {
    int64_t number = 0;
    const bool isNumber = !part.empty() && llvm::all_of(part, llvm::isDigit) &&
                          !part.getAsInteger(10, number);
    add(node, LFM2_OP_CONSTANT, 0,
        isNumber ? program.addInteger(number) : program.addString(part));
    add(node, LFM2_OP_ITEM);
    if (!other)
      continue;
    value(*other);
    simple(node, LFM2_SIMPLE_FALSE);
    add(node, LFM2_OP_FILTER, LFM2_FILTER_DEFAULT, 3);
  }
}

static bool isGiven(const Argument &argument) {
  return argument.given && argument.given->kind != NodeKind::None;
}

void Emitter::keyed(const Node &node, const Builtin &builtin,
                    llvm::ArrayRef<Argument> bound) {
  // As a list, since both read it.
  add(node, LFM2_OP_FILTER, LFM2_FILTER_LIST, 1);
  add(node, LFM2_OP_COPY);
  if (isGiven(bound.back())) {
    const Node &attribute = *bound.back().given;
    if (StringRef(attribute.text).contains(','))
      return fail(node, "sorting by several attributes is not supported");
    transform(node, false, [&](size_t) { fields(node, attribute, nullptr); });
  }
  arguments(node, bound.drop_back());
  add(node, LFM2_OP_FILTER, unsigned(builtin.number), bound.size() + 1);
}

void Emitter::joined(const Node &node, const Builtin &builtin,
                     std::vector<Argument> bound) {
  const size_t at = builtin.number == LFM2_FILTER_JOIN ? 1 : 0;
  if (isGiven(bound[at]))
    transform(node, false,
              [&](size_t) { fields(node, *bound[at].given, nullptr); });
  bound.erase(bound.begin() + long(at));
  arguments(node, bound);
  add(node, LFM2_OP_FILTER, unsigned(builtin.number), bound.size() + 1);
}

void Emitter::mapped(const CallSite &call, const Node &node) {
  // Jinja takes what is not true for nothing, here and in select().
  const size_t past = jump(node, LFM2_OP_OR);
  add(node, LFM2_OP_TUPLE, 0, 0);
  land(past);
  const auto expected =
      "is supported as map(attribute=...) or map('filter', ...)";
  if (call.numPositional() == 0) {
    const Node *attribute = nullptr, *other = nullptr;
    for (const auto [name, given] : llvm::zip(call.names, call.arguments)) {
      if (name == "attribute")
        attribute = given;
      else if (name == "default")
        other = given;
      else
        attribute = other = nullptr;
    }
    if (!attribute)
      return fail(call.fail(expected));
    return transform(node, true,
                     [&](size_t) { fields(node, *attribute, other); });
  }
  if (call.arguments[0]->kind != NodeKind::String)
    return fail(call.fail(expected));
  CallSite inner = call;
  inner.name = call.arguments[0]->text;
  inner.arguments.erase(inner.arguments.begin());
  transform(node, true, [&](size_t) { filter(inner, node); });
}

void Emitter::selected(const CallSite &call, const Node &node) {
  const size_t past = jump(node, LFM2_OP_OR);
  add(node, LFM2_OP_TUPLE, 0, 0);
  land(past);
  const StringRef name = call.name;
  const bool byAttribute = name.ends_with("attr");
  const size_t first = byAttribute;
  const bool hasTest = call.arguments.size() > first;
  if (call.numPositional() < first + hasTest ||
      (hasTest && call.arguments[first]->kind != NodeKind::String))
    return fail(call.fail(byAttribute
                              ? "is supported as ('attribute', 'test', ...)"
                              : "is supported as ('test', ...)"));
  CallSite inner = call;
  inner.kind = "test";
  inner.name = hasTest ? call.arguments[first]->text : "";
  inner.arguments.erase(inner.arguments.begin(),
                        inner.arguments.begin() + long(first + hasTest));
  transform(node, true, [&](size_t next) {
    add(node, LFM2_OP_COPY);
    if (byAttribute)
      fields(node, *call.arguments[0], nullptr);
    if (hasTest)
      test(inner, node);
    if (name.starts_with("reject"))
      add(node, LFM2_OP_NOT);
    const size_t toDrop = jump(node, LFM2_OP_JUMP_FALSE);
    const size_t toKeep = jump(node, LFM2_OP_JUMP);
    land(toDrop);
    add(node, LFM2_OP_POP);
    add(node, LFM2_OP_JUMP, 0, next);
    land(toKeep);
  });
}

//===-- Filters and tests
//--------------------------------------------------===//

void Emitter::filter(const CallSite &call, const Node &node) {
  auto found = findBuiltin(getFilters(), call);
  if (!found)
    return fail(found.takeError());
  const Builtin &builtin = **found;
  if (builtin.lowered == Lowered::Map)
    return mapped(call, node);
  if (builtin.lowered == Lowered::Select)
    return selected(call, node);
  if (builtin.lowered == Lowered::Identity)
    return fail(call.fail("is supported at the end of a {{ }} only"));
  auto bound = bindArguments(builtin, call);
  if (!bound)
    return fail(bound.takeError());
  if (builtin.lowered == Lowered::Keyed)
    return keyed(node, builtin, *bound);
  if (builtin.lowered == Lowered::Joined)
    return joined(node, builtin, std::move(*bound));
  if (builtin.number == LFM2_FILTER_UPPER ||
      builtin.number == LFM2_FILTER_LOWER)
    program.changesCase = true;
  arguments(node, *bound);
  add(node, LFM2_OP_FILTER, unsigned(builtin.number), bound->size() + 1);
}

void Emitter::test(const CallSite &call, const Node &node) {
  auto found = findBuiltin(getTests(), call);
  if (!found)
    return fail(found.takeError());
  const Builtin &builtin = **found;
  auto bound = bindArguments(builtin, call);
  if (!bound)
    return fail(bound.takeError());
  if (builtin.lowered == Lowered::Same) {
    const NodeKind kind = (*bound)[0].given->kind;
    const unsigned which = kind == NodeKind::True    ? LFM2_TEST_TRUE
                           : kind == NodeKind::False ? LFM2_TEST_FALSE
                                                     : LFM2_TEST_NONE;
    if (which == LFM2_TEST_NONE && kind != NodeKind::None)
      return fail(call.fail("is supported for true, false and none only"));
    return add(node, LFM2_OP_TEST, which, 1);
  }
  arguments(node, *bound);
  if (builtin.lowered == Lowered::Compare)
    return add(node, LFM2_OP_COMPARE, unsigned(builtin.number));
  add(node, LFM2_OP_TEST, unsigned(builtin.number), bound->size() + 1);
  if (builtin.lowered == Lowered::Negated)
    add(node, LFM2_OP_NOT);
}
