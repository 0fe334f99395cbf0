// Printing, and values as text.
#include "runtime/chat/Machine.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {

void Machine::print(Text text) {
  auto *piece = text.bytes ? take<Piece>(1) : nullptr;
  if (!piece)
    return;
  *piece = {text, nullptr};
  (printed.last ? printed.last->next : printed.first) = piece;
  printed.last = piece;
}

Text Machine::join(const Printed &all) {
  TextBuilder text(*this);
  for (const Piece *piece = all.first; piece; piece = piece->next)
    text.put(piece->text);
  return text.text();
}

static void put(const char *text, uint64_t bytes, void *builder) {
  static_cast<TextBuilder *>(builder)->put({text, uint32_t(bytes)});
}

// As Python's str(). Tuples, numbers that are not finite, and what is no value
// of JSON have no text here.
Text Machine::textOf(const Value &value) {
  if (value.kind == Kind::String)
    return value.text();
  if (value.kind == undefinedKind)
    return {"", 0};
  if (value.kind > Kind::Mapping) {
    expected(LFM2_MESSAGE_PRINTABLE, value);
    return {"", 0};
  }
  bool seen = false;
  Value plain = rewrite(value, As::Printed, seen);
  TextBuilder text(*this);
  if (!ended() && !writeJson(plain, JsonStyle::repr(), put, &text))
    expected(LFM2_MESSAGE_PRINTABLE, value);
  return seen ? rewriteText(text.text(), true, seen) : text.text();
}

Value Machine::joinAll(const Value &values, Text separator) {
  Sequence all;
  if (!sequence(values, all))
    return Value();
  auto *texts = take<Text>(all.size);
  for (uint32_t i = 0; texts && i < all.size; ++i)
    texts[i] = textOf(all.values[i]);
  if (ended())
    return Value();
  TextBuilder text(*this);
  for (uint32_t i = 0; i < all.size; ++i) {
    if (i > 0)
      text.put(separator);
    text.put(texts[i]);
  }
  return text.value();
}

// values: value, ensure_ascii, indent or none, separators, sort_keys
Value Machine::toJson(const Value *values) {
  bool seen = false;
  Value value = rewrite(values[0], As::Json, seen);
  JsonStyle style;
  style.ensureAscii = isTrue(values[1]);
  if (values[2].kind != Kind::Null && check(values[2], integers))
    style.indent =
        int32_t(max<int64_t>(min<int64_t>(integerOf(values[2]), 100), 0));
  // They end in a zero each.
  for (int i = 3; i < 5; ++i)
    if (!check(values[i], maskOf(Kind::String)) || values[i].size == 0 ||
        values[i].bytes[values[i].size - 1])
      return fail(LFM2_MESSAGE_DAMAGED);
  style.itemSeparator = values[3].bytes;
  style.keySeparator = values[4].bytes;
  style.sortKeys = isTrue(values[5]);
  TextBuilder text(*this);
  if (!ended() && !writeJson(value, style, put, &text))
    expected(LFM2_MESSAGE_JSON, value);
  // What holds something foreign is foreign as a whole.
  return makeString(seen ? rewriteText(text.text(), true, seen) : text.text());
}

Text Machine::rewriteText(Text from, bool foreign, bool &seen) {
  TextBuilder text(*this);
  for (Letters letters(from); !letters.atEnd() && !ended();) {
    bool was = isForeign(*letters.at);
    uint32_t code = letters.next();
    seen |= was;
    text.putLetter(code, foreign && (was || form.spells(code)));
  }
  return text.text();
}

Value Machine::rewrite(const Value &value, As as, bool &seen,
                       uint32_t nesting) {
  bool foreign = as == As::Foreign;
  Value copy = value;
  if (count(1, nesting))
    return copy;
  if (value.kind == Kind::String)
    return makeString(rewriteText(value.text(), foreign, seen));
  if (has(value, as == As::Printed ? maskOf(Kind::List) : lists)) {
    auto *values = take<Value>(value.size);
    for (uint32_t i = 0; values && i < value.size; ++i)
      values[i] = rewrite(value.values[i], as, seen, nesting + 1);
    return makeList(values, value.size);
  }
  if (value.kind == Kind::Mapping) {
    auto *members = take<Member>(value.size);
    for (uint32_t i = 0; members && i < value.size; ++i) {
      const Member &member = value.members[i];
      Text name = rewriteText(member.name(), foreign, seen);
      members[i] = {name.at, name.bytes, 0,
                    rewrite(member.value, as, seen, nesting + 1)};
    }
    if (members)
      copy = makeMapping(members, value.size);
  } else if (value.kind > Kind::Mapping) {
    expected(as == As::Printed ? LFM2_MESSAGE_PRINTABLE : LFM2_MESSAGE_JSON,
             value);
  }
  return copy;
}

} // namespace lfm2rt
