#include "runtime/src/StopStream.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

size_t StopStream::advance(char next) {
  const char *text = stops[held].text;
  for (size_t from = 0; from <= length; ++from) {
    size_t rest = length - from;
    for (uint32_t s = 0; s < count; ++s)
      if (stops[s].length > rest && stops[s].text[rest] == next &&
          memcmp(stops[s].text, text + from, rest) == 0) {
        held = s;
        length = rest + 1;
        return from;
      }
  }
  size_t all = length + 1;
  length = 0;
  return all;
}

int32_t StopStream::findEnd() const {
  int32_t longest = -1;
  for (uint32_t s = 0; s < count; ++s) {
    size_t bytes = stops[s].length;
    if (bytes > 0 && bytes <= length &&
        (longest < 0 || bytes > stops[longest].length) &&
        memcmp(stops[held].text + length - bytes, stops[s].text, bytes) == 0)
      longest = int32_t(s);
  }
  return longest;
}

int StopStream::feed(const char *text, size_t bytes) {
  if (count == 0)
    return pass(text, bytes);
  if (stopped >= 0)
    return 1;
  size_t before = length; // Of what is held back, bytes of earlier calls.
  int result = 0;
  // Bytes at the start of what is held back.
  auto release = [&](const char *start, size_t n) {
    n = min(n, before);
    before -= n;
    if (n > 0 && !result)
      result = characters.feed(start, n);
  };
  size_t end = 0;
  while (end < bytes && stopped < 0) {
    const char *start = stops[held].text;
    release(start, advance(text[end++]));
    stopped = findEnd();
  }
  if (stopped >= 0) {
    size_t shown = length - stops[stopped].length;
    release(stops[held].text, shown);
    length -= shown;
  }
  if (before == 0 && end > length && !result)
    result = characters.feed(text, end - length);
  return result ? result : stopped >= 0;
}

int StopStream::flush() {
  int result =
      length && stopped < 0 ? characters.feed(stops[held].text, length) : 0;
  length = 0;
  stopped = -1;
  int rest = characters.flush();
  return result ? result : rest;
}

} // namespace lfm2rt
