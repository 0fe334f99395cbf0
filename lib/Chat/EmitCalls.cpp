// Calls, filters and tests.

#include "lib/Chat/Emitter.h"

#include "lib/Chat/Helpers.h"
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
    return simple(node, LFM2_KIND_NONE);
  if (other == "True" || other == "False")
    return simple(node, LFM2_KIND_BOOL, other == "True");
  if (other.consume_front("'"))
    return add(node, LFM2_OP_CONSTANT, 0, program.addString(other.drop_back()));
  int64_t number = 0;
  if (!other.getAsInteger(10, number))
    return constant(node, number);
  double real = 0;
  other.getAsDouble(real);
  add(node, LFM2_OP_CONSTANT, 0, program.addNumber(real));
}

void Emitter::arguments(const Node &node, llvm::ArrayRef<Argument> arguments) {
  for (const Argument &each : arguments)
    argument(node, each);
}

void Emitter::help(const Node &node, StringRef name, size_t values) {
  add(node, LFM2_OP_HELP, unsigned(values), helper(name));
}

//===-- Calls
//--------------------------------------------------------------===//

void Emitter::call(const Node &node, bool withCaller) {
  const Node &called = withCaller ? *node.parts[0] : node;
  const Node &callee = *called.parts[0];
  const bool isName = callee.kind == NodeKind::Name && !withCaller;
  if (callee.kind == NodeKind::Attribute && !withCaller)
    return callMethod(called);
  if (isName && inHelper && callee.text != "namespace")
    return callHelper(called);
  if (isName && !scope->isSet(callee.text) &&
      llvm::any_of(getFunctions(),
                   [&](const Builtin &b) { return callee.text == b.name; }))
    return callFunction(called);
  callMacro(called, withCaller ? &node : nullptr);
}

// Names of parameters are known where the callee is.
void Emitter::callMacro(const Node &node, const Node *caller) {
  const CallSite site("macro", node.parts[0]->text, node);
  std::vector<const Node *> given = site.arguments;
  given.resize(site.numPositional());
  value(*node.parts[0]);
  const Node *macro = node.parts[0]->kind == NodeKind::Name
                          ? macros[node.parts[0]->text]
                          : nullptr;
  if (!macro && (caller || !node.names.empty()))
    return fail(
        site.fail("is no macro of the template that is known here; "
                  "arguments with names and {% call %} are not supported"));
  std::vector<std::string> names;
  if (macro)
    names = parameterNames(*macro);
  for (const auto [name, argument] :
       llvm::zip(node.names,
                 llvm::drop_begin(site.arguments, site.numPositional()))) {
    const size_t at = size_t(llvm::find(names, name) - names.begin());
    if (at == names.size() || name == "caller")
      return fail(site.fail("has no parameter " + quoted(name)));
    given.resize(std::max(given.size(), at + 1));
    if (given[at])
      return fail(site.fail("has two arguments for " + quoted(name)));
    given[at] = argument;
  }
  if (caller) {
    if (names.empty() || names.back() != "caller" ||
        given.size() >= names.size())
      return fail(
          site.fail("does not use caller(), or has too many arguments"));
    given.resize(names.size() - 1);
  }
  for (const Node *argument : given) {
    if (argument)
      value(*argument);
    else
      simple(node, LFM2_KIND_MISSING);
  }
  if (caller)
    emitMacro(*caller, "caller");
  add(node, LFM2_OP_CALL, unsigned(given.size()) + (caller ? 1 : 0));
}

// Within a helper: another one, or what the machine does itself.
void Emitter::callHelper(const Node &node) {
  constexpr llvm::StringLiteral natives[] = {
#define LFM2_NAME(name, count, kinds) #name,
      LFM2_NATIVES(LFM2_NAME)
#undef LFM2_NAME
  };
  constexpr std::pair<const char *, unsigned> expected[] = {
      {"_string", 1 << LFM2_KIND_STRING},
      {"_mapping", 1 << LFM2_KIND_MAPPING},
      {"_integer", 1 << LFM2_KIND_INTEGER | 1 << LFM2_KIND_BOOL},
      {"_number",
       1 << LFM2_KIND_NUMBER | 1 << LFM2_KIND_INTEGER | 1 << LFM2_KIND_BOOL},
  };
  StringRef name = node.parts[0]->text;
  if (name == "_end")
    return add(node, LFM2_OP_CONSTANT, 0, program.addString(endOfContent));
  for (size_t i = 1; i < node.parts.size(); ++i)
    value(*node.parts[i]);
  for (const auto &[check, kinds] : expected)
    if (name == check)
      return add(node, LFM2_OP_EXPECT, 0, kinds);
  if (!name.consume_front("_"))
    return help(node, name, node.parts.size() - 1);
  const auto *found = llvm::find_if(
      natives, [&](StringRef each) { return each.equals_insensitive(name); });
  program.changesCase |= name == "case";
  native(node, unsigned(found - natives));
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
  if ((*method)->lowered == Lowered::Cycle)
    return cycle(node);
  arguments(node, *bound);
  const char *other = (*method)->helper;
  help(node, other ? other : (*method)->name, bound->size() + 1);
}

