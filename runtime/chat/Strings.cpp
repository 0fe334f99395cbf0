// What strings are split at, lose, and become in another case.
#include "runtime/chat/Machine.h"

namespace lfm2rt {

// Where `what` begins first; nullptr if nowhere. `bytes` is how many bytes it
// has there.
const char *Machine::find(Text text, Text what, uint32_t &bytes) {
  for (Letters letters(text);; letters.next()) {
    bool found = startsWith(letters.rest(), what, bytes);
    // At worst it looks at all of `what` at each place.
    if (!found && !letters.atEnd() && !count(1 + what.bytes / 64))
      continue;
    return found ? letters.at : nullptr;
  }
}

Value Machine::split(Text text, const Value &separator, int64_t most) {
  ListBuilder parts(*this);
  bool atSpace = separator.kind == Kind::Null;
  if (!atSpace && check(separator, maskOf(Kind::String)) && separator.size == 0)
    fail(LFM2_MESSAGE_SEPARATOR);
  while (!ended()) {
    if (atSpace) {
      text = strip(text, Value(), 1).text();
      if (text.bytes == 0)
        break;
    }
    uint32_t bytes = 0;
    const char *at = nullptr;
    if (most == 0) {
      // All the rest is one part.
    } else if (atSpace) {
      for (Letters letters(text); !letters.atEnd() && !at; letters.next())
        if (isSpace(letters.peek().code))
          at = letters.at;
    } else {
      at = find(text, separator.text(), bytes);
    }
    auto size = at ? uint32_t(at - text.at) : text.bytes;
    parts.add(makeString({text.at, size}));
    if (!at)
      break;
    --most;
    size += bytes;
    text = {text.at + size, text.bytes - size};
  }
  return parts.value();
}

// The last letter of a text that has some.
static uint32_t lastBytes(Text text) {
  uint32_t bytes = 1;
  while (bytes < text.bytes &&
         (uint8_t(text.at[text.bytes - bytes]) & 0xc0) == 0x80)
    ++bytes;
  return bytes;
}

Value Machine::strip(Text text, const Value &characters, int64_t sides) {
  bool atSpace = characters.kind == Kind::Null;
  if (!atSpace && !check(characters, maskOf(Kind::String)))
    return Value();
  const auto goes = [&](Text letter) {
    if (atSpace)
      return isSpace(letterAt(letter.at, letter.at + letter.bytes).code);
    uint32_t bytes;
    return find(characters.text(), letter, bytes) != nullptr;
  };
  while (sides & 1 && text.bytes > 0) {
    uint32_t bytes = letterAt(text.at, text.at + text.bytes).bytes;
    if (!goes({text.at, bytes}))
      break;
    text = {text.at + bytes, text.bytes - bytes};
  }
  while (sides & 2 && text.bytes > 0) {
    uint32_t bytes = lastBytes(text);
    if (!goes({text.at + text.bytes - bytes, bytes}))
      break;
    text.bytes -= bytes;
  }
  return makeString(text);
}

uint32_t Machine::mapped(uint32_t code, uint32_t to) const {
  uint32_t lower = code | 0x20;
  if (code < 0x80)
    return lower < 'a' || lower > 'z' ? code
           : to == LFM2_CASE_LOWER    ? lower
                                      : lower - 0x20;
  const lfm2_template_case *found = form.cases();
  for (uint32_t i = form.count(LFM2_TEMPLATE_CASES); i > 0; --i, ++found)
    if (code >= found->first && code <= found->last &&
        (code - found->first) % max(found->stride, 1u) == 0)
      return code + uint32_t(found->by[to]);
  return code;
}

Value Machine::changeCase(Text text, uint32_t to) {
  TextBuilder all(*this);
  for (Letters letters(text); !letters.atEnd() && !ended();) {
    bool foreign = isForeign(*letters.at); // As is what it becomes.
    uint32_t other = mapped(letters.next(), to % 3);
    if (other >= LFM2_CASE_TEXTS)
      all.put(nameAt(other - LFM2_CASE_TEXTS));
    else
      all.putLetter(other, foreign);
  }
  return all.value();
}

} // namespace lfm2rt
