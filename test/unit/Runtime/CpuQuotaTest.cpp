// How many cores' worth of time a container leaves to a program.
#include "runtime/cli/CpuQuota.h"
#include "gtest/gtest.h"
#include <string>

namespace {
uint64_t cores(const std::string &text) {
  return lfm2rt::coresOfQuota(text.data(), text.size());
}

TEST(CpuQuota, RoundsUp) {
  EXPECT_EQ(cores("200000 100000\n"), 2u);
  EXPECT_EQ(cores("200001 100000\n"), 3u);
  EXPECT_EQ(cores("1000 100000\n"), 1u);
  EXPECT_EQ(cores("6400000 50000\n"), 128u);
}

TEST(CpuQuota, WhereThereIsNone) {
  EXPECT_EQ(cores("max 100000\n"), 0u);
  EXPECT_EQ(cores(""), 0u);
  EXPECT_EQ(cores("200000"), 0u);
  EXPECT_EQ(cores("200000 "), 0u);
  EXPECT_EQ(cores("200000 0\n"), 0u);
}
} // namespace
