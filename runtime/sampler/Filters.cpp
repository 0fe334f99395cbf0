// What is left of the logits to draw from: top-k, top-p and min-p.
#include "runtime/sampler/Math.h"
#include "runtime/sampler/Sampler.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

bool before(const Candidate &a, const Candidate &b) {
  return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

// Heaps with the candidate in front that comes last (or first) in the order.
template <bool FirstInFront>
void sink(Candidate *heap, uint32_t count, uint32_t at) {
  Candidate moved = heap[at];
  for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count &&
        before(heap[child + 1], heap[child]) == FirstInFront)
      ++child;
    if (before(heap[child], moved) != FirstInFront)
      break;
    heap[at] = heap[child];
  }
  heap[at] = moved;
}

template <bool FirstInFront> void makeHeap(Candidate *heap, uint32_t count) {
  for (uint32_t i = count / 2; i-- > 0;)
    sink<FirstInFront>(heap, count, i);
}

void reverse(Candidate *list, uint32_t count) {
  for (uint32_t i = 0; i < count / 2; ++i) {
    Candidate swapped = list[i];
    list[i] = list[count - 1 - i];
    list[count - 1 - i] = swapped;
  }
}

} // namespace

// One pass with a heap of the k best: nearly all candidates fail the comparison
// with its worst.
void keepTopK(Candidates &candidates, int32_t k) {
  if (k <= 0 || candidates.count == 0)
    return;
  uint32_t keep = min(uint32_t(k), candidates.count);
  if (!candidates.sorted) {
    Candidate *heap = candidates.list;
    makeHeap<false>(heap, keep);
    for (uint32_t i = keep; i < candidates.count; ++i)
      if (before(heap[i], heap[0])) {
        heap[0] = heap[i];
        sink<false>(heap, keep, 0);
      }
    for (uint32_t left = keep; left > 1;) {
      Candidate last = heap[0];
      heap[0] = heap[--left];
      heap[left] = last;
      sink<false>(heap, left, 0);
    }
    candidates.sorted = true;
  }
  candidates.count = keep;
}

// The tail of the distribution is never sorted: the best are taken off a heap
// until they are enough. They gather, best first from its end, behind the heap.
void keepTopP(Candidates &candidates, float p) {
  if (p >= 1 || candidates.count == 0)
    return;
  Candidate *list = candidates.list;
  uint32_t count = candidates.count;
  if (!candidates.sorted)
    makeHeap<true>(list, count);
  double highest = list[0].logit, total = 0;
  for (uint32_t i = 0; i < count; ++i)
    total += exponential(list[i].logit - highest);

  double sum = 0;
  uint32_t kept = 0;
  if (candidates.sorted) {
    while (kept < count) {
      sum += exponential(list[kept++].logit - highest);
      if (sum >= double(p) * total)
        break;
    }
  } else {
    for (uint32_t left = count; left > 0;) {
      Candidate best = list[0];
      list[0] = list[--left];
      list[left] = best;
      if (left > 1)
        sink<true>(list, left, 0);
      ++kept;
      sum += exponential(best.logit - highest);
      if (sum >= double(p) * total)
        break;
    }
    reverse(list, count);
    candidates.sorted = true;
  }
  candidates.count = kept;
}

void keepMinP(Candidates &candidates, float p) {
  if (!(p > 0) || candidates.count == 0)
    return;
  Candidate *list = candidates.list;
  float highest = list[0].logit;
  for (uint32_t i = 1; i < candidates.count; ++i)
    highest = max(highest, list[i].logit);
  float lowest = highest + float(logarithm(p));
  uint32_t kept = 0;
  for (uint32_t i = 0; i < candidates.count; ++i)
    if (list[i].logit >= lowest)
      list[kept++] = list[i];
  // None is left where p > 1; the most likely always stays.
  for (uint32_t i = 0; kept == 0 && i < candidates.count; ++i)
    if (list[i].logit == highest)
      list[kept++] = list[i];
  candidates.count = max(kept, 1u);
}

} // namespace lfm2rt
