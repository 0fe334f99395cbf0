// Statements; what expressions become stands in EmitValues.cpp, calls in
// EmitCalls.cpp.

#include "lib/Chat/Emitter.h"

#include "lib/Chat/Helpers.h"
#include "lib/Chat/Lexer.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"

using namespace lfm2c;
using llvm::StringRef;

static constexpr size_t most = 0xffff; // Of what an instruction names.

void Emitter::fail(llvm::Error other) {
  if (failed)
    llvm::consumeError(std::move(other));
  else
    error = llvm::joinErrors(std::move(error), std::move(other));
  failed = true;
}

void Emitter::fail(const Node &node, const std::string &what) {
  fail(templateError(node.line, what));
}

void Emitter::add(const Node &node, unsigned op, unsigned small, size_t wide) {
  if (small > 0xff || wide > most)
    fail(node, "the template is too large: it has more than 65535 constants, "
               "variables or instructions");
  function->code.push_back(uint32_t(op | small << 8 | wide << 16));
  function->lines.push_back(
      inHelper ? 0 : uint16_t(std::min<size_t>(node.line, most)));
}

size_t Emitter::jump(const Node &node, unsigned op, unsigned small) {
  add(node, op, small);
  return here() - 1;
}

void Emitter::land(size_t jump) {
  function->code[jump] |= uint32_t(std::min(here(), most) << 16);
}

static bool isJump(unsigned op) {
  switch (op) {
  case LFM2_OP_JUMP:
  case LFM2_OP_JUMP_FALSE:
  case LFM2_OP_AND:
  case LFM2_OP_OR:
  case LFM2_OP_GIVEN:
  case LFM2_OP_NEXT:
    return true;
  default:
    return false;
  }
}

llvm::Error Emitter::run(const std::vector<NodePtr> &statements) {
  findMacros(statements);
  emitEntry();
  emitMain(statements);
  emitHelpers();
  finish();
  return std::move(error);
}

// What a conversation begins and ends with, on no line of the template.
static Node nowhere() {
  return Node{NodeKind::Scope, 0, "", {}, {}, {}, {}, {}};
}

static void addNames(const Node &target, std::set<std::string> &names) {
  if (target.kind == NodeKind::Name)
    names.insert(target.text);
  for (const NodePtr &part : target.parts)
    addNames(*part, names);
}

void Emitter::findMacros(const std::vector<NodePtr> &statements) {
  std::set<std::string> others; // Names that stand for other values, too.
  std::vector<const std::vector<NodePtr> *> left = {&statements};
  while (!left.empty()) {
    const std::vector<NodePtr> &nodes = *left.back();
    left.pop_back();
    for (const NodePtr &node : nodes) {
      if (node->kind == NodeKind::Macro || node->kind == NodeKind::CallBlock)
        others.insert(node->parameters.names.begin(),
                      node->parameters.names.end());
      if (node->kind == NodeKind::Macro) {
        const auto [it, isNew] = macros.try_emplace(node->text, node.get());
        if (!isNew && parameterNames(*it->second) != parameterNames(*node))
          others.insert(node->text);
      } else if (node->kind == NodeKind::Set ||
                 node->kind == NodeKind::SetBlock ||
                 node->kind == NodeKind::For) {
        addNames(*node->parts[0], others);
      } else if (node->kind == NodeKind::With) {
        for (size_t i = 0; i < node->parts.size(); i += 2)
          addNames(*node->parts[i], others);
      }
      left.push_back(&node->body);
      left.push_back(&node->other);
    }
  }
  for (const std::string &name : others)
    macros.erase(name);
}

// Function 0 calls the template, and cuts what it printed where the last
// message is to be continued.
void Emitter::emitEntry() {
  const Node node = nowhere();
  function = &done[declare("", 0)];
  add(node, LFM2_OP_HELP, 0, 1);
}

void Emitter::emitMain(const std::vector<NodePtr> &statements) {
  const Node node = nowhere();
  FunctionCode &entry = *function;
  function = &done[declare("", 0)];
  Scope root(nullptr, function->slots);
  root.add(statements);
  scope = &root;
  enter(node, root);
  emitAll(statements);
  add(node, LFM2_OP_RETURN);
  scope = nullptr;
  function = &entry;
  help(node, "printed", 1);
  add(node, LFM2_OP_RETURN, 1);
}

