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

class Candidates {
public:
  // `highest` is the highest logit.
  Candidates(Candidate *list, uint32_t count, uint32_t counted, float highest)
      : counted(counted), list(list), count(count), top(highest) {}

  // Those of a logit of -infinity are not in the list, but counted as long as
  // llama.cpp has them in its list: a few of its numbers depend on it.
  uint32_t counted;

  uint32_t size() const { return count; }
  Candidate *begin() { return list; }
  Candidate *end() { return list + count; }

  Order order() const { return ordered; }
  // `to` is what Order::Nearest measures from.
  void arrange(Order order, double to = 0);
  // In the order, from 0; all before it are in their places, too.
  const Candidate &operator[](uint32_t i) {
    while (ordered != Order::Given && sorted <= i)
      sortNext();
    return list[i];
  }

  // Nothing but the first n, of which the last was looked at.
  void keepFirst(uint32_t n);
  // Nothing of the first n, of which the last was looked at.
  void dropFirst(uint32_t n);
  void divideBy(float temperature); // In the given order.
  // Nothing below this logit. The order stays.
  void keepFrom(float lowest);

  float highest() const { return top; }

private:
  // What is divided by keys into buckets, one behind the other.
  struct Buckets {
    float top, scale; // The highest key; buckets for a difference of 1.
    uint32_t operator()(float key) const;
  };

  float keyOf(const Candidate &candidate) const;
  bool before(const Candidate &a, const Candidate &b) const;
  Buckets divide(Candidate *part, uint32_t n) const;
  void sortNext();
  void openSection();

  Candidate *list;
  uint32_t count;
  float top; // The highest logit.
  Order ordered = Order::Given;
  // The first `sorted` are in their places. Those up to `section` lie in
  // buckets. The rest has lower keys, and no order.
  uint32_t sorted = 0, section = 0;
  Buckets buckets = {};
  float reach = 0; // How far keys of the section are from its highest at most.
  double centre = 0;
};

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_CANDIDATES_H
