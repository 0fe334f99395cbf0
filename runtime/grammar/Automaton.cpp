#include "runtime/grammar/Automaton.h"
#include "runtime/json/Utf8.h"

namespace lfm2rt {
namespace grammar {

namespace {

constexpr uint64_t mostCost = 1u << 24; // States of an image, about.
constexpr uint32_t none = 0x7fffffff;   // No link, no state.

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
  Rule *firstRule = nullptr;

  bool full() const { return arena.overflowed(); }
  uint32_t head(uint32_t state) const { return heads[state] & ~isInner; }
  const Link &link(uint32_t number) const { return links[-int64_t(number)]; }

  // Of all rules that `root` calls. Each has one state behind its first that
  // ends it.
  void emitRules(Rule *root) {
    number(*root);
    for (Rule *rule = firstRule; rule && !full(); rule = rule->called) {
      rule->start = newState();
      newState();
      emit(*rule->body, rule->start, rule->start + 1);
    }
  }
  bool ends(const Rule &rule, uint32_t state) const {
    return state == rule.start + 1;
  }

private:
  // A state within bytes, to which one link alone leads.
  static constexpr uint32_t isInner = 1u << 31;

  Arena &arena;
  uint32_t *heads;
  Link *links = nullptr; // The first one; the others lie in front of it.
  uint32_t numLinks = 0;
  Rule *lastRule = nullptr;

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

