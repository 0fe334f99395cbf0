// What stands behind the word of --cpu on AArch64.
#include "lfm2rt/abi.h"
#include "test/unit/Targets/CpuTest.h"

#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
class AArch64Cpus : public CpuTest {
protected:
  AArch64Cpus() : CpuTest("aarch64-linux") {}
};

TEST_F(AArch64Cpus, DotFormFollowsTheFeatures) {
  EXPECT_EQ(one("cortex-a53").facts.dot, "neon");
  for (const char *cpu : {"cortex-a76", "cortex-a78", "neoverse-n1", "apple-m1",
                          "armv8.4-a", "cortex-x4,-i8mm"})
    EXPECT_EQ(one(cpu).facts.dot, "dotprod") << cpu;
  for (const char *cpu : {"cortex-x4", "neoverse-v2", "apple-m2", "apple-m3",
                          "apple-m4", "oryon", "oryon-1", "armv8.6-a"})
    EXPECT_EQ(one(cpu).facts.dot, "i8mm") << cpu;
  EXPECT_EQ(one("armv9-a,+sve256").facts.dot, "sve");
}

TEST_F(AArch64Cpus, FactsFollowTheForm) {
  const TargetFacts x4 = one("cortex-x4").facts;
  EXPECT_EQ(x4.vectorBits, 128);
  EXPECT_EQ(x4.lanes, 8);
  EXPECT_EQ(x4.registers, 16);
  EXPECT_EQ(x4.tileTokens, 4);
  EXPECT_TRUE(x4.dotAccumulates && x4.dotByLane && x4.byteShifts && x4.fma &&
              x4.f16c && x4.bf16dot);
  const TargetFacts a53 = one("cortex-a53").facts;
  EXPECT_FALSE(a53.dotAccumulates || a53.bf16dot);
  EXPECT_TRUE(a53.dotByLane && a53.byteShifts && a53.fma && a53.f16c);
  const TargetFacts sve = one("armv9-a,+sve256,+sve512").facts;
  EXPECT_EQ(sve.vectorBits, 512);
  EXPECT_EQ(sve.lanes, 16);
  EXPECT_FALSE(sve.dotByLane);
}

// SME's tiles are 16 rows wide, and so is the layout then; one that is given,
// or vectors of SVE, keep theirs, and the start asks for what code is made of.
TEST_F(AArch64Cpus, TilesOfSMEHaveSixteenRows) {
  const TargetVariant m4 = one("apple-m4");
  EXPECT_EQ(m4.facts.lanes, 16);
  EXPECT_EQ(m4.facts.vectorBits, 128);
  EXPECT_EQ(m4.facts.registers, 8);
  EXPECT_EQ(m4.facts.dotTileTokens, 16);
  EXPECT_TRUE(m4.facts.dotTileMode);
  EXPECT_TRUE(llvm::is_contained(m4.requiredNames, "sme") &&
              llvm::is_contained(m4.requiredNames, "sme512"));
  EXPECT_NE(m4.features.find("-sme2"), std::string::npos) << m4.features;
  for (const char *cpu :
       {"apple-m3", "apple-m4,-sme512", "armv9-a,+sme,+sme512,+sve256"}) {
    const TargetVariant other = one(cpu);
    EXPECT_FALSE(other.facts.dotTileMode) << cpu;
    EXPECT_EQ(other.facts.lanes, 8) << cpu;
    EXPECT_FALSE(llvm::is_contained(other.requiredNames, "sme512")) << cpu;
  }
}

// What LLVM would use by itself and the start does not check is switched off;
// what is checked stays.
TEST_F(AArch64Cpus, OnlyCheckedFeaturesAreUsed) {
  const TargetVariant x4 = one("cortex-x4");
  EXPECT_EQ(x4.requiredNames,
            (std::vector<std::string>{"fullfp16", "dotprod", "i8mm", "bf16",
                                      "sve", "sve2"}));
  for (const char *feature : {"-lse", "-rcpc", "-crc"})
    EXPECT_NE(x4.features.find(feature), std::string::npos) << x4.features;
  // Words of our own are not LLVM's.
  EXPECT_EQ(one("armv9-a,+sve256").features.find("sve256"), std::string::npos);
  EXPECT_TRUE(one("armv8-a").requiredFeatures.empty());
  EXPECT_TRUE(one("cortex-a53").requiredFeatures.empty());
}

TEST_F(AArch64Cpus, PortableVariantsShareOneLayout) {
  const std::vector<TargetVariant> variants = select("portable");
  ASSERT_EQ(variants.size(), 3u);
  EXPECT_EQ(variants[0].facts.dot, "i8mm");
  EXPECT_EQ(variants[1].facts.dot, "dotprod");
  EXPECT_EQ(variants[2].facts.dot, "neon");
  for (const TargetVariant &variant : variants)
    EXPECT_EQ(variant.facts.lanes, 8);
  EXPECT_TRUE(variants[2].requiredFeatures.empty());
}

TEST_F(AArch64Cpus, ACrossBuildHasABaseline) {
  if (target->isHost())
    GTEST_SKIP();
  EXPECT_EQ(one("").name, "armv8.4-a");
  EXPECT_NE(refusal("native").find("leave --cpu out for armv8.4-a"),
            std::string::npos);
}

TEST_F(AArch64Cpus, RefusalsNameWhatIsNear) {
  EXPECT_NE(refusal("cortex-x44")
                .find("unknown AArch64 CPU 'cortex-x44' (did "
                      "you mean 'cortex-x4'"),
            std::string::npos)
      << refusal("cortex-x44");
  EXPECT_EQ(refusal("cortex-a76,+dotprd"),
            "unknown AArch64 feature 'dotprd' (did you mean 'dotprod'?); "
            "expected one of fullfp16 dotprod i8mm bf16 sve sve2 sve256 sve512 "
            "sme sme512");
}
} // namespace
