#include "runtime/chat/Machine.h"
#include "runtime/chat/Strings.h"

namespace lfm2rt {

// How many values each filter, test, method and function takes; 0 for any
// number.
static constexpr uint8_t filterCounts[] = {5, 3, 1, 2, 1, 1, 1, 3, 2,
                                           1, 1, 4, 4, 3, 3, 3, 1, 4,
                                           3, 1, 2, 4, 2, 1, 1, 1, 1};
static_assert(sizeof(filterCounts) == LFM2_FILTER_NUM, "one for each");
static constexpr uint8_t methodCounts[] = {3, 3, 2, 2, 2, 2, 2, 2, 4, 1,
                                           1, 1, 1, 2, 2, 2, 2, 2, 2, 2,
                                           1, 1, 1, 1, 1, 3, 1, 0};
static_assert(sizeof(methodCounts) == LFM2_METHOD_NUM, "one for each");

// --- The stack ---

void Machine::push(const Value &value) {
  if (depth == mostValues) {
    heap.fail(
        "expected an expression of fewer than 1024 values, or macros that "
        "call each other less often, found more");
    return;
  }
  stack[depth++] = value;
}

Value Machine::pop() {
  if (depth == 0)
    return damaged(), Value();
  return stack[--depth];
}

Value *Machine::popAll(uint32_t count) {
  if (depth < count)
    return damaged(), nullptr;
  depth -= count;
  return stack + depth;
}

Value &Machine::top() {
  if (depth == 0) {
    damaged();
    depth = 1;
  }
  return stack[depth - 1];
}

Value Machine::constant(uint32_t number) {
  if (number >= form.count(LFM2_TEMPLATE_CONSTANTS))
    return damaged(), makeString({"", 0});
  return form.constant(number);
}

Value *Machine::variable(uint32_t levels, uint32_t slot) {
  Frame *found = frame;
  for (; levels > 0 && found; --levels)
    found = found->outer;
  if (!found || slot >= found->count)
    return damaged(), nullptr;
  return found->variables() + slot;
}

// The caller's variables come first, but for those that are no one's else.
Value Machine::resolve(uint32_t number) {
  Value named = constant(number);
  if (named.kind != Kind::String)
    return damaged(), Value();
  Text name = named.text();
  if (sameLetters(name, text("messages")))
    return around.messages;
  if (sameLetters(name, text("tools")))
    return around.tools;
  if (sameLetters(name, text("add_generation_prompt")))
    return makeBool(around.addGenerationPrompt);
  if (const Value *found = findMember(around.variables, name))
    return *found;
  const uint32_t *globals = form.globals();
  for (uint32_t i = 0; i < form.count(LFM2_TEMPLATE_GLOBALS); i += 2)
    if (sameLetters(name, form.name(globals[i])))
      return form.constant(globals[i + 1]);
  // Always given, though mostly none.
  return sameLetters(name, text("documents")) ? Value() : makeUndefined(name);
}

// --- Printing ---

void Machine::print(Text text) {
  if (text.bytes == 0)
    return;
  auto *piece = heap.take<Piece>(1);
  if (!piece)
    return;
  *piece = {text, nullptr};
  (printed.last ? printed.last->next : printed.first) = piece;
  printed.last = piece;
  printed.bytes += text.bytes;
}

Text Machine::join(const Printed &all) {
  if (all.first == all.last)
    return all.first ? all.first->text : Text{"", 0};
  TextBuilder text(heap);
  for (const Piece *piece = all.first; piece; piece = piece->next)
    text.put(piece->text);
  return text.finish();
}

// --- Values out of values ---

// Strings that are added to each other become one, without those between.
void Machine::sumUp(uint32_t count) {
  Value *values = popAll(count);
  if (!values || count == 0)
    return damaged();
  uint32_t strings = 0;
  while (strings < count && values[strings].kind == Kind::String)
    ++strings;
  Value sum = values[0];
  uint32_t next = 1;
  if (strings > 1) {
    TextBuilder text(heap);
    for (next = 0; next < strings; ++next)
      text.put(values[next].text());
    sum = text.value();
  }
  for (; next < count && !heap.ended(); ++next)
    sum = add(heap, sum, values[next]);
  push(sum);
}

void Machine::concat(uint32_t count) {
  Value *values = popAll(count);
  TextBuilder text(heap);
  for (uint32_t i = 0; values && i < count; ++i)
    lfm2rt::print(text, heap, values[i]);
  push(text.value());
}

Value Machine::compareTwo(uint32_t relation, const Value &a, const Value &b) {
  switch (relation) {
  case LFM2_COMPARE_EQUAL:
    return makeBool(isEqual(heap, a, b));
  case LFM2_COMPARE_UNEQUAL:
    return makeBool(!isEqual(heap, a, b));
  case LFM2_COMPARE_IN:
    return makeBool(contains(heap, b, a));
  case LFM2_COMPARE_NOT_IN:
    return makeBool(!contains(heap, b, a));
  default:
    break;
  }
  int order = compare(heap, a, b);
  // What is no number is neither below nor above.
  if (isNumber(a) && (numberOf(a) != numberOf(a) || numberOf(b) != numberOf(b)))
    return makeBool(false);
  switch (relation) {
  case LFM2_COMPARE_LESS:
    return makeBool(order < 0);
  case LFM2_COMPARE_UP_TO:
    return makeBool(order <= 0);
  case LFM2_COMPARE_GREATER:
    return makeBool(order > 0);
  default:
    return makeBool(order >= 0);
  }
}

Value Machine::makeNamespace(const Value *pairs, uint32_t count) {
  auto *made = heap.take<Namespace>(1);
  auto *fields = heap.take<Field>(count);
  if (!made || !fields)
    return Value();
  made->first = nullptr;
  for (uint32_t i = 0; i < count; ++i) {
    fields[i] = {pairs[size_t(2) * i].text(), pairs[size_t(2) * i + 1],
                 made->first};
    made->first = fields + i;
  }
  return makeObject(namespaceKind, made);
}

// A list, tuple, mapping or namespace.
void Machine::build(uint32_t op, uint32_t count) {
  bool isPairs = op == LFM2_OP_MAPPING || op == LFM2_OP_NAMESPACE;
  Value *values = popAll(isPairs ? 2 * count : count);
  if (!values)
    return;
  if (!isPairs) {
    auto *copies = heap.take<Value>(count);
    if (!copies)
      return;
    for (uint32_t i = 0; i < count; ++i)
      copies[i] = values[i];
    push(op == LFM2_OP_TUPLE ? makeTuple(copies, count)
                             : makeList(copies, count));
    return;
  }
  for (uint32_t i = 0; i < count; ++i)
    if (values[size_t(2) * i].kind != Kind::String) {
      heap.expected("strings as keys of a mapping", values[size_t(2) * i]);
      return;
    }
  if (op == LFM2_OP_NAMESPACE)
    return push(makeNamespace(values, count));
  auto *members = heap.take<Member>(count);
  if (!members)
    return;
  for (uint32_t i = 0; i < count; ++i)
    members[i] = {values[size_t(2) * i].bytes, values[size_t(2) * i].size, 0,
                  values[size_t(2) * i + 1]};
  push(makeMapping(members, count));
}

void Machine::setField(Text name) {
  Value target = pop(), value = pop();
  if (target.kind != namespaceKind) {
    heap.expected("a namespace to set a field of", target);
    return;
  }
  auto &fields = object<Namespace>(target);
  for (Field *field = fields.first; field; field = field->next)
    if (sameLetters(field->name, name)) {
      field->value = value;
      return;
    }
  auto *field = heap.take<Field>(1);
  if (!field)
    return;
  *field = {name, value, fields.first};
  fields.first = field;
}

void Machine::unpack(uint32_t count) {
  Sequence all;
  if (!sequenceOf(heap, pop(), all))
    return;
  if (all.size != count) {
    heap.fail(
        "expected as many values as there are names to set, found others");
    return;
  }
  while (count-- > 0)
    push(all.values[count]);
}

// --- Loops ---

void Machine::beginLoop() {
  Sequence all;
  if (!sequenceOf(heap, pop(), all))
    return;
  auto *loop = heap.take<Loop>(1);
  if (!loop)
    return;
  *loop = {all, 0, 0};
  push(makeObject(loopKind, loop));
}

void Machine::nextRound(uint32_t end) {
  if (top().kind != loopKind)
    return damaged();
  auto &loop = object<Loop>(top());
  if (loop.next < loop.all.size)
    return push(loop.all.values[loop.next++]);
  --depth;
  place = end;
}

void Machine::append() {
  Value value = pop();
  if (depth < 2 || stack[depth - 2].kind != growingKind)
    return damaged();
  auto &list = object<Growing>(stack[depth - 2]);
  if (list.size == list.capacity) {
    list.capacity = list.capacity ? list.capacity * 2 : 8;
    auto *larger = heap.take<Value>(list.capacity);
    if (!larger)
      return;
    for (uint32_t i = 0; i < list.size; ++i)
      larger[i] = list.values[i];
    list.values = larger;
  }
  list.values[list.size++] = value;
}

// --- Calls ---

Frame *Machine::enter(uint32_t function, Frame *outer) {
  uint32_t count = form.function(function).variables;
  auto *made = static_cast<Frame *>(
      heap.takeBytes(sizeof(Frame) + count * sizeof(Value), 8));
  if (!made)
    return nullptr;
  *made = {outer, count, 0};
  Value missing;
  missing.kind = missingKind;
  for (uint32_t i = 0; i < count; ++i)
    made->variables()[i] = missing;
  return made;
}

void Machine::bind(const lfm2_template_function &function, Frame &called,
                   const Value *values, uint32_t positional, uint32_t named) {
  Text name = form.name(function.name);
  if (positional > function.positional) {
    heap.fail("expected fewer arguments for macro ", name, ", found more");
    return;
  }
  Value *parameters = called.variables();
  for (uint32_t i = 0; i < positional; ++i)
    parameters[i] = values[i];
  for (uint32_t i = 0; i < named; ++i) {
    const Value *pair = values + positional + size_t(2) * i;
    uint32_t at = 0;
    while (at < function.parameters &&
           !sameLetters(form.name(function.names + at), pair->text()))
      ++at;
    if (at == function.parameters || parameters[at].kind != missingKind) {
      heap.fail("expected arguments that the macro has, each once, found ",
                pair->text());
      return;
    }
    parameters[at] = pair[1];
  }
}

void Machine::call(uint32_t positional, uint32_t named) {
  Value *values = popAll(positional + 2 * named + 1);
  if (!values)
    return;
  if (values->kind != macroKind) {
    heap.expected("a macro to call", *values);
    return;
  }
  const auto &macro = object<Macro>(*values);
  const lfm2_template_function &function = form.function(macro.function);
  Frame *called = enter(macro.function, macro.frame);
  if (!called)
    return;
  for (uint32_t i = 0; i < named; ++i)
    if (values[1 + positional + size_t(2) * i].kind != Kind::String)
      return damaged();
  bind(function, *called, values + 1, positional, named);
  if (numCalls == mostCalls) {
    heap.fail("expected at most 100 macros that call each other, found more");
    return;
  }
  calls[numCalls++] = {frame, place, printed};
  printed = {};
  frame = called;
  place = function.start;
}

Value Machine::callFunction(uint32_t function, const Value *values,
                            uint32_t count) {
  if (function == LFM2_FUNCTION_RANGE && count >= 1 && count <= 3)
    return rangeOf(heap, values, count);
  if (count != 1)
    return damaged(), Value();
  if (function == LFM2_FUNCTION_RAISE_EXCEPTION) {
    Text message = textOf(heap, values[0]);
    return heap.fail("the template refuses: ", message);
  }
  if (values[0].kind != Kind::String)
    return heap.expected("a format of time", values[0]);
  return formatTime(heap, around.clock, values[0].text());
}

// --- Instructions ---

// False at the end of the template.
bool Machine::step() {
  if (place >= form.count(LFM2_TEMPLATE_CODE))
    return damaged(), false;
  heap.line = form.lineOf(place);
  uint32_t instruction = form.code()[place++];
  uint32_t op = instruction & 0xff, few = instruction >> 8 & 0xff,
           wide = instruction >> 16;
  heap.count(1);
  switch (op) {
  case LFM2_OP_END:
    return false;
  case LFM2_OP_TEXT:
    print(constant(wide).text());
    break;
  case LFM2_OP_PRINT:
    print(textOf(heap, pop()));
    break;
  case LFM2_OP_CONSTANT:
    push(constant(wide));
    break;
  case LFM2_OP_SIMPLE:
    push(few == LFM2_SIMPLE_NONE        ? Value()
         : few == LFM2_SIMPLE_UNDEFINED ? makeUndefined(constant(wide).text())
         : few == LFM2_SIMPLE_FUNCTION ? makeObject<char>(callableKind, nullptr)
                                       : makeBool(few == LFM2_SIMPLE_TRUE));
    break;
  case LFM2_OP_LOAD:
    if (const Value *found = variable(few, wide))
      push(*found);
    break;
  case LFM2_OP_STORE: {
    Value value = pop();
    if (Value *to = variable(0, wide))
      *to = value;
    break;
  }
  case LFM2_OP_RESOLVE:
    push(resolve(wide));
    break;
  case LFM2_OP_POP:
    pop();
    break;
  case LFM2_OP_COPY:
    if (few >= depth)
      damaged();
    else
      push(stack[depth - 1 - few]);
    break;
  case LFM2_OP_UNDER: {
    Value b = pop(), a = pop();
    push(b);
    push(a);
    push(b);
    break;
  }
  case LFM2_OP_DROP: {
    Value kept = pop();
    pop();
    push(kept);
    break;
  }
  case LFM2_OP_JUMP:
    place = wide;
    break;
  case LFM2_OP_JUMP_FALSE:
    if (!isTrue(pop()))
      place = wide;
    break;
  case LFM2_OP_AND:
  case LFM2_OP_OR:
    if (isTrue(top()) == (op == LFM2_OP_OR))
      place = wide;
    else
      --depth;
    break;
  case LFM2_OP_GIVEN:
    if (const Value *found = variable(0, few))
      if (found->kind != missingKind)
        place = wide;
    break;
  case LFM2_OP_NOT:
    top() = makeBool(!isTrue(top()));
    break;
  case LFM2_OP_NEGATE:
    top() = negate(heap, top());
    break;
  case LFM2_OP_PLUS:
    top() = binary(heap, LFM2_BINARY_MULTIPLY, top(), makeInteger(1));
    break;
  case LFM2_OP_ADD:
    sumUp(wide);
    break;
  case LFM2_OP_BINARY: {
    Value b = pop();
    top() = binary(heap, few, top(), b);
    break;
  }
  case LFM2_OP_CONCAT:
    concat(wide);
    break;
  case LFM2_OP_COMPARE: {
    Value b = pop();
    top() = compareTwo(few, top(), b);
    break;
  }
  case LFM2_OP_ATTRIBUTE:
    top() = attributeOf(heap, top(), constant(wide).text());
    break;
  case LFM2_OP_ITEM: {
    Value key = pop();
    top() = itemOf(heap, top(), key);
    break;
  }
  case LFM2_OP_SLICE:
    if (const Value *bounds = popAll(3))
      top() = slice(heap, top(), bounds);
    break;
  case LFM2_OP_LIST:
  case LFM2_OP_TUPLE:
  case LFM2_OP_MAPPING:
  case LFM2_OP_NAMESPACE:
    build(op, wide);
    break;
  case LFM2_OP_SET_FIELD:
    setField(constant(wide).text());
    break;
  case LFM2_OP_UNPACK:
    unpack(wide);
    break;
  case LFM2_OP_FOR:
    beginLoop();
    break;
  case LFM2_OP_NEXT:
    nextRound(wide);
    break;
  case LFM2_OP_BUILD: {
    Value all = pop();
    if (auto *list = heap.take<Growing>(1)) {
      *list = {nullptr, 0, 0};
      push(makeObject(growingKind, list));
    }
    push(all);
    break;
  }
  case LFM2_OP_APPEND:
    append();
    break;
  case LFM2_OP_BUILT: {
    Value built = pop();
    if (built.kind != growingKind)
      return damaged(), false;
    const auto &list = object<Growing>(built);
    push(few ? makeOnce(heap, {list.values, list.size})
             : makeList(list.values, list.size));
    break;
  }
  case LFM2_OP_CAPTURE:
    if (auto *capture = heap.take<Capture>(1)) {
      *capture = {printed, captures};
      captures = capture;
      printed = {};
    }
    break;
  case LFM2_OP_CAPTURED: {
    if (!captures)
      return damaged(), false;
    Text text = join(printed);
    printed = captures->printed;
    captures = captures->before;
    push(makeString(text));
    break;
  }
  case LFM2_OP_MACRO: {
    auto *macro = heap.take<Macro>(1);
    if (wide >= form.count(LFM2_TEMPLATE_FUNCTIONS))
      return damaged(), false;
    if (!macro)
      break;
    *macro = {wide, frame};
    push(makeObject(macroKind, macro));
    break;
  }
  case LFM2_OP_CALL:
    call(few, wide);
    break;
  case LFM2_OP_RETURN: {
    if (numCalls == 0)
      return damaged(), false;
    Text text = join(printed);
    const Call &call = calls[--numCalls];
    printed = call.printed;
    frame = call.frame;
    place = call.place;
    push(makeString(text));
    break;
  }
  case LFM2_OP_FILTER: {
    const Value *values = popAll(wide);
    if (!values || few >= LFM2_FILTER_NUM || filterCounts[few] != wide)
      return damaged(), false;
    push(applyFilter(heap, form, few, values));
    break;
  }
  case LFM2_OP_TEST: {
    const Value *values = popAll(wide);
    if (!values || wide != (few == LFM2_TEST_DIVISIBLE ? 2 : 1))
      return damaged(), false;
    push(makeBool(applyTest(heap, form, few, values)));
    break;
  }
  case LFM2_OP_METHOD: {
    const Value *values = popAll(wide);
    if (!values || few >= LFM2_METHOD_NUM || wide == 0 ||
        (methodCounts[few] && methodCounts[few] != wide))
      return damaged(), false;
    push(callMethod(heap, form, few, values, wide));
    break;
  }
  case LFM2_OP_FUNCTION:
    if (const Value *values = popAll(wide))
      push(callFunction(few, values, wide));
    break;
  default:
    damaged();
  }
  return true;
}

Printed Machine::run() {
  stack = heap.take<Value>(mostValues);
  calls = heap.take<Call>(mostCalls);
  frame = enter(0, nullptr);
  if (heap.ended())
    return {};
  place = form.function(0).start;
  while (!heap.ended() && step()) {
  }
  heap.line = 0;
  return printed;
}

} // namespace lfm2rt
