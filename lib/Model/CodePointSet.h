// Sets of code points: ICU's, with values' meaning.

#ifndef LFM2C_LIB_MODEL_CODEPOINTSET_H
#define LFM2C_LIB_MODEL_CODEPOINTSET_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <unicode/uset.h>
#include <utility>

namespace lfm2c {

/// A set of the code points 0 ... 0x10ffff, surrogates included.
class CodePointSet {
public:
  CodePointSet() : set(uset_openEmpty()) {}
  CodePointSet(uint32_t first, uint32_t last)
      : set(uset_open(UChar32(first), UChar32(last))) {}
  CodePointSet(const CodePointSet &other) : set(uset_clone(other.set)) {}
  CodePointSet(CodePointSet &&other) noexcept : CodePointSet() { swap(other); }
  CodePointSet &operator=(CodePointSet other) {
    swap(other);
    return *this;
  }
  ~CodePointSet() { uset_close(set); }

  void add(uint32_t first, uint32_t last) {
    uset_addRange(set, UChar32(first), UChar32(last));
  }
  void remove(uint32_t codePoint) { uset_remove(set, UChar32(codePoint)); }

  CodePointSet &operator|=(const CodePointSet &other) {
    uset_addAll(set, other.set);
    return *this;
  }
  CodePointSet &operator&=(const CodePointSet &other) {
    uset_retainAll(set, other.set);
    return *this;
  }
  CodePointSet operator~() const {
    CodePointSet result(*this);
    uset_complement(result.set);
    return result;
  }

  bool empty() const { return uset_isEmpty(set); }
  bool contains(uint32_t codePoint) const {
    return uset_contains(set, UChar32(codePoint));
  }
  bool operator==(const CodePointSet &other) const {
    return uset_equals(set, other.set);
  }

  /// Calls visit(first, last) for each range, rising.
  void forEachRange(
      llvm::function_ref<void(uint32_t first, uint32_t last)> visit) const;

  /// For ICU's own functions.
  USet *get() { return set; }
  const USet *get() const { return set; }

private:
  void swap(CodePointSet &other) noexcept { std::swap(set, other.set); }

  USet *set;
};

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_CODEPOINTSET_H