void Emitter::emitHelpers() {
  inHelper = true;
  for (size_t i = 0; i < pending.size() && !failed; ++i) {
    const auto [number, node] = pending[i];
    emitFunction(*node, number, node->parameters.names);
  }
}

// Puts the functions behind each other: now their places are known.
void Emitter::finish() {
  const Node node = nowhere();
  for (size_t i = 0; i < done.size(); ++i) {
    const size_t start = program.code.size();
    program.functions[i].start = uint32_t(start);
    program.functions[i].variables = done[i].slots.count;
    for (uint32_t instruction : done[i].code)
      program.code.push_back(instruction + (isJump(instruction & 0xff)
                                                ? uint32_t(start << 16)
                                                : 0));
    program.lines.insert(program.lines.end(), done[i].lines.begin(),
                         done[i].lines.end());
    if (done[i].slots.count >= mostSlots || program.code.size() > most)
      return fail(node, "the template is too large: it has more than 1000 "
                        "variables or becomes more than 65535 instructions");
  }
}

size_t Emitter::declare(StringRef name, size_t parameters) {
  done.emplace_back();
  program.functions.push_back(
      {0, program.addString(name), uint32_t(parameters), 0});
  return done.size() - 1;
}

size_t Emitter::helper(StringRef name) {
  return helper(name, *findHelper(name));
}

size_t Emitter::helper(StringRef name, const Node &node) {
  const auto [it, isNew] = helpers.try_emplace(name.str(), 0);
  if (isNew) {
    it->second = declare("", node.parameters.names.size());
    pending.emplace_back(it->second, &node);
  }
  return it->second;
}

void Emitter::load(const Node &node, StringRef name) {
  const Variable variable = scope->find(name);
  add(node, LFM2_OP_LOAD, function->slots.depth - variable.depth,
      variable.slot);
}

void Emitter::store(const Node &node, StringRef name) {
  add(node, LFM2_OP_STORE, 0, scope->find(name).slot);
}

// Pushes a variable of the caller's.
void Emitter::resolve(const Node &node, StringRef name) {
  if (name == "messages")
    return help(node, "messages", 0);
  if (name == "add_generation_prompt")
    return help(node, "answers", 0);
  if (name == "tools") {
    constant(node, LFM2_INPUT_TOOLS);
    return native(node, LFM2_NATIVE_INPUT);
  }
  add(node, LFM2_OP_RESOLVE, 0, program.addString(name));
  if (name != "documents")
    return;
  // Always given, though mostly none.
  simple(node, LFM2_KIND_NONE);
  simple(node, LFM2_KIND_BOOL);
  help(node, "default", 3);
}

// Variables of the block that have to start with something.
void Emitter::enter(const Node &node, Scope &entered) {
  for (const Start &start : entered.getStarts()) {
    const uint32_t name = program.addString(start.name);
    const bool isFunction = llvm::any_of(
        getFunctions(), [&](const Builtin &b) { return start.name == b.name; });
    if (start.kind == Start::Caller && isFunction) {
      simple(node, LFM2_KIND_FUNCTION);
    } else if (start.kind == Start::Caller) {
      if (start.name == "self" || start.name == "super" ||
          start.name == "cycler" || start.name == "joiner" ||
          start.name == "lipsum" || start.name == "varargs" ||
          start.name == "kwargs")
        fail(node, "'" + start.name + "' is not supported in a chat template");
      if (!llvm::is_contained(program.variables, name))
        program.variables.push_back(name);
      resolve(node, start.name);
    } else if (start.kind == Start::Outer) {
      add(node, LFM2_OP_LOAD, function->slots.depth - start.outer.depth,
          start.outer.slot);
    } else {
      add(node, LFM2_OP_SIMPLE, LFM2_KIND_UNDEFINED, name);
    }
    add(node, LFM2_OP_STORE, 0, start.variable.slot);
  }
}

void Emitter::emitAll(const std::vector<NodePtr> &statements) {
  for (const NodePtr &statement : statements)
    emit(*statement);
}

// The body in a block of its own, whose scope has what it needs.
void Emitter::emitBlock(const Node &node, Scope &inner) {
  Scope *outer = std::exchange(scope, &inner);
  enter(node, inner);
  emitAll(node.body);
  scope = outer;
}

