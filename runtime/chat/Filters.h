// Filters and tests of Jinja, and functions of transformers.
#ifndef LFM2RT_CHAT_FILTERS_H
#define LFM2RT_CHAT_FILTERS_H

#include "runtime/chat/Operations.h"

namespace lfm2rt {

class Template;

// LFM2_FILTER_*, LFM2_TEST_*: of as many values as they take.
Value applyFilter(Heap &heap, const Template &form, uint32_t filter,
                  const Value *values);
bool applyTest(Heap &heap, const Template &form, uint32_t test,
               const Value *values);
Value rangeOf(Heap &heap, const Value *values, uint32_t count);

// Seconds since 1970, UTC, and how many seconds local time is ahead of it.
struct Clock {
  int64_t seconds;
  int32_t offset;
};
// As Python's strftime() in the locale C.
Value formatTime(Heap &heap, const Clock &clock, Text format);

} // namespace lfm2rt

#endif // LFM2RT_CHAT_FILTERS_H
