#include "lib/Engine/StopText.h"

#include <algorithm>

namespace lfm2e {
namespace {

/// Bytes at the end of `text` with which a character begins that is not whole.
size_t unfinished(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
    auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80 || byte >= 0xf8)
      return 0;
    if (byte < 0xc0)
      continue;
    size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < length ? back : 0;
  }
  return 0;
}

} // namespace

StopText::StopText(std::vector<std::string> texts) : stops(std::move(texts)) {
  stops.erase(std::remove(stops.begin(), stops.end(), ""), stops.end());
}

std::string StopText::add(std::string_view bytes) {
  if (stopped)
    return "";
  held += bytes;
  size_t end = std::string::npos;
  for (const std::string &stop : stops)
    end = std::min(end, held.find(stop));
  if (end != std::string::npos) {
    stopped = true;
    held.resize(end);
    return std::move(held);
  }
  // The longest end that a stop text begins with.
  size_t kept = unfinished(held);
  for (const std::string &stop : stops)
    for (size_t n = std::min(held.size(), stop.size() - 1); n > kept; --n)
      if (held.compare(held.size() - n, n, stop, 0, n) == 0)
        kept = n;
  // What is shown ends with a whole character, too.
  size_t shown = held.size() - kept;
  shown -= unfinished(std::string_view(held).substr(0, shown));
  std::string text = held.substr(0, shown);
  held.erase(0, shown);
  return text;
}

std::string StopText::flush() {
  std::string text = stopped ? "" : std::move(held);
  held.clear();
  return text;
}

} // namespace lfm2e
