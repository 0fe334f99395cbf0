#include "lib/Model/SplitTables.h"
#include "lib/Model/PatternAutomaton.h"
#include "lib/Support/Error.h"

#include "llvm/ADT/STLExtras.h"

using namespace lfm2c;

namespace {

// Numbers the sets of a tree, equal ones alike.
void collectSets(PatternNode &node, std::vector<CodePointSet> &sets) {
  if (node.kind == PatternNode::Set) {
    const auto it = llvm::find(sets, node.set);
    node.setIndex = unsigned(it - sets.begin());
    if (it == sets.end())
      sets.push_back(node.set);
  }
  for (PatternNode &child : node.children)
    collectSets(child, sets);
}

// A bit for each pair of neighbours, LFM2_SPLIT_CUT: whether they are pieces of
// their own; and which of the two kinds vanishes.
uint32_t getPieces(SplitBehavior behavior, bool invert) {
  const auto cut = [&](bool left, bool right) {
    return 1u << (LFM2_SPLIT_CUT + (left != invert) * 2 + (right != invert));
  };
  const uint32_t all = 15u << LFM2_SPLIT_CUT;
  switch (behavior) {
  case SplitBehavior::Isolated:
    return all;
  case SplitBehavior::Removed:
    return all | 1u << (LFM2_SPLIT_DROP + !invert);
  case SplitBehavior::MergedWithPrevious:
    return all & ~cut(false, true);
  case SplitBehavior::MergedWithNext:
    return all & ~cut(true, false);
  case SplitBehavior::Contiguous:
    return cut(false, true) | cut(true, false);
  }
  llvm_unreachable("all behaviours are handled");
}

} // namespace

llvm::Expected<SplitTables>
lfm2c::buildSplitTables(llvm::ArrayRef<SplitStep> steps) {
  if (steps.size() > LFM2_SPLIT_MAX_STEPS)
    return makeError("the tokenizer splits a text in {0} steps; at most {1} "
                     "are supported",
                     steps.size(), LFM2_SPLIT_MAX_STEPS);
  std::vector<PatternNode> patterns;
  std::vector<CodePointSet> sets;
  for (const SplitStep &step : steps) {
    llvm::Expected<PatternNode> pattern = parsePattern(step.pattern);
    if (!pattern)
      return pattern.takeError();
    collectSets(*pattern, sets);
    patterns.push_back(std::move(*pattern));
  }

  SplitTables tables;
  constexpr unsigned maxClasses = 255;
  std::optional<ClassTables> classes = buildClassTables(sets, maxClasses);
  if (!classes)
    return makeError(
        "the tokenizer's split patterns tell more than {0} classes "
        "of characters apart",
        maxClasses);
  tables.classes = std::move(*classes);
  const unsigned numClasses = tables.classes.numClasses + 1; // From 1.
  std::vector<std::vector<bool>> members(sets.size(),
                                         std::vector<bool>(numClasses));
  for (size_t set = 0; set < sets.size(); ++set)
    for (unsigned c = 1; c < numClasses; ++c)
      members[set][c] = tables.classes.members[c * sets.size() + set];

  for (size_t i = 0; i < steps.size(); ++i) {
    llvm::Expected<PatternTables> compiled =
        compilePattern(patterns[i], members, numClasses);
    if (!compiled)
      return makeError("the split pattern {0} {1}", quoted(steps[i].pattern),
                       llvm::toString(compiled.takeError()));
    lfm2_tokenizer_step step = {};
    step.states = compiled->states;
    step.rows = compiled->rows;
    step.pieces = getPieces(steps[i].behavior, steps[i].invert);
    step.reverse = uint32_t(tables.automata.size());
    llvm::append_range(tables.automata, compiled->reverse);
    step.next = uint32_t(tables.automata.size());
    llvm::append_range(tables.automata, compiled->next);
    tables.steps.push_back(step);
  }
  return std::move(tables);
}
