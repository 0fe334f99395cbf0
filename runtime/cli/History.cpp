#include "runtime/cli/History.h"

namespace lfm2rt {

History::~History() {
  if (file >= 0)
    platform::closeFile(file);
}

int64_t History::open(const char *path) {
  file = system::openToAppend(path, /*isPrivate=*/true);
  int64_t from = file < 0 ? file : platform::openForReading(path), n = from;
  char block[4096];
  bool escaped = false;
  for (uint64_t offset = 0;
       from >= 0 &&
       (n = platform::readAt(from, block, sizeof(block), offset)) > 0;
       offset += uint64_t(n))
    for (int64_t i = 0; i < n; ++i) {
      char c = block[i];
      if (c == '\\' && !escaped) {
        escaped = true;
        continue;
      }
      if (escaped && c == 'n')
        c = '\n';
      else if (c == '\n')
        c = 0;
      escaped = false;
      entries.add(&c, 1);
    }
  if (from >= 0)
    platform::closeFile(from);
  // The last line may have no end.
  if (entries.size() && entries.data()[entries.size() - 1])
    entries.add("", 1);
  at = entries.size();
  return n < 0 ? n : entries.hasFailed() ? system::outOfMemory : 0;
}

Text History::entryAt(uint64_t start) const {
  const char *text = entries.data() + start;
  return {text, uint32_t(length(text))};
}

uint64_t History::startBefore(uint64_t start) const {
  if (start > 0)
    --start; // The 0 behind it.
  while (start > 0 && entries.data()[start - 1])
    --start;
  return start;
}

int64_t History::add(Text entry) {
  uint64_t size = entries.size();
  bool isNew = size == 0 || !equal(entryAt(startBefore(size)), entry);
  if (isNew) {
    entries.add(entry.at, entry.bytes);
    entries.add("", 1);
  }
  at = entries.size();
  if (!isNew || file < 0)
    return 0;
  TextBuffer line;
  for (uint32_t i = 0; i < entry.bytes; ++i) {
    char c = entry.at[i];
    if (c == '\\' || c == '\n')
      line.add("\\", 1);
    line.add(c == '\n' ? "n" : &c, 1);
  }
  line.add("\n");
  return system::writeAll(file, line.data(), line.size());
}

bool History::goBack() {
  if (at == 0)
    return false;
  at = startBefore(at);
  return true;
}

bool History::goOn() {
  if (at == entries.size())
    return false;
  at += entryAt(at).bytes + 1;
  return true;
}

Text History::shown() const {
  return at == entries.size() ? Text{"", 0} : entryAt(at);
}

} // namespace lfm2rt
