#include "runtime/src/StopStream.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

void StopStream::advance(char next) {
  const char *text = stops[held].text;
  for (size_t from = 0; from <= length; ++from) {
    size_t rest = length - from;
    for (uint32_t s = 0; s < count; ++s)
      if (stops[s].length > rest && stops[s].text[rest] == next &&
          memcmp(stops[s].text, text + from, rest) == 0) {
        held = s;
        length = rest + 1;
        return;
      }
  }
  length = 0;
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
  const char *heldText = stops[held].text;
  size_t before = length, end = 0;
  while (end < bytes && stopped < 0) {
    advance(text[end++]);
    stopped = findEnd();
  }
  size_t kept = stopped < 0 ? length : stops[stopped].length;
  size_t shown = before + end - kept, first = min(shown, before);
  int result = first ? pass(heldText, first) : 0;
  if (shown > first && !result)
    result = pass(text, shown - first);
  return result ? result : stopped >= 0;
}

int StopStream::flush() {
  int result = length && stopped < 0 ? pass(stops[held].text, length) : 0;
  length = 0;
  stopped = -1;
  int rest = characters.flush();
  return result ? result : rest;
}

} // namespace lfm2rt