void Emitter::emit(const Node &node) {
  if (failed)
    return;
  switch (node.kind) {
  case NodeKind::Text:
    add(node, LFM2_OP_CONSTANT, 0, program.addString(node.text));
    add(node, LFM2_OP_PRINT);
    return;
  case NodeKind::Print:
    for (const NodePtr &part : node.parts) {
      // Nothing is escaped, so what is printed is safe as it is.
      value(part->kind == NodeKind::Filter && part->text == "safe"
                ? *part->parts[0]
                : *part);
      add(*part, LFM2_OP_PRINT);
    }
    return;
  case NodeKind::If:
    emitIf(node);
    return;
  case NodeKind::For:
    emitFor(node);
    return;
  case NodeKind::Set:
    value(*node.parts[1]);
    assign(*node.parts[0]);
    return;
  case NodeKind::Break:
    loops.back().breaks.push_back(jump(node, LFM2_OP_JUMP));
    return;
  case NodeKind::Continue:
    add(node, LFM2_OP_JUMP, 0, loops.back().next);
    return;
  case NodeKind::Return:
    value(*node.parts[0]);
    add(node, LFM2_OP_RETURN, 1);
    return;
  case NodeKind::Macro:
    emitMacro(node, node.text);
    store(node, node.text);
    return;
  case NodeKind::CallBlock:
    call(node, true);
    add(node, LFM2_OP_PRINT);
    return;
  default:
    break;
  }
  Scope inner(scope, function->slots);
  if (node.kind == NodeKind::With)
    for (size_t i = 0; i < node.parts.size(); i += 2)
      inner.addParameters(*node.parts[i]);
  inner.add(node.body);
  if (node.kind == NodeKind::With) {
    for (size_t i = 1; i < node.parts.size(); i += 2)
      value(*node.parts[i]);
    Scope *outer = std::exchange(scope, &inner);
    for (size_t i = node.parts.size(); i > 0; i -= 2)
      assign(*node.parts[i - 2]);
    scope = outer;
  }
  const bool keeps =
      node.kind == NodeKind::SetBlock || node.kind == NodeKind::FilterBlock;
  if (keeps)
    add(node, LFM2_OP_CAPTURE);
  emitBlock(node, inner);
  if (!keeps)
    return;
  add(node, LFM2_OP_CAPTURED);
  const NodePtr &filters = node.parts[node.kind == NodeKind::SetBlock ? 1 : 0];
  if (filters)
    value(*filters);
  if (node.kind == NodeKind::SetBlock) {
    assign(*node.parts[0]);
    return;
  }
  add(node, LFM2_OP_EXPECT, 0, 1 << LFM2_KIND_STRING);
  add(node, LFM2_OP_PRINT);
}

void Emitter::emitIf(const Node &node) {
  value(*node.parts[0]);
  const size_t toOther = jump(node, LFM2_OP_JUMP_FALSE);
  emitAll(node.body);
  if (node.other.empty()) {
    land(toOther);
    return;
  }
  const size_t toEnd = jump(node, LFM2_OP_JUMP);
  land(toOther);
  emitAll(node.other);
  land(toEnd);
}

// Pops into a name, a field, or several.
void Emitter::assign(const Node &target) {
  switch (target.kind) {
  case NodeKind::Name:
    store(target, target.text);
    return;
  case NodeKind::Field:
    if (StringRef(target.names[0]).starts_with("_"))
      fail(target, "the field '" + target.names[0] +
                       "' cannot be set: its name starts with '_'");
    load(target, target.text);
    add(target, LFM2_OP_SET_FIELD, 0, program.addString(target.names[0]));
    return;
  default:
    add(target, LFM2_OP_UNPACK, 0, target.parts.size());
    for (const NodePtr &part : target.parts)
      assign(*part);
  }
}

// Leaves those values of what is to be gone through for which the condition
// holds.
void Emitter::emitFiltered(const Node &node) {
  Scope inner(scope, function->slots);
  inner.addParameters(*node.parts[0]);
  inner.add(*node.parts[2]);
  enter(node, inner);
  add(node, LFM2_OP_BUILD);
  add(node, LFM2_OP_FOR);
  const size_t next = here();
  const size_t toEnd = jump(node, LFM2_OP_NEXT);
  add(node, LFM2_OP_COPY);
  Scope *outer = std::exchange(scope, &inner);
  assign(*node.parts[0]);
  value(*node.parts[2]);
  scope = outer;
  const size_t toDrop = jump(node, LFM2_OP_JUMP_FALSE);
  add(node, LFM2_OP_APPEND);
  add(node, LFM2_OP_JUMP, 0, next);
  land(toDrop);
  add(node, LFM2_OP_POP);
  add(node, LFM2_OP_JUMP, 0, next);
  land(toEnd);
  add(node, LFM2_OP_BUILT);
}

