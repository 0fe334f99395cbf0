#include "lib/Model/CodePointSet.h"

using namespace lfm2c;

void CodePointSet::forEachRange(
    llvm::function_ref<void(uint32_t, uint32_t)> visit) const {
  // Behind the ranges ICU lists strings, which none of these sets has.
  const int32_t count = uset_getItemCount(set);
  for (int32_t i = 0; i < count; ++i) {
    UChar32 first, last;
    UErrorCode error = U_ZERO_ERROR;
    if (uset_getItem(set, i, &first, &last, nullptr, 0, &error) == 0)
      visit(uint32_t(first), uint32_t(last));
  }
}
