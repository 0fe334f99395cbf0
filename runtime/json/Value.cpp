#include "runtime/json/Value.h"

namespace lfm2rt {

int compare(Text a, Text b) {
  int order = memcmp(a.at, b.at, min(a.bytes, b.bytes));
  return order ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

namespace {

// Sorts the numbers of members by key, and by number where keys are equal
// (Shell's sort, with Knuth's distances).
void sort(Member *members, uint32_t count) {
  uint32_t gap = 1;
  while (gap < count / 3)
    gap = 3 * gap + 1;
  for (uint32_t i = 0; i < count; ++i)
    members[i].sorted = i;
  for (; gap > 0; gap /= 3)
    for (uint32_t i = gap; i < count; ++i) {
      uint32_t moved = members[i].sorted, at = i;
      for (; at >= gap; at -= gap) {
        uint32_t other = members[at - gap].sorted;
        int order = compare(members[other].name(), members[moved].name());
        if (order < 0 || (order == 0 && other < moved))
          break;
        members[at].sorted = other;
      }
      members[at].sorted = moved;
    }
}

// The key of a member whose value went to another.
const char joined = 0;

} // namespace

Value makeMapping(Member *members, uint32_t count) {
  sort(members, count);
  // Of equal keys the last value goes to the first, and the others go away.
  uint32_t kept = count, first = 0;
  for (uint32_t i = 1; i < count; ++i) {
    Member &one = members[members[first].sorted];
    Member &next = members[members[i].sorted];
    if (!equal(one.name(), next.name())) {
      first = i;
      continue;
    }
    one.value = next.value;
    next.key = &joined;
    --kept;
  }
  if (kept < count) {
    uint32_t to = 0;
    for (uint32_t i = 0; i < count; ++i)
      if (members[i].key != &joined)
        members[to++] = members[i];
    sort(members, kept);
  }
  Value value;
  value.kind = Kind::Mapping;
  value.size = kept;
  value.members = members;
  return value;
}

const Value *find(const Value &mapping, Text key) {
  if (mapping.kind != Kind::Mapping)
    return nullptr;
  uint32_t begin = 0, end = mapping.size;
  while (begin < end) {
    uint32_t middle = begin + (end - begin) / 2;
    const Member &member = mapping.members[mapping.members[middle].sorted];
    int order = compare(member.name(), key);
    if (order == 0)
      return &member.value;
    if (order < 0)
      begin = middle + 1;
    else
      end = middle;
  }
  return nullptr;
}

} // namespace lfm2rt