void Emitter::emitFor(const Node &node) {
  value(*node.parts[1]);
  if (node.parts[2])
    emitFiltered(node);
  Scope inner(scope, function->slots);
  inner.addLoop();
  inner.addParameters(*node.parts[0]);
  inner.add(node.body);
  add(node, LFM2_OP_FOR);
  // Jinja runs the else part where no round got to its end.
  unsigned finished = 0;
  if (!node.other.empty()) {
    finished = function->slots.count++;
    simple(node, LFM2_KIND_BOOL, 1);
    add(node, LFM2_OP_STORE, 0, finished);
  }
  Scope *outer = std::exchange(scope, &inner);
  add(node, LFM2_OP_COPY);
  store(node, "loop");
  loops.push_back({here(), {}});
  const size_t toEnd = jump(node, LFM2_OP_NEXT);
  assign(*node.parts[0]);
  enter(node, inner);
  emitAll(node.body);
  if (!node.other.empty()) {
    simple(node, LFM2_KIND_BOOL);
    add(node, LFM2_OP_STORE, 0, finished);
  }
  add(node, LFM2_OP_JUMP, 0, loops.back().next);
  scope = outer;
  for (size_t broken : loops.back().breaks)
    land(broken);
  if (!loops.back().breaks.empty())
    add(node, LFM2_OP_POP);
  loops.pop_back();
  land(toEnd);
  if (node.other.empty())
    return;
  add(node, LFM2_OP_LOAD, 0, finished);
  const size_t past = jump(node, LFM2_OP_JUMP_FALSE);
  Scope other(scope, function->slots);
  other.add(node.other);
  outer = std::exchange(scope, &other);
  enter(node, other);
  emitAll(node.other);
  scope = outer;
  land(past);
}

// Whether a macro with this in its body can be used by {% call %}.
static bool mentionsCaller(const Node &node) {
  if (node.kind == NodeKind::Name && node.text == "caller")
    return true;
  for (const auto *nodes : {&node.parts, &node.body, &node.other})
    for (const NodePtr &part : *nodes)
      if (part && mentionsCaller(*part))
        return true;
  return false;
}

std::vector<std::string> lfm2c::parameterNames(const Node &macro) {
  std::vector<std::string> names = macro.parameters.names;
  if (llvm::any_of(macro.body,
                   [](const NodePtr &n) { return mentionsCaller(*n); }) &&
      !llvm::is_contained(names, "caller"))
    names.emplace_back("caller");
  return names;
}

// Pushes the macro, or the body of a call block.
void Emitter::emitMacro(const Node &node, StringRef name) {
  if (function->slots.depth == 200)
    return fail(node, "macros within macros; at most 200 are supported");
  const std::vector<std::string> names = parameterNames(node);
  const size_t number = declare(name, names.size());
  done[number].slots.depth = function->slots.depth + 1;
  emitFunction(node, number, names);
  add(node, LFM2_OP_MACRO, 0, number);
}

void Emitter::emitFunction(const Node &node, size_t number,
                           const std::vector<std::string> &names) {
  FunctionCode *outerFunction = std::exchange(function, &done[number]);
  function->slots.isHelper = inHelper;
  std::vector<Loop> outerLoops = std::exchange(loops, {});
  Scope inner(scope, function->slots);
  for (StringRef parameter : names)
    inner.addParameter(parameter);
  const std::vector<NodePtr> &others = node.parameters.defaults;
  for (const NodePtr &other : others)
    inner.add(*other);
  inner.add(node.body);
  Scope *outerScope = std::exchange(scope, &inner);
  enter(node, inner);
  const size_t count = node.parameters.names.size(),
               plain = count - others.size();
  // Helpers are given all.
  for (size_t i = 0; i < names.size() && !inHelper; ++i) {
    const size_t given = jump(node, LFM2_OP_GIVEN, unsigned(i));
    if (i >= plain && i < count)
      value(*others[i - plain]);
    else
      add(node, LFM2_OP_SIMPLE, LFM2_KIND_UNDEFINED,
          program.addString(names[i]));
    store(node, names[i]);
    land(given);
  }
  emitAll(node.body);
  add(node, LFM2_OP_RETURN);
  scope = outerScope;
  loops = std::move(outerLoops);
  function = outerFunction;
}
