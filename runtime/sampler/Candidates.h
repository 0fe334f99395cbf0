// The tokens that are still possible, in an order of which only as much is made
// as somebody looks at.
#ifndef LFM2RT_SAMPLER_CANDIDATES_H
#define LFM2RT_SAMPLER_CANDIDATES_H

#include <stdint.h>

namespace lfm2rt {

struct Candidate {
  float logit;
  int32_t id;
};

enum class Order : uint8_t {
  Given,   // By id.
  Highest, // The highest logit first; among equal ones the lower id.
  Nearest, // The one nearest to a logit first; see below.
};

// In any order but the given one the last `count` - `taken` are a heap at the
// list's start, and those before them stand behind it, the first one last.
class Candidates {
public:
  Candidates(Candidate *list, uint32_t count, uint32_t counted)
      : counted(counted), list(list), count(count) {}

  // Those of a logit of -infinity are not in the list, but counted as long as
  // llama.cpp has them in its list: a few of its numbers depend on it.
  uint32_t counted;

  uint32_t size() const { return count; }
  // All of them, in no order that means anything.
  const Candidate *begin() const { return list; }
  const Candidate *end() const { return list + count; }
  Candidate *begin() { return list; }
  Candidate *end() { return list + count; }

  Order order() const { return ordered; }
  // `to` is what Order::Nearest measures from.
  void arrange(Order order, double to = 0);
  // In the order, from 0; all before it are found, too.
  const Candidate &operator[](uint32_t i) {
    if (ordered == Order::Given)
      return list[i];
    while (taken <= i)
      take();
    return list[count - 1 - i];
  }

  // Nothing but the first n, of which the last was looked at.
  void keepFirst(uint32_t n);
  // Nothing of the first n, of which the last was looked at.
  void dropFirst(uint32_t n);
  // Nothing below this logit. The order stays.
  void keepFrom(float lowest);

  float highest() const;

private:
  bool before(const Candidate &a, const Candidate &b) const;
  void sink(uint32_t at, uint32_t left);
  void makeHeap();
  void take();

  Candidate *list;
  uint32_t count, taken = 0;
  double centre = 0;
  Order ordered = Order::Given;
};

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_CANDIDATES_H
