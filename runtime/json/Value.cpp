#include "runtime/json/Value.h"

namespace lfm2rt {

int compare(Text a, Text b) {
  int order = memcmp(a.at, b.at, min(a.bytes, b.bytes));
  return order ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

namespace {

// A heap sort of the numbers of members by key, and by number where keys are
// equal.
class Sort {
public:
  Sort(Member *members, uint32_t count) : members(members) {
    for (uint32_t i = 0; i < count; ++i)
      members[i].sorted = i;
    for (uint32_t i = count / 2; i-- > 0;)
      sink(i, count);
    for (uint32_t left = count; left > 1;) {
      --left;
      swap(0, left);
      sink(0, left);
    }
  }

private:
  void swap(uint32_t a, uint32_t b) {
    uint32_t was = members[a].sorted;
    members[a].sorted = members[b].sorted;
    members[b].sorted = was;
  }
  bool before(uint32_t a, uint32_t b) const {
    uint32_t first = members[a].sorted, second = members[b].sorted;
    int order = compare(members[first].name(), members[second].name());
    return order ? order < 0 : first < second;
  }
  void sink(uint32_t at, uint32_t count) {
    for (;;) {
      uint64_t child = 2 * uint64_t(at) + 1;
      if (child >= count)
        return;
      auto larger = uint32_t(child);
      if (larger + 1 < count && before(larger, larger + 1))
        ++larger;
      if (!before(at, larger))
        return;
      swap(at, larger);
      at = larger;
    }
  }

  Member *members;
};

// The key of a member whose value went to another.
const char joined = 0;

} // namespace

Value makeMapping(Member *members, uint32_t count) {
  Sort(members, count);
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
    Sort(members, kept);
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
