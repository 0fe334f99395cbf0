// The words of recipes for roles and for layers.
#ifndef LFM2C_LIB_QUANTIZE_RECIPEWORDS_H
#define LFM2C_LIB_QUANTIZE_RECIPEWORDS_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace lfm2c {

/// A weight that may get another format.
struct WeightFacts {
  std::string name; ///< canonical
  bool isEmbedding = false, isHead = false;
};

bool isRoleWord(llvm::StringRef word);
/// Whether the weight has the role, one that isRoleWord() knows.
bool hasRole(const WeightFacts &weight, llvm::StringRef word);

bool isLayerWord(llvm::StringRef word);
/// Whether layer `number`, at `index` of `count`, is among those that `word`
/// means; `word` is one that isLayerWord() knows.
bool isAmong(llvm::StringRef word, int64_t number, int64_t index,
             int64_t count);

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_RECIPEWORDS_H
