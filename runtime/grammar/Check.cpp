// What the rules of an image can come to: whether they end, and whether they
// read something before they call themselves.
#include "runtime/grammar/Automaton.h"

namespace lfm2rt {
namespace grammar {

namespace {

class Checker {
public:
  Checker(Arena &arena, const Links &links, Tables &tables)
      : tables(tables), firstRule(links.firstRule),
        flags(static_cast<uint8_t *>(
            arena.push(alignUp(tables.numStates + uint64_t(1), 8)))) {}

  Outcome run(bool allMustEnd) {
    if (!flags)
      return {Flaw::Full};
    memset(flags, 0, tables.numStates);
    for (uint32_t rule = 0; rule < tables.numRules; ++rule)
      flags[tables.starts[rule]] = leads;
    if (!repeat(tables.numStates,
                [&](uint32_t state) { return spread(state); }) ||
        !repeat(tables.numRules, [&](uint32_t rule) { return settle(rule); }))
      return {Flaw::TooLarge};
    // The last of them is the nearest to what cannot end.
    const Rule *endless = nullptr;
    for (const Rule *rule = firstRule; rule; rule = rule->called)
      if (!has(rule->number, mayEnd) && (!endless || rule->name.bytes > 0))
        endless = rule;
    if (endless && ((allMustEnd && endless->name.bytes > 0) || !has(0, mayEnd)))
      return {Flaw::Endless, endless};
    for (uint32_t rule = 0; rule < tables.numRules; ++rule)
      if (!has(rule, isSettled))
        return {Flaw::LeftRecursion, circleOf(rule)};
    prune();
    return {};
  }

private:
  enum : uint8_t {
    mayBeEmpty = 1, // From the state the rule can end without reading anything,
    mayEnd = 2,     // or at all.
    leads = 4,      // The rule can be there without having read anything.
    isSettled = 8,  // Of a start: what is called there does not come back.
  };

  Tables &tables;
  const Rule *firstRule;
  uint8_t *flags;

  bool has(uint32_t rule, uint8_t flag) const {
    return flags[tables.starts[rule]] & flag;
  }

  // Until nothing changes: forwards and backwards in turn, so that rules that
  // call each other in a row, in whatever order, are done in two rounds.
  template <typename F> static bool repeat(uint32_t count, F changes) {
    for (int round = 0; round < 100; ++round) {
      bool changed = false;
      for (uint32_t i = 0; i < count; ++i)
        changed |= changes(round % 2 ? i : count - 1 - i);
      if (!changed)
        return true;
    }
    return false;
  }

  bool spread(uint32_t state) {
    const State &s = tables.states[state];
    const uint32_t end = tables.end(state);
    uint8_t found =
        flags[state] | (tables.final(state) ? mayBeEmpty | mayEnd : 0);
    bool changed = false;
    for (uint32_t i = tables.bytesOf(state); i < end; ++i) {
      uint8_t &target = flags[tables.edges[i].target];
      if (i < s.calls || i >= s.tokens) {
        found |= target & mayEnd;
        continue;
      }
      const uint8_t called = flags[tables.starts[tables.edges[i].what]];
      found |= called & target & (mayBeEmpty | mayEnd);
      if (called & mayBeEmpty && found & leads && !(target & leads)) {
        target |= leads;
        changed = true;
      }
    }
    changed |= found != flags[state];
    flags[state] |= found;
    return changed;
  }

  // A rule that this one calls before it has read anything, and that is not
  // settled.
  uint32_t unsettled(uint32_t rule) const {
    const uint32_t end =
        rule + 1 < tables.numRules ? tables.starts[rule + 1] : tables.numStates;
    for (uint32_t state = tables.starts[rule]; state < end; ++state)
      for (uint32_t i = tables.states[state].calls;
           flags[state] & leads && i < tables.states[state].tokens; ++i)
        if (!has(tables.edges[i].what, isSettled))
          return tables.edges[i].what;
    return none;
  }

  bool settle(uint32_t rule) {
    if (has(rule, isSettled) || unsettled(rule) != none)
      return false;
    flags[tables.starts[rule]] |= isSettled;
    return true;
  }

  // A rule with a name that calls itself so.
  const Rule *circleOf(uint32_t rule) const {
    // After so many steps it goes round, or comes close.
    for (uint32_t i = 0; i < 1000; ++i)
      rule = unsettled(rule);
    const Rule *named = firstRule;
    for (uint32_t i = 0; i < 1000; ++i, rule = unsettled(rule))
      for (const Rule *one = firstRule; one && one->number <= rule;
           one = one->called)
        if (one->number == rule && one->name.bytes > 0)
          return one;
    return named;
  }

  // Removes edges that lead to no end.
  void prune() {
    uint32_t kept = 0;
    for (uint32_t state = 0; state < tables.numStates; ++state) {
      State &s = tables.states[state];
      const uint32_t end = tables.end(state), first = kept;
      uint32_t calls = kept, tokens = kept;
      for (uint32_t i = tables.bytesOf(state); i < end; ++i) {
        const Edge edge = tables.edges[i];
        const bool isCall = i >= s.calls && i < s.tokens;
        if (!(flags[edge.target] & mayEnd) ||
            (isCall && !has(edge.what, mayEnd)))
          continue;
        tables.edges[kept++] = edge;
        calls += i < s.calls;
        tokens += i < s.tokens;
      }
      s = {first | (s.bytes & isFinal), calls, tokens};
    }
    tables.numEdges = kept;
    tables.states[tables.numStates] = {kept, kept, kept};
  }
};

} // namespace

Outcome check(Arena &arena, const Links &links, Tables &tables,
              bool allMustEnd) {
  return Checker(arena, links, tables).run(allMustEnd);
}

} // namespace grammar
} // namespace lfm2rt
