// Automata of rules while they are made, with links that read nothing.
#ifndef LFM2RT_GRAMMAR_LINKS_H
#define LFM2RT_GRAMMAR_LINKS_H

#include "runtime/grammar/Syntax.h"

namespace lfm2rt {
namespace grammar {

constexpr uint32_t none = 0x7fffffff; // No link, no state.

// What a link reads: the kind in the highest bits, and below it what Edge has.
enum : uint32_t {
  readsBytes = 0,
  callsRule = 1u << 30,
  readsToken = 2u << 30,
  readsNothing = 3u << 30,
  kindOf = 3u << 30,
  otherThan = 1u << 29, // `anyOther`
};

struct Link {
  uint32_t what;
  uint32_t target;
  uint32_t next; // Of the same state.
  uint32_t unused;
};

// Automata with links that read nothing. States lie at the arena's front, links
// at its back.
class Links {
public:
  explicit Links(Arena &arena)
      : arena(arena), heads(static_cast<uint32_t *>(arena.take(0, 4))) {}

  uint32_t numStates = 0, numRules = 0;
  Rule *firstRule = nullptr; // Of those that are called, by their numbers.

  bool full() const { return arena.overflowed(); }
  // A state within bytes, to which one link alone leads.
  void setInner(uint32_t state) { heads[state] |= isInner; }
  bool inner(uint32_t state) const { return heads[state] & isInner; }
  uint32_t head(uint32_t state) const { return heads[state] & ~isInner; }
  const Link &link(uint32_t number) const { return links[-int64_t(number)]; }

  // Each rule has one state behind its first that ends it.
  bool ends(const Rule &rule, uint32_t state) const {
    return state == rule.start + 1;
  }

  uint32_t newState() {
    auto *head = static_cast<uint32_t *>(arena.take(sizeof(uint32_t), 4));
    if (!head)
      return 0;
    *head = none;
    return numStates++;
  }

  void add(uint32_t from, uint32_t what, uint32_t target) {
    auto *link = static_cast<Link *>(arena.push(sizeof(Link)));
    if (!link)
      return;
    if (!links)
      links = link;
    *link = {what, target, head(from), 0};
    heads[from] = numLinks++ | (heads[from] & isInner);
  }
  void addByte(uint32_t from, uint32_t low, uint32_t high, uint32_t target) {
    add(from, readsBytes | low | high << 8, target);
  }
  void skip(uint32_t from, uint32_t to) { add(from, readsNothing, to); }

  void number(Rule &rule) {
    if (rule.number != noLimit)
      return;
    rule.number = numRules++;
    (lastRule ? lastRule->called : firstRule) = &rule;
    lastRule = &rule;
  }

private:
  static constexpr uint32_t isInner = 1u << 31;

  Arena &arena;
  uint32_t *heads;
  Link *links = nullptr; // The first one; the others lie in front of it.
  uint32_t numLinks = 0;
  Rule *lastRule = nullptr;
};

// Makes the automata of all rules that `root` calls.
void emitRules(Links &links, Rule *root);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_LINKS_H
