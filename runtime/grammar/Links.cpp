#include "runtime/grammar/Links.h"
#include "runtime/json/Utf8.h"

namespace lfm2rt {
namespace grammar {

namespace {

class Emitter {
public:
  explicit Emitter(Links &links) : links(links) {}

  // Calls itself as deep as the tree is, which its reader limits.
  void emit(const Node &node, uint32_t from, uint32_t to);

private:
  Links &links;

  // Bytes that start as others from the same state do go along with these.
  void emitBytes(const char *bytes, uint32_t count, uint32_t from,
                 uint32_t to) {
    if (count == 0)
      return links.skip(from, to);
    for (uint32_t i = 0; i < count && !links.full(); ++i) {
      const uint32_t byte = uint8_t(bytes[i]), what = byte | byte << 8;
      if (i + 1 == count)
        return links.add(from, what, to);
      uint32_t at = links.head(from);
      while (at != none && (links.link(at).what != what ||
                            !links.inner(links.link(at).target)))
        at = links.link(at).next;
      uint32_t inner;
      if (at != none) {
        inner = links.link(at).target;
      } else {
        inner = links.newState();
        if (links.full())
          return;
        links.setInner(inner);
        links.add(from, what, inner);
      }
      from = inner;
    }
  }

  // States from which so many bytes of the inside of a character lead to `to`;
  // made when they are wanted.
  struct Tails {
    uint32_t to;
    uint32_t state[3];
  };
  uint32_t tail(Tails &tails, uint32_t count) {
    if (count == 0)
      return tails.to;
    uint32_t &state = tails.state[count - 1];
    if (state == none) {
      uint32_t next = tail(tails, count - 1);
      state = links.newState();
      links.addByte(state, 0x80, 0xbf, next);
    }
    return state;
  }

  static bool allAre(const uint8_t *bytes, uint32_t count, uint8_t byte) {
    for (uint32_t i = 0; i < count; ++i)
      if (bytes[i] != byte)
        return false;
    return true;
  }

  // Characters of equal length, `count` bytes, from `low` to `high`. Calls
  // itself for the bytes behind the first, at most 3.
  void emitSpan(const uint8_t *low, const uint8_t *high, uint32_t count,
                uint32_t from, Tails &tails) {
    static const uint8_t least[] = {0x80, 0x80, 0x80};
    static const uint8_t most[] = {0xbf, 0xbf, 0xbf};
    uint32_t first = low[0], last = high[0];
    const uint32_t rest = count - 1;
    if (first == last && rest > 0 &&
        !(allAre(low + 1, rest, 0x80) && allAre(high + 1, rest, 0xbf))) {
      uint32_t inner = links.newState();
      links.addByte(from, first, first, inner);
      return emitSpan(low + 1, high + 1, rest, inner, tails);
    }
    if (!allAre(low + 1, rest, 0x80)) {
      uint32_t inner = links.newState();
      links.addByte(from, first, first, inner);
      emitSpan(low + 1, most, rest, inner, tails);
      ++first;
    }
    const bool cut = !allAre(high + 1, rest, 0xbf);
    if (cut)
      --last;
    if (first <= last)
      links.addByte(from, first, last, tail(tails, rest));
    if (cut) {
      uint32_t inner = links.newState();
      links.addByte(from, high[0], high[0], inner);
      emitSpan(least, high + 1, rest, inner, tails);
    }
  }

  void emitRange(Range range, uint32_t from, Tails &tails) {
    // Characters of equal length; what is between 0xd800 and 0xdfff is none.
    static const Range lengths[] = {{0, 0x7f},
                                    {0x80, 0x7ff},
                                    {0x800, 0xd7ff},
                                    {0xe000, 0xffff},
                                    {0x10000, lastCodePoint}};
    for (const Range &part : lengths) {
      const uint32_t low = max(range.low, part.low);
      const uint32_t high = min(range.high, part.high);
      if (low > high)
        continue;
      char a[4], b[4];
      const uint32_t count = encodeCharacter(low, a);
      encodeCharacter(high, b);
      emitSpan(reinterpret_cast<uint8_t *>(a), reinterpret_cast<uint8_t *>(b),
               count, from, tails);
    }
  }

  // What stands within a string of JSON for a character that may not stand
  // there.
  void emitEscape(uint32_t character, uint32_t from, uint32_t to) {
    static const char letters[] = "btn\0fr"; // From 8 on.
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', char(character)};
    uint32_t count = 2;
    if (character >= 8 && character <= 13 && character != 11) {
      text[1] = letters[character - 8];
    } else if (character < 0x20) {
      const char code[] = {'u', '0', '0', char('0' + character / 16),
                           digits[character % 16]};
      memcpy(text + 1, code, sizeof(code));
      count = 6;
    }
    emitBytes(text, count, from, to);
  }

