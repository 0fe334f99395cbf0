#include "lib/Model/PatternAutomaton.h"
#include "lfm2rt/tokenizer_format.h"
#include "lib/Support/Error.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>
#include <tuple>

using namespace lfm2c;
using llvm::Expected;

namespace {

constexpr unsigned maxPlaces = 4000;  // Of the pattern, its counts written out.
constexpr unsigned maxPaths = 200000; // Between characters.
constexpr unsigned maxSets = 4096;    // States before equal ones are one.
// States, classes and places multiplied: about half a second.
constexpr uint64_t maxWork = 100000000;
constexpr unsigned maxStates = LFM2_SPLIT_ACCEPT - 1; // And rows.

// The pattern as a graph; places that take no character are left out later.
struct Place {
  enum Kind {
    Character,
    Branch, // To each of `next`, in order.
    Loop,   // next: the body, then what follows; the other way if lazy.
    Enter,  // Into the body of loop `index`, which runs at least once.
    Look,
    Accept,
  };
  Kind kind;
  unsigned index = 0; // Character: its set. Enter: the loop. Look: which.
  bool flag = false;  // Loop: lazy. Look: negative.
  std::vector<unsigned> next;
};

struct Condition {
  unsigned look;
  bool negative;
  bool operator<(const Condition &other) const {
    return std::tie(look, negative) < std::tie(other.look, other.negative);
  }
  bool operator==(const Condition &other) const {
    return look == other.look && negative == other.negative;
  }
};

// Where a path leads that takes no character: to a Character, or accept.
struct Edge {
  unsigned target;
  std::vector<Condition> conditions;
  bool operator==(const Edge &other) const {
    return target == other.target && conditions == other.conditions;
  }
};
using Edges = std::vector<Edge>; // The first that holds is taken.

constexpr unsigned accept = ~0u, noMatch = ~0u - 1;

class Compiler {
public:
  Compiler(llvm::ArrayRef<std::vector<bool>> members, unsigned classes)
      : members(members), classes(classes) {}

  Expected<PatternTables> run(const PatternNode &pattern);

private:
  unsigned add(Place place) {
    places.push_back(std::move(place));
    return unsigned(places.size()) - 1;
  }
  unsigned build(const PatternNode &node, unsigned next);
  unsigned buildRepeat(const PatternNode &node, unsigned next);

  // Entered loops of a path without a character, and what it asks for.
  struct Path {
    std::vector<unsigned> loops;
    std::vector<Condition> conditions;
    bool operator<(const Path &other) const {
      return std::tie(loops, conditions) <
             std::tie(other.loops, other.conditions);
    }
  };
  void follow(unsigned place, Path path, Edges &edges,
              std::map<std::pair<unsigned, Path>, bool> &seen);
  Edges edgesFrom(unsigned place);

  using Alive = std::vector<bool>; // By place: can take the next character.
  std::vector<bool> answerLooks(const Alive &alive) const;
  static bool holds(const Edge &edge, const Alive &alive,
                    const std::vector<bool> &looks);
  bool findStates();
  void findRows();
  void mergeStates();
  PatternTables makeTables() const;

  llvm::ArrayRef<std::vector<bool>> members;
  const unsigned classes;
  std::vector<Place> places;
  std::vector<unsigned> lookStarts;
  unsigned paths = 0;
  bool tooLarge = false;

  std::vector<Edges> edges;     // By place; of characters.
  std::vector<Edges> lookEdges; // By look.
  Edges startEdges;
  std::vector<unsigned> rowPlaces; // Places that a match goes through.

  // By state, before equal ones are merged; 0 is that of the text's end.
  std::vector<std::vector<unsigned>> before;  // By class: the state.
  std::vector<std::vector<unsigned>> columns; // By row: place, accept, noMatch.

