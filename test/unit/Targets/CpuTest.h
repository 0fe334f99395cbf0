// What the tests of each target's CPUs begin with.
#ifndef LFM2C_TEST_UNIT_TARGETS_CPUTEST_H
#define LFM2C_TEST_UNIT_TARGETS_CPUTEST_H

#include "targets/Target.h"

#include "gtest/gtest.h"

namespace lfm2c {

/// All targets, and the one whose words for CPUs are tested.
class CpuTest : public testing::Test {
protected:
  explicit CpuTest(llvm::StringRef name) {
    registerAllTargets(targets);
    target = llvm::cantFail(targets.lookup(name))->target.get();
  }
  std::vector<TargetVariant> select(llvm::StringRef cpu) {
    return llvm::cantFail(target->select(cpu));
  }
  TargetVariant one(llvm::StringRef cpu) {
    std::vector<TargetVariant> variants = select(cpu);
    EXPECT_EQ(variants.size(), 1u);
    return variants.front();
  }
  std::string refusal(llvm::StringRef cpu) {
    auto variants = target->select(cpu);
    EXPECT_FALSE(bool(variants));
    return variants ? "" : llvm::toString(variants.takeError());
  }

  TargetRegistry targets;
  const Target *target;
};

} // namespace lfm2c

#endif // LFM2C_TEST_UNIT_TARGETS_CPUTEST_H