  void emitSet(const Node &set, uint32_t from, uint32_t to) {
    Tails tails = {to, {none, none, none}};
    for (uint32_t i = 0; i < set.low && !links.full(); ++i) {
      Range range = set.ranges[i];
      if (set.escaped) {
        for (uint32_t c = range.low; c <= min(range.high, 0x5cu); ++c)
          if (c < 0x20 || c == '"' || c == '\\')
            emitEscape(c, from, to);
        static const Range plain[] = {
            {0x20, 0x21}, {0x23, 0x5b}, {0x5d, lastCodePoint}};
        for (const Range &part : plain) {
          Range both = {max(range.low, part.low), min(range.high, part.high)};
          if (both.low <= both.high)
            emitRange(both, from, tails);
        }
      } else {
        emitRange(range, from, tails);
      }
    }
  }

  void emitRepeat(const Node &repeat, uint32_t from, uint32_t to) {
    const Node &child = *repeat.child;
    const bool endless = repeat.high == noLimit;
    for (uint32_t i = 0; i < repeat.low && !links.full(); ++i) {
      uint32_t next = i + 1 == repeat.high ? to : links.newState();
      emit(child, from, next);
      from = next;
    }
    if (endless) {
      uint32_t loop = links.newState();
      links.skip(from, loop);
      emit(child, loop, loop);
      return links.skip(loop, to);
    }
    for (uint32_t i = repeat.low; i < repeat.high && !links.full(); ++i) {
      links.skip(from, to);
      uint32_t next = i + 1 == repeat.high ? to : links.newState();
      emit(child, from, next);
      from = next;
    }
    if (repeat.high == 0)
      links.skip(from, to);
  }

  // In front of each member are two states: something stands before it, or
  // nothing.
  void emitMembers(const Node &members, uint32_t from, uint32_t to) {
    const Node *separator = members.child;
    uint32_t alone = from, behind = links.newState();
    for (const Node *child = separator->next; child && !links.full();
         child = child->next) {
      uint32_t key = links.newState(), nextAlone = links.newState(),
               next = links.newState();
      links.skip(alone, key);
      emit(*separator, behind, key);
      if (child->op == Op::Member) {
        uint32_t value = links.newState();
        emitBytes(child->bytes, child->high, key, value);
        emit(*child->child, value, next);
        if (!child->low) {
          links.skip(alone, nextAlone);
          links.skip(behind, next);
        }
      } else {
        // Any number of others.
        uint32_t other = links.newState();
        emit(*child, key, other);
        emit(*separator, other, key);
        links.skip(other, next);
        links.skip(alone, nextAlone);
        links.skip(behind, next);
      }
      alone = nextAlone;
      behind = next;
    }
    links.skip(alone, to);
    links.skip(behind, to);
  }
};

void Emitter::emit(const Node &node, uint32_t from, uint32_t to) {
  if (links.full())
    return;
  switch (node.op) {
  case Op::Never:
  case Op::Member:
    return;
  case Op::Bytes:
    return emitBytes(node.bytes, node.low, from, to);
  case Op::Set:
    return emitSet(node, from, to);
  case Op::Sequence:
    if (!node.child)
      return links.skip(from, to);
    for (const Node *child = node.child; child; child = child->next) {
      uint32_t next = child->next ? links.newState() : to;
      emit(*child, from, next);
      from = next;
    }
    return;
  case Op::Choice:
    for (const Node *child = node.child; child; child = child->next)
      emit(*child, from, to);
    return;
  case Op::Repeat:
    return emitRepeat(node, from, to);
  case Op::Call:
    // What is short stands in the place of its call.
    if (node.rule->body->op == Op::Bytes)
      return emit(*node.rule->body, from, to);
    links.number(*node.rule);
    return links.add(from, callsRule | node.rule->number, to);
  case Op::Token:
    return links.add(from, readsToken | (node.high ? otherThan : 0u) | node.low,
                     to);
  case Op::Members:
    return emitMembers(node, from, to);
  }
}

} // namespace

void emitRules(Links &links, Rule *root) {
  links.number(*root);
  for (Rule *rule = links.firstRule; rule && !links.full();
       rule = rule->called) {
    rule->start = links.newState();
    links.newState();
    Emitter(links).emit(*rule->body, rule->start, rule->start + 1);
  }
}

} // namespace grammar
} // namespace lfm2rt
