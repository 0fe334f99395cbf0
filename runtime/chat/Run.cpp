// The instructions.
#include "runtime/chat/Machine.h"
#include "runtime/json/Reader.h"

namespace lfm2rt {

// --- The stack ---

void Machine::push(const Value &value) {
  if (depth == mostValues)
    fail(LFM2_MESSAGE_STACK);
  else
    stack[depth++] = value;
}

// The last values on the stack, which are gone with the next push. They were
// counted.
Value *Machine::popAll(uint32_t count) {
  depth -= count;
  return stack + depth;
}

Value Machine::pop() { return *popAll(1); }

Value &Machine::top() { return stack[depth - 1]; }

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
  const struct {
    Text name;
    Value value;
  } own[] = {{text("messages"), messages},
             {text("tools"), tools},
             {text("add_generation_prompt"),
              makeBool(given.flags & LFM2RT_CHAT_ANSWER)}};
  for (const auto &each : own)
    if (sameLetters(name, each.name))
      return each.value;
  if (const Value *found = findMember(variables, name))
    return *found;
  const uint32_t *globals = form.words(LFM2_TEMPLATE_GLOBALS);
  for (uint32_t i = 0; i < form.count(LFM2_TEMPLATE_GLOBALS); i += 2)
    if (sameLetters(name, message(globals[i])))
      return form.constant(globals[i + 1]);
  // Always given, though mostly none.
  return sameLetters(name, text("documents")) ? Value() : makeUndefined(name);
}

// --- Values out of values ---

void Machine::build(uint32_t op, uint32_t count) {
  bool isPairs = op == LFM2_OP_MAPPING || op == LFM2_OP_NAMESPACE;
  const Value *values = popAll(isPairs ? 2 * count : count);
  if (isPairs) {
    bool isMapping = op == LFM2_OP_MAPPING;
    auto *made = take<Namespace>(1);
    auto *members = take<Member>(isMapping ? count : 0);
    auto *fields = take<Field>(isMapping ? 0 : count);
    if (!fields)
      return;
    made->first = nullptr;
    for (uint32_t i = 0; i < count; ++i, values += 2) {
      if (!check(values[0], maskOf(Kind::String)))
        return;
      if (isMapping) {
        members[i] = {values[0].bytes, values[0].size, 0, values[1]};
        continue;
      }
      fields[i] = {values[0].text(), values[1], made->first};
      made->first = fields + i;
    }
    return push(isMapping ? makeMapping(members, count)
                          : makeValue(namespaceKind, made));
  }
  auto *copies = take<Value>(count);
  if (!copies)
    return;
  memcpy(copies, values, count * sizeof(Value));
  push(makeValue(op == LFM2_OP_TUPLE ? tupleKind : Kind::List, copies, count));
}

void Machine::setField(Text name) {
  Value target = pop(), value = pop();
  if (!check(target, maskOf(namespaceKind)))
    return;
  auto &fields = object<Namespace>(target);
  Field *field = fields.first;
  while (field && !sameLetters(field->name, name))
    field = field->next;
  if (!field) {
    field = take<Field>(1);
    if (!field)
      return;
    field->name = name;
    field->next = fields.first;
    fields.first = field;
  }
  field->value = value;
}

void Machine::unpack(uint32_t count) {
  Sequence all;
  if (!sequence(pop(), all))
    return;
  if (all.size != count)
    fail(LFM2_MESSAGE_UNPACK);
  while (!ended() && count-- > 0)
    push(all.values[count]);
}

void Machine::nextRound(uint32_t end) {
  if (!check(top(), maskOf(loopKind)))
    return;
  auto &loop = object<Loop>(top());
  if (loop.next < loop.all.size)
    return push(loop.all.values[loop.next++]);
  --depth;
  place = end;
}

void Machine::append() {
  Value value = pop();
  const Value &below = stack[depth - 2];
  if (check(below, maskOf(growingKind)))
    ListBuilder::add(*this, object<Growing>(below), value);
}

// --- Calls ---

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
  if (given > function.positional)
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

