// Targets by name, and what stands behind the word of --cpu on x86-64.
#include "dialects/exec/IR/Exec.h"
#include "lfm2rt/features_x86.h"
#include "test/unit/Targets/CpuTest.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
class X86Cpus : public CpuTest {
protected:
  X86Cpus() : CpuTest("x86_64-linux") {}
};

TEST_F(X86Cpus, UnknownTargetNamesTheNearest) {
  auto entry = targets.lookup("x86_65-linux");
  ASSERT_FALSE(bool(entry));
  const std::string text = llvm::toString(entry.takeError());
  EXPECT_NE(
      text.find("unknown target 'x86_65-linux' (did you mean 'x86_64-linux'"),
      std::string::npos)
      << text;
}

TEST_F(X86Cpus, DotFormFollowsTheFeatures) {
  EXPECT_EQ(one("znver5").facts.dot, "avx512vnni");
  EXPECT_EQ(one("sapphirerapids").facts.dot, "avx512vnni");
  EXPECT_EQ(one("alderlake").facts.dot, "avxvnni");
  EXPECT_EQ(one("haswell").facts.dot, "avx2");
  EXPECT_EQ(one("nehalem").facts.dot, "ssse3");
  EXPECT_EQ(one("x86-64").facts.dot, "sse2");
  EXPECT_EQ(one("znver4,-avx512vnni").facts.dot, "avx2");
  EXPECT_EQ(one("haswell,-fma").facts.dot, "ssse3");
}

TEST_F(X86Cpus, FactsFollowTheForm) {
  const TargetFacts zen5 = one("znver5").facts;
  EXPECT_EQ(zen5.vectorBits, 512);
  EXPECT_EQ(zen5.lanes, 16);
  EXPECT_EQ(zen5.registers, 32);
  EXPECT_TRUE(zen5.dotUnsigned8 && zen5.f16c && zen5.fma && zen5.bf16dot);
  // AVX-512 without VNNI: 256 bits, but all registers.
  const TargetFacts skylake = one("skylake-avx512").facts;
  EXPECT_EQ(skylake.vectorBits, 256);
  EXPECT_EQ(skylake.registers, 32);
  EXPECT_FALSE(skylake.dotUnsigned8);
  // Eight lanes are two registers of 128 bits.
  const TargetFacts base = one("x86-64").facts;
  EXPECT_EQ(base.vectorBits, 128);
  EXPECT_EQ(base.lanes, 8);
  EXPECT_EQ(base.registers, 8);
  EXPECT_FALSE(base.f16c || base.fma || base.bf16dot);
}

TEST_F(X86Cpus, TilesOfTokensFollowTheMatrixUnit) {
  for (const char *cpu : {"sapphirerapids", "emeraldrapids", "graniterapids"}) {
    const TargetVariant amx = one(cpu);
    EXPECT_EQ(amx.facts.dotTileTokens, 16) << cpu;
    EXPECT_EQ(amx.facts.tileTokens, 16) << cpu;
    EXPECT_EQ(amx.facts.tileGroups, 1) << cpu;
    EXPECT_EQ(amx.facts.lanes, 16) << cpu;
    EXPECT_TRUE(llvm::is_contained(amx.requiredNames, "amx-int8")) << cpu;
    // What no code is made of is not asked for.
    EXPECT_NE(amx.features.find("-amx-bf16"), std::string::npos) << cpu;
  }
  for (const char *cpu :
       {"znver5", "icelake-server", "haswell",
        "sapphirerapids,-amx-tile,-amx-int8", "sapphirerapids,-avx512vnni"}) {
    const TargetVariant variant = one(cpu);
    EXPECT_EQ(variant.facts.dotTileTokens, 0) << cpu;
    EXPECT_EQ(variant.facts.tileTokens * variant.facts.tileGroups,
              variant.facts.registers / 4)
        << cpu;
    EXPECT_EQ(variant.facts.tileGroups,
              variant.facts.dot == "avx512vnni" ? 2 : 1)
        << cpu;
    EXPECT_FALSE(llvm::is_contained(variant.requiredNames, "amx-tile")) << cpu;
  }
}

