// The merges of a byte-level BPE by the ids of their tokens.

#ifndef LFM2C_LIB_MODEL_TOKENIZERMERGES_H
#define LFM2C_LIB_MODEL_TOKENIZERMERGES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <vector>

namespace lfm2c {

class MergeTable {
public:
  void reserve(size_t count) { merges.reserve(unsigned(count)); }

  /// Of two merges of the same pair the later one counts, as in `tokenizers`.
  void add(uint32_t left, uint32_t right, uint32_t rank, uint32_t id) {
    merges[{left, right}] = {rank, id};
  }

  /// Whether merging the bytes of `text` ends in the one token `id`. Plain and
  /// quadratic, so texts of more than 256 bytes are not tried: false.
  bool leadTo(llvm::StringRef text, llvm::ArrayRef<uint32_t> byteIds,
              uint32_t id) const;

  /// The tables MERGE_STARTS and MERGES of the section.
  void pack(uint32_t vocabulary, std::vector<uint32_t> &starts,
            std::vector<uint64_t> &entries) const;

private:
  struct Merge {
    uint32_t rank, id;
  };
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, Merge> merges;
};

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_TOKENIZERMERGES_H