void Machine::call(uint32_t positional, uint32_t named) {
  Value *values = popAll(positional + 2 * named + 1);
  if (!check(*values, maskOf(macroKind)))
    return;
  const auto &macro = object<Macro>(*values++);
  enter(macro.function, macro.frame, values, positional);
  if (ended())
    return;
  const lfm2_template_function &function = form.function(macro.function);
  for (values += positional; named > 0; --named, values += 2) {
    uint32_t at = 0;
    if (!check(*values, maskOf(Kind::String)))
      return;
    while (at < function.parameters &&
           !sameLetters(message(function.names + at), values->text()))
      ++at;
    if (at == function.parameters ||
        frame->variables()[at].kind != missingKind) {
      fail(LFM2_MESSAGE_ARGUMENTS, message(function.name));
      return;
    }
    frame->variables()[at] = values[1];
  }
}

void Machine::returnValue(bool given) {
  Value value = given ? pop() : makeString(join(printed));
  const Call &call = calls[--numCalls];
  frame = call.frame;
  printed = call.printed;
  place = call.place;
  depth = call.depth;
  push(value);
}

Value Machine::native(uint32_t which, const Value *values) {
  const Value &value = values[0];
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
  case LFM2_NATIVE_SORT:
    return sort(values);
  case LFM2_NATIVE_ITEMS:
    return items(value);
  case LFM2_NATIVE_PAIRS:
    return pairs(value);
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
  case LFM2_NATIVE_RANGE:
    return range(values);
  case LFM2_NATIVE_RAISE:
    return fail(LFM2_MESSAGE_PLAIN, textOf(value));
  case LFM2_NATIVE_CLOCK:
    return clock();
  case LFM2_NATIVE_FLAGS:
    return makeInteger(given.flags);
  default: {
    bool seen = false;
    return given.flags & LFM2RT_CHAT_TRUSTED
               ? value
               : rewrite(value, As::Foreign, seen);
  }
  }
}

// --- Instructions ---

