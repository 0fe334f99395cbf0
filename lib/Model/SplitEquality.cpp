// Both patterns are compiled over the same classes of characters. Of a text the
// tables see, at each place, the state that the text behind it leads to. All
// pairs of such states are found first; then both forward tables are followed
// through all pairs that can come one behind the other, and must end a match,
// or find none, together.

#include "lib/Model/SplitEquality.h"
#include "lib/Model/SplitTables.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

using namespace lfm2c;

namespace {

class Comparison {
public:
  Comparison(const SplitTables &tables, const lfm2_tokenizer_step &a,
             const lfm2_tokenizer_step &b)
      : automata(tables.automata), classes(tables.classes.numClasses + 1), a(a),
        b(b) {}

  bool run() {
    findPairs();
    return followAll();
  }

private:
  /// The states of both at one place.
  using Pair = std::pair<unsigned, unsigned>;

  unsigned reverse(const lfm2_tokenizer_step &step, unsigned state,
                   unsigned kind) const {
    return automata[step.reverse + state * classes + kind];
  }
  unsigned next(const lfm2_tokenizer_step &step, unsigned row,
                unsigned state) const {
    return automata[step.next + row * step.states + state];
  }

  /// All pairs, from the end of a text on, and which can stand behind which.
  void findPairs() {
    auto add = [&](Pair pair) {
      auto [it, isNew] = numbers.try_emplace(pair, unsigned(pairs.size()));
      if (isNew) {
        pairs.push_back(pair);
        behind.emplace_back();
      }
      return it->second;
    };
    add({1, 1});
    for (unsigned i = 0; i < pairs.size(); ++i)
      for (unsigned kind = 1; kind < classes; ++kind) {
        const Pair from = pairs[i];
        behind[add({reverse(a, from.first, kind),
                    reverse(b, from.second, kind)})]
            .insert(i);
      }
  }

  bool followAll() const {
    struct Place {
      unsigned rowA, rowB, pair;
    };
    std::vector<Place> places;
    llvm::DenseSet<std::pair<Pair, unsigned>> seen;
    auto add = [&](unsigned rowA, unsigned rowB, unsigned pair) {
      if (seen.insert({{rowA, rowB}, pair}).second)
        places.push_back({rowA, rowB, pair});
    };
    for (unsigned i = 0; i < pairs.size(); ++i)
      add(0, 0, i);
    auto ends = [](unsigned row) {
      return row == LFM2_SPLIT_ACCEPT || row == LFM2_SPLIT_NONE;
    };
    while (!places.empty()) {
      const Place at = places.back();
      places.pop_back();
      const unsigned rowA = next(a, at.rowA, pairs[at.pair].first);
      const unsigned rowB = next(b, at.rowB, pairs[at.pair].second);
      if (ends(rowA) || ends(rowB)) {
        if (rowA != rowB)
          return false;
        continue;
      }
      for (unsigned pair : behind[at.pair])
        add(rowA, rowB, pair);
    }
    return true;
  }

  llvm::ArrayRef<uint8_t> automata;
  const unsigned classes; // They count from 1.
  const lfm2_tokenizer_step &a, &b;
  std::vector<Pair> pairs;
  llvm::DenseMap<Pair, unsigned> numbers;
  std::vector<llvm::DenseSet<unsigned>> behind; // One character further.
};

} // namespace

bool lfm2c::splitAlike(llvm::ArrayRef<SplitStep> a,
                       llvm::ArrayRef<SplitStep> b) {
  if (a.size() != b.size())
    return false;
  for (auto [left, right] : llvm::zip(a, b)) {
    if (left.behavior != right.behavior || left.invert != right.invert)
      return false;
    if (left.pattern == right.pattern)
      continue;
    auto tables = buildSplitTables({left, right});
    if (!tables) {
      llvm::consumeError(tables.takeError());
      return false;
    }
    if (!Comparison(*tables, tables->steps[0], tables->steps[1]).run())
      return false;
  }
  return true;
}
