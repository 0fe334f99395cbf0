#include "runtime/sampler/Candidates.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {
constexpr uint32_t mostBuckets = 512;
// So many are not worth buckets.
constexpr uint32_t few = 64;
} // namespace

// The highest first.
float Candidates::keyOf(const Candidate &candidate) const {
  return ordered == Order::Highest
             ? candidate.logit
             : -float(__builtin_fabs(candidate.logit - centre));
}

bool Candidates::before(const Candidate &a, const Candidate &b) const {
  float x = keyOf(a), y = keyOf(b);
  return x > y || (x == y && a.id < b.id);
}

uint32_t Candidates::Buckets::operator()(float key) const {
  float bucket = (top - key) * scale;
  return bucket < mostBuckets - 1 ? uint32_t(bucket) : mostBuckets - 1;
}

void Candidates::arrange(Order order, double to) {
  if (order == ordered)
    return;
  ordered = order;
  centre = to;
  sorted = section = 0;
  reach = 4; // Of logits, e^4 times as likely.
}

Candidates::Buckets Candidates::divide(Candidate *part, uint32_t n) const {
  float top = keyOf(*part), bottom = top;
  for (uint32_t i = 1; i < n; ++i) {
    float key = keyOf(part[i]);
    top = max(top, key);
    bottom = min(bottom, key);
  }
  if (n <= few || !(top > bottom))
    return {top, 0};
  Buckets of = {top, mostBuckets / (top - bottom)};
  uint32_t ends[mostBuckets] = {}, next[mostBuckets], at = 0;
  for (uint32_t i = 0; i < n; ++i)
    ++ends[of(keyOf(part[i]))];
  for (uint32_t b = 0; b < mostBuckets; ++b) {
    next[b] = at;
    ends[b] = at += ends[b];
  }
  // Each candidate goes to its bucket, and the one that was there to its own.
  for (uint32_t b = 0; b < mostBuckets; ++b)
    while (next[b] < ends[b]) {
      Candidate one = part[next[b]];
      for (uint32_t its; (its = of(keyOf(one))) != b;) {
        Candidate other = part[next[its]];
        part[next[its]++] = one;
        one = other;
      }
      part[next[b]++] = one;
    }
  return of;
}

// Each reaches twice as far as the one before: few are looked at, as a rule.
void Candidates::openSection() {
  float first = keyOf(list[sorted]);
  if (sorted == 0 && ordered == Order::Highest)
    first = top;
  else
    for (uint32_t i = sorted + 1; i < count; ++i)
      first = max(first, keyOf(list[i]));
  reach *= 2;
  for (uint32_t i = sorted; i < count; ++i) {
    Candidate one = list[i];
    list[i] = list[section];
    list[section] = one;
    section += keyOf(one) >= first - reach;
  }
  buckets = divide(list + sorted, section - sorted);
}

// Shell sort; what is large is divided once more, and then nearly sorted.
__attribute__((minsize)) void Candidates::sortNext() {
  if (sorted == section)
    openSection();
  Candidate *next = list + sorted;
  uint32_t bucket = buckets(keyOf(*next)), n = 1;
  while (sorted + n < section && buckets(keyOf(next[n])) == bucket)
    ++n;
  sorted += n;
  divide(next, n);
  for (uint32_t gap = n; gap > 1;) {
    gap = max(gap * 5 / 11, 1u);
    for (uint32_t i = gap; i < n; ++i) {
      Candidate one = next[i];
      uint32_t at = i;
      for (; at >= gap && before(one, next[at - gap]); at -= gap)
        next[at] = next[at - gap];
      next[at] = one;
    }
  }
}

// None of these takes long.
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)

void Candidates::keepFirst(uint32_t n) {
  counted = count = sorted = section = n;
  top = list[0].logit;
  for (uint32_t i = 1; i < count; ++i)
    top = max(top, list[i].logit);
}

void Candidates::dropFirst(uint32_t n) {
  list += n;
  count -= n;
  counted -= n;
  sorted -= n;
  section -= n;
  top = (*this)[0].logit;
}

void Candidates::divideBy(float temperature) {
  for (uint32_t i = 0; i < count; ++i)
    list[i].logit /= temperature;
  top /= temperature;
}

void Candidates::keepFrom(float lowest) {
  uint32_t kept = 0, places[] = {sorted, section};
  for (uint32_t i = 0; i < count; ++i) {
    bool keep = list[i].logit >= lowest;
    sorted -= i < places[0] && !keep;
    section -= i < places[1] && !keep;
    if (keep)
      list[kept++] = list[i];
  }
  counted = count = kept;
}

#pragma clang attribute pop

} // namespace lfm2rt