void Machine::step() {
  // How many values each takes, and of which kinds the first is.
  static const struct {
    uint8_t count;
    uint16_t kinds;
  } natives[] = {
#define LFM2_COUNT(name, count, kinds) {count, kinds},
      LFM2_NATIVES(LFM2_COUNT)
#undef LFM2_COUNT
  };
  static const uint8_t needs[] = {
#define LFM2_TAKES(name, takes) takes,
      LFM2_OPS(LFM2_TAKES)
#undef LFM2_TAKES
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
    takes = few < LFM2_NATIVE_NUM ? natives[few].count : depth + 1;
  if (depth < takes)
    fail(LFM2_MESSAGE_DAMAGED);
  if (count(1))
    return;
  switch (op) {
  case LFM2_OP_PRINT:
    return print(textOf(pop()));
  case LFM2_OP_CONSTANT:
    if (wide >= form.count(LFM2_TEMPLATE_CONSTANTS))
      break;
    return push(form.constant(wide));
  case LFM2_OP_SIMPLE: {
    Value value = makeBool(wide);
    value.kind = Kind(few);
    if (value.kind == undefinedKind)
      value = makeUndefined(nameAt(wide));
    if (has(value, maskOf(Kind::Null) | maskOf(Kind::Bool) |
                       maskOf(undefinedKind) | maskOf(functionKind)))
      return push(value);
    break;
  }
  case LFM2_OP_LOAD:
    return push(*variable(few, wide));
  case LFM2_OP_STORE:
    *variable(0, wide) = pop();
    return;
  case LFM2_OP_RESOLVE:
    return push(resolve(nameAt(wide)));
  case LFM2_OP_POP:
    pop();
    return;
  case LFM2_OP_COPY:
    return push(top());
  case LFM2_OP_UNDER: {
    const Value *two = popAll(2);
    Value a = two[0], b = two[1];
    push(b);
    push(a);
    return push(b);
  }
  case LFM2_OP_DROP: {
    Value kept = pop();
    top() = kept;
    return;
  }
  case LFM2_OP_JUMP:
    place = wide;
    return;
  case LFM2_OP_JUMP_FALSE:
    if (!isTrue(pop()))
      place = wide;
    return;
  case LFM2_OP_AND:
  case LFM2_OP_OR:
    if (isTrue(top()) == (op == LFM2_OP_OR))
      place = wide;
    else
      --depth;
    return;
  case LFM2_OP_GIVEN:
    if (variable(0, few)->kind != missingKind)
      place = wide;
    return;
  case LFM2_OP_NOT:
    top() = makeBool(!isTrue(top()));
    return;
  case LFM2_OP_ADD:
    return push(sum(popAll(wide), wide));
  case LFM2_OP_BINARY: {
    const Value *two = popAll(2);
    return push(binary(few, two[0], two[1]));
  }
  case LFM2_OP_CONCAT:
    return push(joinAll(makeList(popAll(wide), wide), {"", 0}));
  case LFM2_OP_COMPARE: {
    const Value *two = popAll(2);
    return push(makeBool(relate(few, two[0], two[1])));
  }
  case LFM2_OP_ATTRIBUTE:
    top() = attribute(top(), nameAt(wide));
    return;
  case LFM2_OP_ITEM: {
    const Value *two = popAll(2);
    return push(item(two[0], two[1]));
  }
  case LFM2_OP_SLICE: {
    const Value *all = popAll(4);
    return push(slice(all[0], all + 1));
  }
  case LFM2_OP_LOOP:
    top() = ofLoop(top(), few);
    return;
  case LFM2_OP_LIST:
  case LFM2_OP_TUPLE:
  case LFM2_OP_MAPPING:
  case LFM2_OP_NAMESPACE:
    return build(op, wide);
  case LFM2_OP_SET_FIELD:
    return setField(nameAt(wide));
  case LFM2_OP_UNPACK:
    return unpack(wide);
  case LFM2_OP_FOR: {
    auto *loop = take<Loop>(1);
    if (!loop || !sequence(pop(), loop->all))
      return;
    loop->next = 0;
    return push(makeValue(loopKind, loop));
  }
  case LFM2_OP_NEXT:
    return nextRound(wide);
  case LFM2_OP_BUILD: {
    Value all = pop();
    auto *list = take<Growing>(1);
    if (!list)
      return;
    *list = {nullptr, 0, 0};
    push(makeValue(growingKind, list));
    return push(all);
  }
  case LFM2_OP_APPEND:
    return append();
  case LFM2_OP_BUILT:
    if (check(top(), maskOf(growingKind))) {
      const auto &list = object<Growing>(top());
      top() = makeList(list.values, list.size);
    }
    return;
  case LFM2_OP_CAPTURE:
    if (auto *capture = take<Capture>(1)) {
      *capture = {printed, captures};
      captures = capture;
      printed = {};
    }
    return;
  case LFM2_OP_CAPTURED: {
    if (!captures)
      break;
    Text text = join(printed);
    printed = captures->printed;
    captures = captures->before;
    return push(makeString(text));
  }
  case LFM2_OP_MACRO: {
    auto *macro = take<Macro>(1);
    if (!macro)
      return;
    *macro = {wide, frame};
    return push(makeValue(macroKind, macro));
  }
  case LFM2_OP_CALL:
    return call(few, wide);
  case LFM2_OP_HELP: {
    const Value *values = popAll(few);
    return enter(wide, nullptr, values, few);
  }
  case LFM2_OP_RETURN:
    return returnValue(few);
  case LFM2_OP_TEST:
    top() = makeBool(has(top(), wide));
    return;
  case LFM2_OP_EXPECT:
    check(top(), wide);
    return;
  case LFM2_OP_NATIVE: {
    const Value *values = popAll(natives[few].count);
    if (natives[few].count == 0 || check(values[0], natives[few].kinds))
      push(native(few, values));
    return;
  }
  default:
    break;
  }
  fail(LFM2_MESSAGE_DAMAGED);
}

} // namespace lfm2rt
