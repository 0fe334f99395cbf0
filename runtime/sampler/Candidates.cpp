#include "runtime/sampler/Candidates.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

bool Candidates::before(const Candidate &a, const Candidate &b) const {
  double x = a.logit, y = b.logit;
  if (ordered == Order::Nearest) {
    x = -__builtin_fabs(x - centre);
    y = -__builtin_fabs(y - centre);
  }
  return x > y || (x == y && a.id < b.id);
}

void Candidates::sink(uint32_t at, uint32_t left) {
  Candidate moved = list[at];
  for (uint32_t child; (child = 2 * at + 1) < left; at = child) {
    if (child + 1 < left && before(list[child + 1], list[child]))
      ++child;
    if (!before(list[child], moved))
      break;
    list[at] = list[child];
  }
  list[at] = moved;
}

void Candidates::makeHeap() {
  taken = 0;
  for (uint32_t i = count / 2; i-- > 0;)
    sink(i, count);
}

void Candidates::take() {
  uint32_t left = count - ++taken;
  Candidate first = list[0];
  list[0] = list[left];
  list[left] = first;
  sink(0, left);
}

void Candidates::arrange(Order order, double to) {
  if (order == ordered)
    return;
  ordered = order;
  centre = to;
  makeHeap();
}

void Candidates::keepFirst(uint32_t n) {
  counted = n;
  if (ordered != Order::Given)
    list += count - n;
  count = taken = n;
}

void Candidates::dropFirst(uint32_t n) {
  count -= n;
  counted -= n;
  taken -= n;
}

void Candidates::keepFrom(float lowest) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i)
    if (list[i].logit >= lowest)
      list[kept++] = list[i];
  counted = count = kept;
  if (ordered != Order::Given)
    makeHeap();
}

float Candidates::highest() const {
  float highest = list[0].logit;
  for (const Candidate &candidate : *this)
    highest = max(highest, candidate.logit);
  return highest;
}

} // namespace lfm2rt
