// Which of unequal cores a program computes on.
#include "runtime/cli/FastCores.h"
#include "gtest/gtest.h"
#include <vector>

using namespace lfm2rt;

namespace {
std::vector<uint32_t> choose(std::vector<uint32_t> capacities,
                             uint32_t wanted = 0) {
  std::vector<uint32_t> cpus(capacities.size());
  for (uint32_t i = 0; i < cpus.size(); ++i)
    cpus[i] = i;
  uint32_t count = chooseFastCores(cpus.data(), capacities.data(),
                                   uint32_t(cpus.size()), wanted);
  cpus.resize(count);
  return cpus;
}
using Cpus = std::vector<uint32_t>;

TEST(FastCores, EqualOnesAreAllAlike) {
  EXPECT_EQ(choose({1024, 1024, 1024}), Cpus());
  EXPECT_EQ(choose({0, 0}), Cpus());
  EXPECT_EQ(choose({}), Cpus());
}

TEST(FastCores, SlowOnesAreLeftOut) {
  // A phone: four small, three middle, one large core.
  EXPECT_EQ(choose({250, 250, 250, 250, 760, 760, 760, 1024}),
            (Cpus{7, 4, 5, 6}));
  // A board: two of each.
  EXPECT_EQ(choose({1024, 400, 1024, 400}), (Cpus{0, 2}));
}

TEST(FastCores, NearlyEqualOnesAreUsed) {
  EXPECT_EQ(choose({1024, 900, 1024, 600}), Cpus());
}

TEST(FastCores, MoreAreTakenWhereMoreAreWanted) {
  EXPECT_EQ(choose({250, 250, 760, 1024}, 2), (Cpus{3, 2}));
  // The slow ones together: none is better than the next.
  EXPECT_EQ(choose({250, 250, 760, 1024}, 3), Cpus());
  EXPECT_EQ(choose({100, 250, 250, 760, 1024}, 3), (Cpus{4, 3, 1, 2}));
}
} // namespace
