#include "runtime/src/Marks.h"

namespace lfm2rt {

void Marks::open(void *memory, void *columnsMemory, uint32_t room,
                 uint64_t bytesOfOne) {
  list = static_cast<Mark *>(memory);
  columns = static_cast<uint8_t *>(columnsMemory);
  bytes = bytesOfOne;
  most = room;
  count = 0;
  for (uint32_t i = 0; i < most; ++i)
    list[i] = {0, i};
}

// The one without which the tokens to read again are fewest for the distance
// from the end: gaps grow with age. The last one stays.
uint32_t Marks::leastMissed() const {
  uint32_t end = list[count - 1].position, found = 0;
  uint64_t gapFound = ~0u, ageFound = 1;
  for (uint32_t i = 0; i + 1 < count; ++i) {
    uint64_t gap = list[i + 1].position - (i ? list[i - 1].position : 0),
             age = end - list[i].position;
    // gap / age < gapFound / ageFound
    if (gap * ageFound < gapFound * age) {
      found = i;
      gapFound = gap;
      ageFound = age;
    }
  }
  return found;
}

void Marks::add(const Engine &engine, uint32_t position) {
  if (!areKept() || position == last())
    return;
  if (count == most) {
    uint32_t gone = leastMissed();
    Mark mark = list[gone];
    memmove(list + gone, list + gone + 1,
            size_t(count - 1 - gone) * sizeof(Mark));
    list[--count] = mark;
  }
  Mark &mark = list[count];
  mark.position = position;
  count += engine.read(columnsOf(mark), 0, bytes);
}

void Marks::addIfDue(const Engine &engine, uint32_t position) {
  if (areKept() && position >= last() + interval)
    add(engine, position);
}

void Marks::copy(const Marks &other) {
  count = min(most, other.count);
  for (uint32_t i = 0; i < count; ++i) {
    const Mark &mark = other.list[other.count - count + i];
    list[i].position = mark.position;
    memcpy(columnsOf(list[i]), other.columnsOf(mark), size_t(bytes));
  }
}

void Marks::dropBehind(uint32_t position) { count = countUpTo(position); }

bool Marks::bringBack(Engine &engine, uint32_t position) const {
  uint32_t i = countUpTo(position);
  // Without a mark from the zeros that a sequence starts with.
  return i ? engine.write(columnsOf(list[i - 1]), 0, bytes)
           : engine.clear(bytes);
}

} // namespace lfm2rt