// loop.cycle(a, b): the loop is on the stack.
void Emitter::cycle(const Node &node) {
  if (node.parts.size() < 2)
    return fail(node, "expected values in loop.cycle(), found none");
  for (size_t i = 1; i < node.parts.size(); ++i)
    value(*node.parts[i]);
  add(node, LFM2_OP_TUPLE, 0, node.parts.size() - 1);
  // The loop again, and without the one below.
  value(*node.parts[0]->parts[0]);
  add(node, LFM2_OP_LOOP, LFM2_LOOP_INDEX);
  constant(node, 1);
  add(node, LFM2_OP_BINARY, LFM2_BINARY_SUBTRACT);
  constant(node, int64_t(node.parts.size()) - 1);
  add(node, LFM2_OP_BINARY, LFM2_BINARY_MODULO);
  add(node, LFM2_OP_ITEM);
  add(node, LFM2_OP_DROP);
}

// namespace(a=1) and dict(a=1).
void Emitter::fieldsOf(const Node &node, bool isNamespace) {
  if (!isNamespace) {
    for (size_t i = 0; i < node.names.size(); ++i) {
      add(node, LFM2_OP_CONSTANT, 0, program.addString(node.names[i]));
      value(*node.parts[1 + i]);
    }
    return add(node, LFM2_OP_MAPPING, 0, node.names.size());
  }
  const unsigned made = function->slots.count++;
  add(node, LFM2_OP_NAMESPACE);
  add(node, LFM2_OP_STORE, 0, made);
  for (size_t i = 0; i < node.names.size(); ++i) {
    if (StringRef(node.names[i]).starts_with("_"))
      return fail(node, "the field '" + node.names[i] +
                            "' cannot be set: its name starts with '_'");
    value(*node.parts[1 + i]);
    add(node, LFM2_OP_LOAD, 0, made);
    add(node, LFM2_OP_SET_FIELD, 0, program.addString(node.names[i]));
  }
  add(node, LFM2_OP_LOAD, 0, made);
}

void Emitter::callFunction(const Node &node) {
  const CallSite site("function", node.parts[0]->text, node);
  const Builtin &function = **findBuiltin(getFunctions(), site);
  const bool isNamespace = function.lowered == Lowered::Namespace;
  if (isNamespace || function.lowered == Lowered::Mapping) {
    if (site.numPositional() > 0)
      return fail(site.fail("is supported with names for its arguments only"));
    return fieldsOf(node, isNamespace);
  }
  auto bound = bindArguments(function, site);
  if (!bound)
    return fail(bound.takeError());
  if (function.lowered == Lowered::Range)
    return range(node);
  if (function.lowered == Lowered::Time)
    return time(node);
  arguments(node, *bound);
  help(node, function.helper, bound->size());
}

void Emitter::range(const Node &node) {
  const size_t count = node.parts.size() - 1;
  if (count == 0 || count > 3)
    return fail(node, "the function 'range' takes one to three arguments");
  if (count == 1)
    constant(node, 0);
  for (size_t i = 1; i <= count; ++i) {
    value(*node.parts[i]);
    add(node, LFM2_OP_EXPECT, 0, 1 << LFM2_KIND_INTEGER | 1 << LFM2_KIND_BOOL);
  }
  if (count < 3)
    constant(node, 1);
  help(node, "range", 3);
}

// The format is known, so a helper is made for it.
void Emitter::time(const Node &node) {
  const Node &format = *node.parts[1];
  if (format.kind != NodeKind::String)
    return fail(node,
                "strftime_now() is supported with a format that is written "
                "out only, as strftime_now('%Y')");
  const std::string name = "strftime " + format.text;
  if (!helpers.count(name)) {
    auto text = makeTimeHelper("strftime", format.text);
    if (!text)
      return fail(node, llvm::toString(text.takeError()));
    made.push_back(parseHelper(*text));
    helper(name, *made.back());
  }
  add(node, LFM2_OP_HELP, 0, helpers[name]);
}

//===-- Filters over several values
//----------------------------------------===//

// What `each` makes of all values on top, as a list. `each` gets the place to
// jump to from where a value is dropped.
template <typename Each>
void Emitter::transform(const Node &node, const Each &each) {
  add(node, LFM2_OP_BUILD);
  add(node, LFM2_OP_FOR);
  const size_t next = here();
  const size_t toEnd = jump(node, LFM2_OP_NEXT);
  each(next);
  add(node, LFM2_OP_APPEND);
  add(node, LFM2_OP_JUMP, 0, next);
  land(toEnd);
  add(node, LFM2_OP_BUILT);
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
    if (isNumber)
      constant(node, number);
    else
      add(node, LFM2_OP_CONSTANT, 0, program.addString(part));
    add(node, LFM2_OP_ITEM);
    if (!other)
      continue;
    value(*other);
    simple(node, LFM2_KIND_BOOL);
    help(node, "default", 3);
  }
}

