// What stands behind the word of --cpu on Hexagon.
#include "test/unit/Targets/CpuTest.h"

#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
class HexagonCpus : public CpuTest {
protected:
  HexagonCpus() : CpuTest("hexagon") {}
};

TEST_F(HexagonCpus, OneVectorIsOneGroupOfRows) {
  for (const char *cpu : {"hexagonv66", "hexagonv68", "hexagonv79"}) {
    const TargetFacts facts = one(cpu).facts;
    EXPECT_EQ(facts.dot, "vrmpy") << cpu;
    EXPECT_EQ(facts.vectorBits, 1024);
    EXPECT_EQ(facts.lanes, 32);
    EXPECT_EQ(facts.registers, 32);
    EXPECT_EQ(facts.addressBits, 32);
    EXPECT_EQ(facts.processBytes, int64_t(3) << 30);
    EXPECT_TRUE(facts.dotUnsigned8 && facts.dotAccumulates) << cpu;
    EXPECT_FALSE(facts.dotByLane || facts.bf16dot) << cpu;
  }
}

// VTCM, that is; half of a thread's part has room for a row group.
TEST_F(HexagonCpus, NearMemoryFollowsTheVersion) {
  for (auto [cpu, mebibytes] : {std::pair<const char *, double>{"", 0.25},
                                {"hexagonv67", 0.25},
                                {"hexagonv68", 4},
                                {"hexagonv69", 8},
                                {"hexagonv73", 8},
                                {"hexagonv79", 8}}) {
    const TargetFacts facts = one(cpu).facts;
    EXPECT_EQ(facts.nearBytes, mebibytes * (1 << 20)) << cpu;
    EXPECT_EQ(facts.nearThreads, 4) << cpu;
  }
}

// From v68 on vectors hold floats, without fused products or conversions of
// i32.
TEST_F(HexagonCpus, FloatsFollowTheVersion) {
  for (const char *cpu : {"", "hexagonv66", "hexagonv67"}) {
    const TargetFacts facts = one(cpu).facts;
    EXPECT_EQ(facts.floatLanes, 1) << cpu;
    EXPECT_TRUE(facts.fma && facts.intToFloat && !facts.f16c) << cpu;
  }
  for (const char *cpu : {"hexagonv68", "hexagonv69", "hexagonv71",
                          "hexagonv73", "hexagonv75", "hexagonv79"}) {
    const TargetFacts facts = one(cpu).facts;
    EXPECT_EQ(facts.floatLanes, 32) << cpu;
    EXPECT_TRUE(!facts.fma && !facts.intToFloat && facts.f16c) << cpu;
  }
}

TEST_F(HexagonCpus, NeedsTheVectorsOfItsVersion) {
  EXPECT_EQ(one("").requiredNames, std::vector<std::string>{"hvxv66"});
  EXPECT_EQ(one("hexagonv68").requiredNames,
            (std::vector<std::string>{"hvxv66", "hvxv68"}));
  EXPECT_EQ(one("").cpu, "hexagonv66");
  EXPECT_FALSE(target->isHost());
}

TEST_F(HexagonCpus, OtherWordsAreRefused) {
  EXPECT_NE(refusal("hexagonv74").find("unknown Hexagon CPU 'hexagonv74'"),
            std::string::npos);
  EXPECT_NE(refusal("portable").find("unknown Hexagon CPU"), std::string::npos);
  EXPECT_NE(refusal("native").find("runs on the target"), std::string::npos);
  EXPECT_NE(refusal("hexagonv68,+hvxv73").find("take no features"),
            std::string::npos);
}
} // namespace