TEST_F(X86Cpus, FactsBecomeAnAttribute) {
  mlir::MLIRContext context;
  context.loadDialect<exec::ExecDialect>();
  const TargetFacts facts = one("haswell").facts;
  const exec::TargetAttr written = exec::TargetAttr::get(&context, facts);
  EXPECT_EQ(written, exec::TargetAttr::get(&context, one("haswell").facts));
  std::string text;
  llvm::raw_string_ostream(text) << written;
  const mlir::Attribute read = mlir::parseAttribute(text, &context);
  EXPECT_EQ(read, written) << text;
  EXPECT_EQ(written.getFacts(), facts);
}

TEST_F(X86Cpus, FactsThatDifferAreNamed) {
  TargetFacts found = one("haswell").facts;
  EXPECT_EQ(exec::describeDifference(found, one("haswell").facts), "");
  found.dot = "ab\n";
  found.lanes = 4;
  found.fma = false;
  EXPECT_EQ(exec::describeDifference(found, one("haswell").facts),
            "dot: \"ab\\0A\", expected \"avx2\"; lanes: 4, expected 8; fma: "
            "false, expected true");
}

TEST_F(X86Cpus, OnlyCheckedFeaturesAreUsed) {
  const TargetVariant zen = one("znver3");
  EXPECT_TRUE(
      llvm::is_contained(zen.requiredFeatures, uint32_t(LFM2_X86_AVX2)));
  EXPECT_FALSE(
      llvm::is_contained(zen.requiredFeatures, uint32_t(LFM2_X86_AVX512F)));
  EXPECT_TRUE(llvm::is_sorted(zen.requiredFeatures));
  EXPECT_EQ(zen.requiredFeatures.size(), zen.requiredNames.size());
  // The start has no check for these.
  for (const char *feature : {"-sse4a", "-adx", "-sha", "-rdrnd"})
    EXPECT_NE(zen.features.find(feature), std::string::npos) << feature;
  EXPECT_TRUE(one("x86-64").requiredFeatures.empty());
}

TEST_F(X86Cpus, FeaturesAreAddedAndTakenAway) {
  EXPECT_TRUE(
      llvm::is_contained(one("haswell,+avxvnni").requiredNames, "avxvnni"));
  EXPECT_FALSE(llvm::is_contained(one("haswell,-bmi2").requiredNames, "bmi2"));
  EXPECT_EQ(one("haswell,+avxvnni").name, "haswell,+avxvnni");
}

TEST_F(X86Cpus, PortableVariantsShareOneLayout) {
  const std::vector<TargetVariant> variants = select("portable");
  ASSERT_EQ(variants.size(), 3u);
  EXPECT_EQ(variants[0].facts.dot, "avx512vnni");
  EXPECT_EQ(variants[1].facts.dot, "avx2");
  EXPECT_EQ(variants[2].facts.dot, "ssse3");
  for (const TargetVariant &variant : variants) {
    EXPECT_EQ(variant.facts.lanes, variants[0].facts.lanes);
    EXPECT_LE(variant.facts.vectorBits, variant.facts.lanes * 32);
  }
  // Best first: each needs more than the next.
  EXPECT_GT(variants[0].requiredFeatures.size(),
            variants[1].requiredFeatures.size());
  EXPECT_GT(variants[1].requiredFeatures.size(),
            variants[2].requiredFeatures.size());
}

TEST_F(X86Cpus, NativeIsTheHostsOwnCpu) {
  if (!target->isHost())
    GTEST_SKIP();
  const TargetVariant native = one("native");
  EXPECT_EQ(one("").features, native.features);
}

TEST_F(X86Cpus, RefusalsNameWhatIsNear) {
  EXPECT_EQ(refusal("haswel"),
            "unknown x86-64 CPU 'haswel' (did you mean 'haswell'?); "
            "--list-cpus names all of them");
  EXPECT_NE(refusal("znver55").find("'znver5'"), std::string::npos);
  EXPECT_NE(
      refusal("haswell,+avx2_vni").find("unknown x86-64 feature 'avx2_vni'"),
      std::string::npos);
  EXPECT_EQ(refusal("haswell,avx2"),
            "expected a feature as +name or -name after the CPU, found 'avx2'");
  EXPECT_EQ(
      refusal("portable,+avx2"),
      "--cpu=portable takes no features: each of its variants has its own");
}
} // namespace