static bool isGiven(const Argument &argument) {
  return argument.given && argument.given->kind != NodeKind::None;
}

void Emitter::keyed(const Node &node, const Builtin &builtin,
                    llvm::ArrayRef<Argument> bound) {
  // As a list, since both read it.
  transform(node, [](size_t) {});
  add(node, LFM2_OP_COPY);
  if (isGiven(bound.back())) {
    const Node &attribute = *bound.back().given;
    if (StringRef(attribute.text).contains(','))
      return fail(node, "sorting by several attributes is not supported");
    transform(node, [&](size_t) { fields(node, attribute, nullptr); });
  }
  arguments(node, bound.drop_back());
  help(node, builtin.name, bound.size() + 1);
}

void Emitter::joined(const Node &node, const Builtin &builtin,
                     std::vector<Argument> bound) {
  const auto at = size_t(builtin.number); // Of the attribute.
  if (isGiven(bound[at]))
    transform(node, [&](size_t) { fields(node, *bound[at].given, nullptr); });
  bound.erase(bound.begin() + long(at));
  arguments(node, bound);
  help(node, builtin.name, bound.size() + 1);
}

void Emitter::mapped(const CallSite &call, const Node &node) {
  // Jinja takes what is not true for nothing, here and in select().
  const size_t past = jump(node, LFM2_OP_OR);
  add(node, LFM2_OP_TUPLE, 0, 0);
  land(past);
  const auto expected =
      "is supported as map(attribute=...) or map('filter', ...)";
  const Node *attribute = nullptr, *other = nullptr;
  CallSite inner = call;
  if (call.numPositional() == 0) {
    for (const auto [name, given] : llvm::zip(call.names, call.arguments)) {
      if (name != "attribute" && name != "default")
        return fail(call.fail(expected));
      (name == "attribute" ? attribute : other) = given;
    }
    if (!attribute)
      return fail(call.fail(expected));
  } else {
    if (call.arguments[0]->kind != NodeKind::String)
      return fail(call.fail(expected));
    inner.name = call.arguments[0]->text;
    inner.arguments.erase(inner.arguments.begin());
  }
  transform(node, [&](size_t) {
    if (attribute)
      fields(node, *attribute, other);
    else
      filter(inner, node);
  });
  native(node, LFM2_NATIVE_ONCE);
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
  transform(node, [&](size_t next) {
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
  native(node, LFM2_NATIVE_ONCE);
}

//===-- Filters and tests
//--------------------------------------------------===//

void Emitter::filter(const CallSite &call, const Node &node) {
  auto found = findBuiltin(getFilters(), call);
  if (!found)
    return fail(found.takeError());
  const Builtin &builtin = **found;
  auto bound = builtin.lowered == Lowered::Map ? std::vector<Argument>()
                                               : bindArguments(builtin, call);
  if (!bound)
    return fail(bound.takeError());
  switch (builtin.lowered) {
  case Lowered::Map:
    return mapped(call, node);
  case Lowered::Select:
    return selected(call, node);
  case Lowered::Safe:
    return fail(call.fail("is supported at the end of a {{ }} only"));
  case Lowered::List:
    return transform(node, [](size_t) {});
  case Lowered::Keyed:
    return keyed(node, builtin, *bound);
  case Lowered::Joined:
    return joined(node, builtin, std::move(*bound));
  case Lowered::Native:
    return native(node, unsigned(builtin.number));
  default:
    arguments(node, *bound);
    return help(node, builtin.helper ? builtin.helper : builtin.name,
                bound->size() + 1);
  }
}

void Emitter::test(const CallSite &call, const Node &node) {
  auto found = findBuiltin(getTests(), call);
  if (!found)
    return fail(found.takeError());
  const Builtin &builtin = **found;
  auto bound = bindArguments(builtin, call);
  if (!bound)
    return fail(bound.takeError());
  const auto number = unsigned(builtin.number);
  switch (builtin.lowered) {
  case Lowered::Kinds:
    return add(node, LFM2_OP_TEST, 0, number);
  case Lowered::Not:
    return add(node, LFM2_OP_TEST, 0, 0xffff & ~number);
  case Lowered::Compare:
    arguments(node, *bound);
    return add(node, LFM2_OP_COMPARE, number);
  case Lowered::Divide:
    if (bound->empty())
      constant(node, 2);
    arguments(node, *bound);
    add(node, LFM2_OP_BINARY, LFM2_BINARY_MODULO);
    constant(node, builtin.number);
    return add(node, LFM2_OP_COMPARE, LFM2_COMPARE_EQUAL);
  case Lowered::Same: {
    const NodeKind kind = (*bound)[0].given->kind;
    if (kind == NodeKind::None)
      return add(node, LFM2_OP_TEST, 0, 1 << LFM2_KIND_NONE);
    if (kind != NodeKind::True && kind != NodeKind::False)
      return fail(call.fail("is supported for true, false and none only"));
    return help(node, kind == NodeKind::True ? "istrue" : "isfalse", 1);
  }
  default:
    return help(node, builtin.helper, 1);
  }
}