  // Bytes that start as others from the same state do go along with these.
  void emitBytes(const char *bytes, uint32_t count, uint32_t from,
                 uint32_t to) {
    if (count == 0)
      return skip(from, to);
    for (uint32_t i = 0; i < count && !full(); ++i) {
      const uint32_t byte = uint8_t(bytes[i]), what = byte | byte << 8;
      if (i + 1 == count)
        return add(from, what, to);
      uint32_t at = head(from);
      while (at != none &&
             (link(at).what != what || !(heads[link(at).target] & isInner)))
        at = link(at).next;
      uint32_t inner;
      if (at != none) {
        inner = link(at).target;
      } else {
        inner = newState();
        if (full())
          return;
        heads[inner] |= isInner;
        add(from, what, inner);
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
      state = newState();
      addByte(state, 0x80, 0xbf, next);
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
      uint32_t inner = newState();
      addByte(from, first, first, inner);
      return emitSpan(low + 1, high + 1, rest, inner, tails);
    }
    if (!allAre(low + 1, rest, 0x80)) {
      uint32_t inner = newState();
      addByte(from, first, first, inner);
      emitSpan(low + 1, most, rest, inner, tails);
      ++first;
    }
    const bool cut = !allAre(high + 1, rest, 0xbf);
    if (cut)
      --last;
    if (first <= last)
      addByte(from, first, last, tail(tails, rest));
    if (cut) {
      uint32_t inner = newState();
      addByte(from, high[0], high[0], inner);
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
    for (uint32_t i = 0; i < set.low && !full(); ++i) {
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
    for (uint32_t i = 0; i < repeat.low && !full(); ++i) {
      uint32_t next = i + 1 == repeat.high ? to : newState();
      emit(child, from, next);
      from = next;
    }
    if (endless) {
      uint32_t loop = newState();
      skip(from, loop);
      emit(child, loop, loop);
      return skip(loop, to);
    }
    for (uint32_t i = repeat.low; i < repeat.high && !full(); ++i) {
      skip(from, to);
      uint32_t next = i + 1 == repeat.high ? to : newState();
      emit(child, from, next);
      from = next;
    }
    if (repeat.high == 0)
      skip(from, to);
  }

  // In front of each member are two states: something stands before it, or
  // nothing.
  void emitMembers(const Node &members, uint32_t from, uint32_t to) {
    const Node *separator = members.child;
    uint32_t alone = from, behind = newState();
    for (const Node *child = separator->next; child && !full();
         child = child->next) {
      uint32_t key = newState(), nextAlone = newState(), next = newState();
      skip(alone, key);
      emit(*separator, behind, key);
      if (child->op == Op::Member) {
        uint32_t value = newState();
        emitBytes(child->bytes, child->high, key, value);
        emit(*child->child, value, next);
        if (!child->low) {
          skip(alone, nextAlone);
          skip(behind, next);
        }
      } else {
        // Any number of others.
        uint32_t other = newState();
        emit(*child, key, other);
        emit(*separator, other, key);
        skip(other, next);
        skip(alone, nextAlone);
        skip(behind, next);
      }
      alone = nextAlone;
      behind = next;
    }
    skip(alone, to);
    skip(behind, to);
  }

  // Calls itself as deep as the tree is, which its reader limits.
  void emit(const Node &node, uint32_t from, uint32_t to) {
    if (full())
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
        return skip(from, to);
      for (const Node *child = node.child; child; child = child->next) {
        uint32_t next = child->next ? newState() : to;
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
      number(*node.rule);
      return add(from, callsRule | node.rule->number, to);
    case Op::Token:
      return add(from, readsToken | (node.high ? otherThan : 0u) | node.low,
                 to);
    case Op::Members:
      return emitMembers(node, from, to);
    }
  }
};

// The image's tables while they are made.
struct Tables {
  lfm2rt_grammar *image;
  uint32_t *starts;
  State *states; // [numStates + 1]
  Edge *edges;
  uint32_t numRules = 0, numStates = 0, numEdges = 0;

  uint32_t bytesOf(uint32_t state) const {
    return states[state].bytes & ~isFinal;
  }
  uint32_t end(uint32_t state) const { return bytesOf(state + 1); }
  bool final(uint32_t state) const { return states[state].bytes & isFinal; }
};

// From links to tables: the states that are reached by reading something, each
// with all that can be read from it.
class Cleaner {
public:
  Cleaner(Arena &arena, const Links &links, Tables &tables)
      : arena(arena), links(links), tables(tables) {}

  bool run() {
    const uint64_t numStates = links.numStates;
    auto *memory = static_cast<uint8_t *>(
        arena.take(sizeof(lfm2rt_grammar) + sizeof(uint32_t) * links.numRules +
                   sizeof(State) * (numStates + 1)));
    tables.image = reinterpret_cast<lfm2rt_grammar *>(memory);
    // In the arena behind the tables, for a while.
    const uint64_t word = sizeof(uint32_t);
    marks = static_cast<uint32_t *>(arena.push(alignUp(word * numStates, 8)));
    places = static_cast<uint32_t *>(arena.push(alignUp(word * numStates, 8)));
    queue = static_cast<uint32_t *>(arena.push(alignUp(word * numStates, 8)));
    closure = static_cast<uint32_t *>(arena.push(alignUp(word * numStates, 8)));
    tables.edges = static_cast<Edge *>(arena.take(0, 4));
    if (arena.overflowed())
      return false;
    tables.starts =
        reinterpret_cast<uint32_t *>(memory + sizeof(lfm2rt_grammar));
    tables.states = reinterpret_cast<State *>(tables.starts + links.numRules);
    tables.numRules = links.numRules;
    for (uint32_t i = 0; i < numStates; ++i) {
      marks[i] = none;
      places[i] = none;
    }
    for (const Rule *rule = links.firstRule; rule; rule = rule->called) {
      tables.starts[rule->number] = placeOf(rule->start);
      // States of one rule only lead to such.
      while (done < numQueued)
        if (!write(*rule, queue[done]))
          return false;
    }
    tables.states[tables.numStates] = {tables.numEdges, 0, 0};
    return true;
  }

private:
  Arena &arena;
  const Links &links;
  Tables &tables;
  uint32_t *marks, *places, *queue, *closure;
  uint32_t numQueued = 0, done = 0;

  uint32_t placeOf(uint32_t state) {
    if (places[state] == none) {
      places[state] = numQueued;
      queue[numQueued++] = state;
    }
    return places[state];
  }

  // The edges of a state: those of all states that are reached from it without
  // reading.
  bool write(const Rule &rule, uint32_t state) {
    uint32_t size = 1;
    State &out = tables.states[tables.numStates++];
    out.bytes = tables.numEdges;
    closure[0] = state;
    marks[state] = done;
    for (uint32_t kind = readsBytes; kind < readsNothing; kind += callsRule) {
      (kind == callsRule ? out.calls : out.tokens) = tables.numEdges;
      for (uint32_t i = 0; i < size; ++i) {
        if (links.ends(rule, closure[i]))
          out.bytes |= isFinal;
        for (uint32_t at = links.head(closure[i]); at != none;
             at = links.link(at).next) {
          const Link &link = links.link(at);
          const uint32_t what = link.what & ~kindOf;
          if (link.what >= readsNothing) {
            if (marks[link.target] != done) {
              marks[link.target] = done;
              closure[size++] = link.target;
            }
          } else if (link.what - what == kind) {
            auto *edge = static_cast<Edge *>(arena.take(sizeof(Edge), 4));
            if (!edge)
              return false;
            const bool isOther = kind == readsToken && what & otherThan;
            *edge = {isOther ? what ^ (otherThan | anyOther) : what,
                     placeOf(link.target)};
            ++tables.numEdges;
          }
        }
      }
    }
    ++done;
    return true;
  }
};

// What states and rules can come to.
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

void findClasses(const Tables &tables, lfm2rt_grammar &image) {
  bool starts[257] = {};
  for (uint32_t state = 0; state < tables.numStates; ++state)
    for (uint32_t i = tables.bytesOf(state); i < tables.states[state].calls;
         ++i) {
      starts[tables.edges[i].what & 0xff] = true;
      starts[(tables.edges[i].what >> 8) + 1] = true;
    }
  uint32_t count = 0;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    count += byte > 0 && starts[byte];
    image.classOf[byte] = uint8_t(count);
  }
  image.numClasses = count + 1;
}

} // namespace

Outcome makeImage(Syntax &syntax, Rule *root, uint32_t vocabulary,
                  bool allMustEnd) {
  if (syntax.overflowed())
    return {Flaw::Full};
  uint64_t cost = 0;
  for (const Rule *rule = syntax.first; rule; rule = rule->next)
    cost += rule->body ? rule->body->cost : 0;
  if (cost > mostCost)
    return {Flaw::TooLarge};
  Links links(syntax.arena);
  links.emitRules(root);
  if (links.full())
    return {Flaw::Full};
  Tables tables = {};
  if (!Cleaner(syntax.arena, links, tables).run())
    return {Flaw::Full};
  Outcome outcome = Checker(syntax.arena, links, tables).run(allMustEnd);
  if (outcome.flaw != Flaw::None)
    return outcome;
  lfm2rt_grammar &image = *tables.image;
  memset(&image, 0, sizeof(image));
  memcpy(image.magic, imageMagic, sizeof(imageMagic));
  image.version = imageVersion;
  image.numRules = tables.numRules;
  image.numStates = tables.numStates;
  image.numEdges = tables.numEdges;
  for (uint32_t i = 0; i < tables.numStates; ++i)
    if (tables.states[i].tokens < tables.end(i))
      image.vocabulary = vocabulary;
  findClasses(tables, image);
  auto *edges = reinterpret_cast<Edge *>(tables.states + tables.numStates + 1);
  memmove(edges, tables.edges, sizeof(Edge) * tables.numEdges);
  const auto bytes = reinterpret_cast<uint8_t *>(edges + tables.numEdges) -
                     reinterpret_cast<uint8_t *>(&image);
  if (bytes > 0x7fffffff)
    return {Flaw::TooLarge};
  image.bytes = uint32_t(bytes);
  outcome.image = &image;
  return outcome;
}

} // namespace grammar
} // namespace lfm2rt