  std::vector<unsigned> rowOf; // By index in rowPlaces + 1; [0] is the start's.
  unsigned numRows = 0;
  std::vector<unsigned> stateOf;
  unsigned numStates = 0;
};

unsigned Compiler::build(const PatternNode &node, unsigned next) {
  if (places.size() > maxPlaces) {
    tooLarge = true;
    return next;
  }
  switch (node.kind) {
  case PatternNode::Set:
    return add({Place::Character, node.setIndex, false, {next}});
  case PatternNode::Sequence:
    for (const PatternNode &child : llvm::reverse(node.children))
      next = build(child, next);
    return next;
  case PatternNode::Alternates: {
    std::vector<unsigned> branches;
    for (const PatternNode &child : node.children)
      branches.push_back(build(child, next));
    return add({Place::Branch, 0, false, std::move(branches)});
  }
  case PatternNode::Repeat:
    return buildRepeat(node, next);
  case PatternNode::Look: {
    const unsigned body =
        build(node.children[0], add({Place::Accept, 0, false, {}}));
    // Looks inside of this one have lower numbers.
    lookStarts.push_back(body);
    return add(
        {Place::Look, unsigned(lookStarts.size()) - 1, node.negative, {next}});
  }
  }
  llvm_unreachable("all kinds are handled");
}

unsigned Compiler::buildRepeat(const PatternNode &node, unsigned next) {
  const PatternNode &child = node.children[0];
  unsigned copies = node.min, start = next;
  if (node.max == PatternNode::unlimited) {
    const unsigned loop = add({Place::Loop, 0, !node.greedy, {}});
    const unsigned body = build(child, loop);
    places[loop].next = {body, next};
    start = loop;
    if (copies > 0) {
      start = add({Place::Enter, loop, false, {body}});
      --copies;
    }
  } else {
    for (unsigned i = node.min; i < node.max && !tooLarge; ++i) {
      const unsigned body = build(child, start);
      start = node.greedy ? add({Place::Branch, 0, false, {body, next}})
                          : add({Place::Branch, 0, false, {next, body}});
    }
  }
  for (; copies > 0 && !tooLarge; --copies)
    start = build(child, start);
  return start;
}

// All paths in order. A loop whose body took nothing is left, as Oniguruma
// does.
void Compiler::follow(unsigned place, Path path, Edges &edges,
                      std::map<std::pair<unsigned, Path>, bool> &seen) {
  if (++paths > maxPaths || !seen.try_emplace({place, path}, true).second) {
    tooLarge |= paths > maxPaths;
    return;
  }
  const Place &p = places[place];
  switch (p.kind) {
  case Place::Character:
  case Place::Accept: {
    const unsigned target = p.kind == Place::Accept ? accept : place;
    // Nothing comes to pass behind an edge that holds whenever this one does.
    for (const Edge &edge : edges)
      if (edge.target == target &&
          std::includes(path.conditions.begin(), path.conditions.end(),
                        edge.conditions.begin(), edge.conditions.end()))
        return;
    edges.push_back({target, path.conditions});
    return;
  }
  case Place::Branch:
    for (unsigned next : p.next)
      follow(next, path, edges, seen);
    return;
  case Place::Enter:
  case Place::Loop: {
    const unsigned loop = p.kind == Place::Enter ? p.index : place;
    const auto at = llvm::lower_bound(path.loops, loop);
    const bool inside = at != path.loops.end() && *at == loop;
    Path into = path, out = path;
    if (inside)
      out.loops.erase(out.loops.begin() + (at - path.loops.begin()));
    else
      into.loops.insert(into.loops.begin() + (at - path.loops.begin()), loop);
    if (p.kind == Place::Enter) {
      follow(p.next[0], std::move(into), edges, seen);
      return;
    }
    for (const bool body : {!p.flag, p.flag}) {
      if (!body)
        follow(p.next[1], out, edges, seen);
      else if (!inside)
        follow(p.next[0], into, edges, seen);
    }
    return;
  }
  case Place::Look: {
    const Condition condition = {p.index, p.flag};
    const auto at = llvm::lower_bound(path.conditions, condition);
    if (at == path.conditions.end() || !(*at == condition))
      path.conditions.insert(at, condition);
    follow(p.next[0], std::move(path), edges, seen);
    return;
  }
  }
}

Edges Compiler::edgesFrom(unsigned place) {
  Edges found;
  std::map<std::pair<unsigned, Path>, bool> seen;
  follow(place, Path(), found, seen);
  return found;
}

bool Compiler::holds(const Edge &edge, const Alive &alive,
                     const std::vector<bool> &looks) {
  if (edge.target != accept && !alive[edge.target])
    return false;
  return llvm::all_of(edge.conditions, [&](const Condition &condition) {
    return looks[condition.look] != condition.negative;
  });
}

std::vector<bool> Compiler::answerLooks(const Alive &alive) const {
  std::vector<bool> looks(lookEdges.size());
  for (size_t i = 0; i < lookEdges.size(); ++i)
    looks[i] = llvm::any_of(lookEdges[i], [&](const Edge &edge) {
      return holds(edge, alive, looks);
    });
  return looks;
}

// All states of the backward reading, and what the forward one sees in them.
bool Compiler::findStates() {
  std::vector<unsigned> characters;
  for (unsigned i = 0; i < places.size(); ++i)
    if (places[i].kind == Place::Character)
      characters.push_back(i);
  std::map<Alive, unsigned> known;
  std::vector<Alive> states;
  const auto find = [&](const Alive &alive) {
    const auto [it, isNew] = known.try_emplace(alive, unsigned(known.size()));
    if (isNew)
      states.push_back(alive);
    return it->second;
  };
  const uint64_t most = std::clamp<uint64_t>(
      maxWork / (uint64_t(places.size()) * classes), maxStates, maxSets);
  find(Alive(places.size()));
  for (size_t at = 0; at < states.size(); ++at) {
    if (states.size() > most)
      return false;
    // Copied: `states` grows below.
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
    const Alive alive = states[at];
    const std::vector<bool> looks = answerLooks(alive);
    const auto first = [&](const Edges &edges) {
      for (const Edge &edge : edges)
        if (holds(edge, alive, looks))
          return edge.target;
      return noMatch;
    };
    std::vector<unsigned> column = {first(startEdges)};
    for (unsigned place : rowPlaces)
      column.push_back(first(edges[place]));
    columns.push_back(std::move(column));

    std::vector<unsigned> open; // Characters from where a match can follow.
    for (unsigned place : characters)
      if (first(edges[place]) != noMatch)
        open.push_back(place);
    before.emplace_back(classes);
    for (unsigned c = 1; c < classes; ++c) {
      Alive previous(places.size());
      for (unsigned place : open)
        if (members[places[place].index][c])
          previous[place] = true;
      before[at][c] = find(previous);
    }
  }
  return true;
}

// Rows that go to equal rows in every state are one; the start's stays alone.
void Compiler::findRows() {
  std::vector<unsigned> indexOf(places.size());
  for (unsigned i = 0; i < rowPlaces.size(); ++i)
    indexOf[rowPlaces[i]] = i + 1;
  rowOf.assign(rowPlaces.size() + 1, 1);
  rowOf[0] = 0;
  numRows = rowPlaces.empty() ? 1 : 2;
  for (unsigned last = 0; last != numRows && numRows <= maxStates;) {
    last = numRows;
    std::map<std::vector<unsigned>, unsigned> known;
    std::vector<unsigned> refined(rowOf.size());
    for (unsigned row = 1; row < rowOf.size(); ++row) {
      std::vector<unsigned> key = {rowOf[row]};
      for (const std::vector<unsigned> &column : columns)
        key.push_back(column[row] < noMatch ? rowOf[indexOf[column[row]]]
                                            : column[row]);
      refined[row] =
          known.try_emplace(std::move(key), unsigned(known.size()) + 1)
              .first->second;
    }
    rowOf = std::move(refined);
    numRows = unsigned(known.size()) + 1;
  }
  // Columns from now on in the numbers of rows, each row once.
  for (std::vector<unsigned> &column : columns) {
    std::vector<unsigned> merged(numRows, noMatch);
    for (unsigned row = 0; row < rowOf.size(); ++row)
      merged[rowOf[row]] =
          column[row] < noMatch ? rowOf[indexOf[column[row]]] : column[row];
    column = std::move(merged);
  }
}

// States with equal columns that come from equal states are one.
void Compiler::mergeStates() {
  std::map<std::vector<unsigned>, unsigned> byColumn;
  for (const std::vector<unsigned> &column : columns)
    stateOf.push_back(
        byColumn.try_emplace(column, unsigned(byColumn.size())).first->second);
  numStates = unsigned(byColumn.size());
  for (unsigned last = 0; last != numStates && numStates <= maxStates;) {
    last = numStates;
    std::map<std::vector<unsigned>, unsigned> known;
    std::vector<unsigned> refined;
    for (size_t i = 0; i < before.size(); ++i) {
      std::vector<unsigned> key = {stateOf[i]};
      for (unsigned c = 1; c < classes; ++c)
        key.push_back(stateOf[before[i][c]]);
      refined.push_back(
          known.try_emplace(std::move(key), unsigned(known.size()))
              .first->second);
    }
    stateOf = std::move(refined);
    numStates = unsigned(known.size());
  }
}

PatternTables Compiler::makeTables() const {
  PatternTables tables;
  tables.states = numStates + 1; // 0 is a mark, not a state.
  tables.rows = numRows;
  tables.reverse.assign(size_t(tables.states) * classes, 0);
  tables.next.assign(size_t(tables.rows) * tables.states, LFM2_SPLIT_NONE);
  for (size_t i = 0; i < before.size(); ++i) {
    const unsigned state = stateOf[i] + 1;
    for (unsigned c = 1; c < classes; ++c)
      tables.reverse[state * classes + c] = uint8_t(stateOf[before[i][c]] + 1);
    for (unsigned row = 0; row < numRows; ++row) {
      const unsigned value = columns[i][row];
      tables.next[row * tables.states + state] =
          value == accept    ? LFM2_SPLIT_ACCEPT
          : value == noMatch ? LFM2_SPLIT_NONE
                             : uint8_t(value);
    }
  }
  return tables;
}

Expected<PatternTables> Compiler::run(const PatternNode &pattern) {
  const unsigned start = build(pattern, add({Place::Accept, 0, false, {}}));
  if (!tooLarge) {
    startEdges = edgesFrom(start);
    for (unsigned look : lookStarts)
      lookEdges.push_back(edgesFrom(look));
    edges.resize(places.size());
    for (unsigned i = 0; i < places.size() && !tooLarge; ++i)
      if (places[i].kind == Place::Character)
        edges[i] = edgesFrom(places[i].next[0]);
  }
  if (tooLarge)
    return makeError("is too large: its automaton has more than {0} "
                     "positions or {1} transitions",
                     maxPlaces, maxPaths);

  std::vector<bool> reached(places.size());
  const auto reach = [&](const Edges &from) {
    for (const Edge &edge : from)
      if (edge.target != accept && !reached[edge.target]) {
        reached[edge.target] = true;
        rowPlaces.push_back(edge.target);
      }
  };
  reach(startEdges);
  for (size_t i = 0; i < rowPlaces.size(); ++i)
    reach(edges[rowPlaces[i]]);

  bool fits = findStates();
  if (fits) {
    findRows();
    fits = numRows <= maxStates;
  }
  if (fits) {
    mergeStates();
    fits = numStates <= maxStates;
  }
  if (!fits)
    return makeError("needs more than {0} states", maxStates);
  return makeTables();
}

} // namespace

Expected<PatternTables>
lfm2c::compilePattern(const PatternNode &pattern,
                      llvm::ArrayRef<std::vector<bool>> members,
                      unsigned classes) {
  return Compiler(members, classes).run(pattern);
}
