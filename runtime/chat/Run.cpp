// The instructions.
#include "runtime/chat/Machine.h"
#include "runtime/json/Reader.h"

namespace lfm2rt {

void Machine::push(const Value &value) {
  if (depth == mostValues)
    fail(LFM2_MESSAGE_STACK);
  else
    stack[depth++] = value;
}

Text Machine::nameAt(uint32_t constant) {
  if (constant < form.count(LFM2_TEMPLATE_CONSTANTS)) {
    Value value = form.constant(constant);
    if (value.kind == Kind::String)
      return value.text();
  }
  fail(LFM2_MESSAGE_DAMAGED);
  return {"", 0};
}

Value *Machine::variable(uint32_t levels, uint32_t slot) {
  Frame *found = frame;
  for (; levels > 0 && found; --levels)
    found = found->outer;
  if (found && slot < found->count)
    return found->variables() + slot;
  fail(LFM2_MESSAGE_DAMAGED);
  return stack;
}

Value Machine::resolve(Text name) {
  if (const Value *found = findMember(variables, name))
    return *found;
  const uint32_t *globals = form.words(LFM2_TEMPLATE_GLOBALS);
  for (uint32_t i = 0; i < form.count(LFM2_TEMPLATE_GLOBALS); i += 2)
    if (sameLetters(name, message(globals[i])))
      return form.constant(globals[i + 1]);
  return makeUndefined(name);
}

// A list, a tuple, or a mapping of keys and values in turn.
Value Machine::build(uint32_t op, const Value *values, uint32_t count) {
  if (op != LFM2_OP_MAPPING) {
    auto *copies = take<Value>(count);
    if (!copies)
      return Value();
    memcpy(copies, values, count * sizeof(Value));
    return makeValue(op == LFM2_OP_TUPLE ? tupleKind : Kind::List, copies,
                     count);
  }
  count /= 2;
  auto *members = take<Member>(count);
  for (uint32_t i = 0; i < count && !ended(); ++i, values += 2)
    if (check(values[0], maskOf(Kind::String)))
      members[i] = {values[0].bytes, values[0].size, 0, values[1]};
  return ended() ? Value() : makeMapping(members, count);
}

void Machine::setField(const Value &space, Text name, const Value &value) {
  if (!check(space, maskOf(namespaceKind)))
    return;
  Field **at = &object<Namespace>(space).first;
  while (*at && !sameLetters((*at)->name, name))
    at = &(*at)->next;
  if (!*at) {
    auto *made = take<Field>(1);
    if (!made)
      return;
    made->name = name;
    made->next = nullptr;
    *at = made;
  }
  (*at)->value = value;
}

void Machine::enter(uint32_t number, Frame *outer, const Value *values,
                    uint32_t given) {
  if (number >= form.count(LFM2_TEMPLATE_FUNCTIONS)) {
    fail(LFM2_MESSAGE_DAMAGED);
    return;
  }
  const lfm2_template_function &function = form.function(number);
  auto *made = static_cast<Frame *>(
      takeBytes(sizeof(Frame) + function.variables * sizeof(Value), 8));
  if (numCalls == mostCalls)
    fail(LFM2_MESSAGE_STACK);
  if (given > function.parameters)
    fail(LFM2_MESSAGE_ARGUMENTS, message(function.name));
  if (ended())
    return;
  made->outer = outer;
  made->count = function.variables;
  for (uint32_t i = 0; i < function.variables; ++i)
    made->variables()[i] =
        i < given ? values[i] : makeValue(missingKind, nullptr);
  calls[numCalls++] = {frame, printed, place, depth};
  printed = {};
  frame = made;
  place = function.start;
}

Value Machine::input(int64_t which) {
  switch (which) {
  case LFM2_INPUT_MESSAGES:
    return messages;
  case LFM2_INPUT_TOOLS:
    return tools;
  case LFM2_INPUT_FLAGS:
    return makeInteger(given.flags);
  default:
    return makeInteger(
        int64_t(uint64_t(given.now) + uint64_t(given.utc_offset)));
  }
}

Value Machine::native(uint32_t which, const Value *values) {
  const Value &value = values[0];
  bool seen = false;
  switch (which) {
  case LFM2_NATIVE_SPLIT:
    return split(value.text(), values[1], integerOf(values[2]));
  case LFM2_NATIVE_STRIP:
    return strip(value.text(), values[1], integerOf(values[2]));
  case LFM2_NATIVE_CASE:
    return changeCase(value.text(), uint32_t(integerOf(values[1])));
  case LFM2_NATIVE_JOIN:
    return check(values[1], maskOf(Kind::String))
               ? joinAll(value, values[1].text())
               : Value();
  case LFM2_NATIVE_TOJSON:
    return toJson(values);
  case LFM2_NATIVE_LENGTH:
    return length(value);
  case LFM2_NATIVE_PAIRS:
    return build(LFM2_OP_MAPPING, value.values, value.size);
  case LFM2_NATIVE_ONCE: {
    auto *once = take<Sequence>(1);
    if (!once)
      return Value();
    *once = {value.values, value.size};
    return makeValue(onceKind, once);
  }
  case LFM2_NATIVE_READ: {
    JsonError wrong;
    const Value *said = readJson(arena, value.text(), wrong);
    if (arena.overflowed())
      status = LFM2RT_NO_MEMORY;
    return said ? *said : Value();
  }
  case LFM2_NATIVE_TRUNCATE: {
    double number = numberOf(value);
    if (!(number > -9.2e18 && number < 9.2e18))
      return fail(LFM2_MESSAGE_OVERFLOW);
    return makeInteger(int64_t(number));
  }
  case LFM2_NATIVE_RAISE:
    return fail(LFM2_MESSAGE_PLAIN, textOf(value));
  case LFM2_NATIVE_INPUT:
    return input(value.integer);
  default:
    return given.flags & LFM2RT_CHAT_TRUSTED
               ? value
               : rewrite(value, As::Foreign, seen);
  }
}

void Machine::step() {
  static const uint8_t needs[] = {
#define LFM2_TAKES(name, takes) takes,
      LFM2_OPS(LFM2_TAKES)
#undef LFM2_TAKES
  };
  // How many values each takes, and of which kinds the first is.
  static const uint16_t natives[][2] = {
#define LFM2_COUNT(name, count, kinds) {count, kinds},
      LFM2_NATIVES(LFM2_COUNT)
#undef LFM2_COUNT
  };
  if (place >= form.count(LFM2_TEMPLATE_CODE)) {
    fail(LFM2_MESSAGE_DAMAGED);
    return;
  }
  if (uint32_t own = form.lineOf(place))
    line = own;
  uint32_t instruction = form.words(LFM2_TEMPLATE_CODE)[place++];
  uint32_t op = instruction & 0xff, few = instruction >> 8 & 0xff,
           wide = instruction >> 16;
  uint32_t takes = op < LFM2_OP_NUM ? needs[op] : 0;
  takes = (takes & 7) + (takes & 8 ? wide : 0) + (takes & 16 ? 2 * wide : 0) +
          (takes & 32 ? few : 0);
  if (op == LFM2_OP_NATIVE)
    takes = few < LFM2_NATIVE_NUM ? natives[few][0] : mostValues + 1;
  if (depth < takes)
    fail(LFM2_MESSAGE_DAMAGED);
  if (ended())
    return;
  depth -= takes;
  // What it takes; and what it leaves, if it gets to the end.
  const Value *values = stack + depth;
  uint64_t cost = 1;
  while (takes > 0)
    cost += values[--takes].size / 16;
  if (count(cost))
    return;
  Value result = values[0];
  switch (op) {
  case LFM2_OP_PRINT:
    return print(textOf(values[0]));
  case LFM2_OP_CONSTANT:
    if (wide >= form.count(LFM2_TEMPLATE_CONSTANTS))
      return void(fail(LFM2_MESSAGE_DAMAGED));
    result = form.constant(wide);
    break;
  case LFM2_OP_SIMPLE:
    result = makeBool(wide);
    result.kind = Kind(few % LFM2_KIND_NUM);
    if (few == LFM2_KIND_UNDEFINED)
      result = makeUndefined(nameAt(wide));
    check(result, maskOf(Kind::Null) | maskOf(Kind::Bool) |
                      maskOf(undefinedKind) | maskOf(functionKind) |
                      maskOf(missingKind));
    break;
  case LFM2_OP_LOAD:
    result = *variable(few, wide);
    break;
  case LFM2_OP_STORE:
    *variable(0, wide) = result;
    return;
  case LFM2_OP_RESOLVE:
    result = resolve(nameAt(wide));
    break;
  case LFM2_OP_POP:
    return;
  case LFM2_OP_COPY:
    ++depth;
    break;
  case LFM2_OP_UNDER:
    depth += 2;
    result = values[1];
    stack[depth - 1] = values[0];
    stack[depth - 2] = result;
    break;
  case LFM2_OP_DROP:
    result = values[1];
    break;
  case LFM2_OP_JUMP_FALSE:
    if (isTrue(result))
      return;
    [[fallthrough]];
  case LFM2_OP_JUMP:
    place = wide;
    return;
  case LFM2_OP_AND:
  case LFM2_OP_OR:
    if (isTrue(result) != (op == LFM2_OP_OR))
      return;
    place = wide;
    break;
  case LFM2_OP_GIVEN:
    if (variable(0, few)->kind != missingKind)
      place = wide;
    return;
  case LFM2_OP_NOT:
    result = makeBool(!isTrue(result));
    break;
  case LFM2_OP_ADD:
    result = sum(values, wide);
    break;
  case LFM2_OP_BINARY:
    result = binary(few, values[0], values[1]);
    break;
  case LFM2_OP_CONCAT:
    result = joinAll(makeList(values, wide), {"", 0});
    break;
  case LFM2_OP_COMPARE:
    result = makeBool(relate(few, values[0], values[1]));
    break;
  case LFM2_OP_ATTRIBUTE:
    result = attribute(values[0], nameAt(wide), few);
    break;
  case LFM2_OP_ITEM:
    result = item(values[0], values[1], few);
    break;
  case LFM2_OP_SLICE:
    result = slice(values[0], values + 1);
    break;
  case LFM2_OP_LOOP:
    result = ofLoop(values[0], few);
    break;
  case LFM2_OP_LIST:
  case LFM2_OP_TUPLE:
  case LFM2_OP_MAPPING:
    result = build(op, values, op == LFM2_OP_MAPPING ? 2 * wide : wide);
    break;
  case LFM2_OP_NAMESPACE: {
    auto *made = take<Namespace>(1);
    if (!made)
      return;
    made->first = nullptr;
    result = makeValue(namespaceKind, made);
    break;
  }
  case LFM2_OP_SET_FIELD:
    return setField(values[1], nameAt(wide), values[0]);
  case LFM2_OP_UNPACK: {
    Sequence all;
    if (!sequence(values[0], all))
      return;
    if (all.size != wide)
      fail(LFM2_MESSAGE_UNPACK);
    while (wide-- > 0 && !ended())
      push(all.values[wide]);
    return;
  }
  case LFM2_OP_FOR: {
    auto *loop = take<Loop>(1);
    if (!loop || !sequence(values[0], loop->all))
      return;
    loop->next = 0;
    result = makeValue(loopKind, loop);
    break;
  }
  case LFM2_OP_NEXT: {
    if (!check(result, maskOf(loopKind)))
      return;
    auto &loop = object<Loop>(result);
    if (loop.next == loop.all.size) {
      place = wide;
      return;
    }
    ++depth;
    result = loop.all.values[loop.next++];
    break;
  }
  case LFM2_OP_BUILD: {
    auto *list = take<Growing>(1);
    if (!list)
      return;
    *list = {nullptr, 0, 0};
    push(makeValue(growingKind, list));
    break;
  }
  case LFM2_OP_APPEND:
    depth += 2;
    if (check(values[0], maskOf(growingKind)))
      ListBuilder::add(*this, object<Growing>(values[0]), values[2]);
    return;
  case LFM2_OP_BUILT:
    if (check(result, maskOf(growingKind))) {
      const auto &list = object<Growing>(result);
      result = makeList(list.values, list.size);
    }
    break;
  case LFM2_OP_CAPTURE:
    if (auto *capture = take<Capture>(1)) {
      *capture = {printed, captures};
      captures = capture;
      printed = {};
    }
    return;
  case LFM2_OP_CAPTURED:
    if (!captures)
      return void(fail(LFM2_MESSAGE_DAMAGED));
    result = makeString(join(printed));
    printed = captures->printed;
    captures = captures->before;
    break;
  case LFM2_OP_MACRO: {
    auto *macro = take<Macro>(1);
    if (!macro)
      return;
    *macro = {wide, frame};
    result = makeValue(macroKind, macro);
    break;
  }
  case LFM2_OP_CALL:
    if (check(result, maskOf(macroKind)))
      enter(object<Macro>(result).function, object<Macro>(result).frame,
            values + 1, few);
    return;
  case LFM2_OP_HELP:
    return enter(wide, nullptr, values, few);
  case LFM2_OP_RETURN: {
    if (few == 0)
      result = makeString(join(printed));
    const Call &call = calls[--numCalls];
    line = numCalls > 1 ? line : 0; // Behind the template itself.
    frame = call.frame;
    printed = call.printed;
    place = call.place;
    depth = call.depth;
    break;
  }
  case LFM2_OP_TEST:
    result = makeBool(has(result, wide));
    break;
  case LFM2_OP_EXPECT:
    check(result, wide);
    break;
  case LFM2_OP_NATIVE:
    if (!check(values[0], natives[few][1]))
      return;
    result = native(few, values);
    break;
  default:
    fail(LFM2_MESSAGE_DAMAGED);
  }
  push(result);
}

} // namespace lfm2rt
