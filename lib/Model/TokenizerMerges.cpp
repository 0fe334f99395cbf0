#include "lib/Model/TokenizerMerges.h"
#include "lfm2rt/tokenizer_format.h"

#include "llvm/ADT/STLExtras.h"

using namespace lfm2c;

bool MergeTable::leadTo(llvm::StringRef text, llvm::ArrayRef<uint32_t> byteIds,
                        uint32_t id) const {
  if (text.size() > 256)
    return false;
  constexpr Merge noMerge = {LFM2_TOKEN_NONE, LFM2_TOKEN_NONE};
  std::vector<uint32_t> symbols;
  for (char c : text)
    if (const uint32_t symbol = byteIds[uint8_t(c)]; symbol != LFM2_TOKEN_NONE)
      symbols.push_back(symbol);
  std::vector<Merge> next(symbols.size(), noMerge); // With the symbol behind.
  const auto update = [&](size_t at) {
    next[at] = noMerge;
    if (at + 1 < symbols.size())
      if (auto it = merges.find({symbols[at], symbols[at + 1]});
          it != merges.end())
        next[at] = it->second;
  };
  for (size_t i = 0; i < symbols.size(); ++i)
    update(i);
  while (symbols.size() > 1) {
    const auto best = std::min_element(
        next.begin(), next.end(),
        [](const Merge &a, const Merge &b) { return a.rank < b.rank; });
    if (best->rank == LFM2_TOKEN_NONE)
      return false;
    const auto at = size_t(best - next.begin());
    symbols[at] = best->id;
    symbols.erase(symbols.begin() + ptrdiff_t(at) + 1);
    next.erase(next.begin() + ptrdiff_t(at) + 1);
    update(at);
    if (at > 0)
      update(at - 1);
  }
  return symbols.size() == 1 && symbols[0] == id;
}

void MergeTable::pack(uint32_t vocabulary, std::vector<uint32_t> &starts,
                      std::vector<uint64_t> &entries) const {
  std::vector<std::pair<uint32_t, uint64_t>> sorted; // By left, then right.
  sorted.reserve(merges.size());
  for (const auto &[pair, merge] : merges)
    sorted.emplace_back(pair.first,
                        uint64_t(pair.second) << LFM2_TOKENIZER_RIGHT_SHIFT |
                            uint64_t(merge.rank) << LFM2_TOKENIZER_ID_BITS |
                            merge.id);
  llvm::sort(sorted);
  starts.assign(vocabulary + 1, 0);
  entries.clear();
  for (const auto &[left, entry] : sorted) {
    ++starts[left + 1];
    entries.push_back(entry);
  }
  for (uint32_t i = 0; i < vocabulary; ++i)
    starts[i + 1] += starts[i];
}
