// What the readers of grammars, expressions and schemas make of them: rules,
// each a tree of what it stands for. It lies in an arena; when that is full,
// trees are cut short, and whoever made them asks overflowed() in the end.
#ifndef LFM2RT_GRAMMAR_SYNTAX_H
#define LFM2RT_GRAMMAR_SYNTAX_H

#include "runtime/json/Arena.h"
#include "runtime/json/Value.h"

namespace lfm2rt {
namespace grammar {

// Code points, both included.
struct Range {
  uint32_t low, high;
};
constexpr uint32_t lastCodePoint = 0x10ffff;
constexpr uint32_t noLimit = 0xffffffff;

enum class Op : uint8_t {
  Never,    // Nothing is this.
  Bytes,    // These bytes.
  Set,      // One character of a set.
  Sequence, // Its children, one behind the other; none: the empty text.
  Choice,   // One of its children.
  Repeat,   // Its child, at least `low` and at most `high` times.
  Call,     // The rule.
  Token, // The token `low`, as a whole; where `high` is set any text's but it.
  Members, // Of a mapping: its children are Member.
  Member,  // The bytes of its key, then its child; may be left out if `low` is
           // 0.
};

struct Rule;

struct Node {
  Op op = Op::Never;
  bool escaped = false; // Set: as JSON writes the character within a string.
  uint32_t low = 0, high = 0;
  uint32_t cost = 0; // States that it takes, about.
  Node *child = nullptr, *last = nullptr, *next = nullptr;
  union {
    const char *bytes = nullptr; // [low]
    const Range *ranges;         // [low], rising, apart from each other.
    Rule *rule;
  };
};

struct Rule {
  Text name;
  Node *body = nullptr; // nullptr: named, not defined yet.
  Rule *next = nullptr;
  Rule *sameBucket = nullptr;
  uint64_t at = 0; // Where the text that it was read from names it first.
  // Of the automaton, once there is one.
  uint32_t start = 0;        // Its first state.
  uint32_t number = noLimit; // noLimit: it is not called.
  Rule *called = nullptr;    // The one of the next number.
};

class Syntax {
public:
  explicit Syntax(Arena &arena)
      : arena(arena),
        named(static_cast<Rule **>(arena.take(numBuckets * sizeof(Rule *)))) {
    for (uint32_t i = 0; i < numBuckets && named; ++i)
      named[i] = nullptr;
  }

  Arena &arena;
  Rule *first = nullptr;
  uint64_t cost = 0; // Of all rules.

  bool overflowed() const { return arena.overflowed(); }

  Node *make(Op op);
  Node *never() { return make(Op::Never); }
  Node *sequence() { return make(Op::Sequence); }
  Node *choice() { return make(Op::Choice); }
  Node *bytes(Text text);
  // The caller's ranges in any order, or all others.
  Node *set(const Range *ranges, uint32_t count, bool allOthers,
            bool escaped = false);
  Node *repeat(Node *child, uint32_t low, uint32_t high);
  Node *optional(Node *child) { return repeat(child, 0, 1); }
  Node *call(Rule *rule);
  Node *token(uint32_t id, bool allOthers);
  Node *member(Text key, Node *value, bool required);
  // Appends to a sequence, a choice or members.
  void add(Node *parent, Node *child);
  Node *sequence(Node *a, Node *b, Node *c = nullptr);

  // The one of that name; otherwise makes it.
  Rule *rule(Text name, uint64_t at);
  Rule *newRule(Text name, uint64_t at, Node *body);

private:
  static constexpr uint32_t numBuckets = 512;
  Rule **named; // By a hash of the name.
  Rule *lastRule = nullptr;
  // What is handed out when the arena is full.
  Node noNode;
  Rule noRule;
};

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_SYNTAX_H
