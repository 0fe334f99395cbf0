#include "runtime/grammar/Automaton.h"

namespace lfm2rt {
namespace grammar {

namespace {

constexpr uint64_t mostCost = 1u << 24; // States of an image, about.

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
  emitRules(links, root);
  if (links.full())
    return {Flaw::Full};
  Tables tables = {};
  if (!Cleaner(syntax.arena, links, tables).run())
    return {Flaw::Full};
  Outcome outcome = check(syntax.arena, links, tables, allMustEnd);
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
