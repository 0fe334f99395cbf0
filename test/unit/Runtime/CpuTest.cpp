// CPU features by name, and the choice of a variant.
#include "runtime/cpu/Cpu.h"
#include "lfm2rt/features_x86.h"
#include "runtime/platform/Platform.h"
#include "test/unit/Runtime/Fixture.h"

using namespace fake;
using namespace lfm2rt;

namespace {

TEST(Cpu, NamesStandAtTheirIndexes) {
  EXPECT_STREQ(cpuFeatureName(LFM2_X86_AVX2), "avx2");
  EXPECT_STREQ(cpuFeatureName(LFM2_X86_AVXVNNIINT8), "avxvnniint8");
  EXPECT_STREQ(cpuFeatureName(LFM2_X86_AMX_INT8), "amx-int8");
  EXPECT_STREQ(cpuFeatureName(LFM2_X86_NUM_FEATURES), "");
}

TEST(Cpu, AgreesWithTheCompilersLibrary) {
  const uint64_t present = cpuFeatures();
  const auto has = [&](uint32_t feature) {
    return bool(present >> feature & 1);
  };
  EXPECT_EQ(has(LFM2_X86_SSE3), bool(__builtin_cpu_supports("sse3")));
  EXPECT_EQ(has(LFM2_X86_SSE4_2), bool(__builtin_cpu_supports("sse4.2")));
  EXPECT_EQ(has(LFM2_X86_AVX), bool(__builtin_cpu_supports("avx")));
  EXPECT_EQ(has(LFM2_X86_AVX2), bool(__builtin_cpu_supports("avx2")));
  EXPECT_EQ(has(LFM2_X86_FMA), bool(__builtin_cpu_supports("fma")));
  EXPECT_EQ(has(LFM2_X86_BMI2), bool(__builtin_cpu_supports("bmi2")));
  EXPECT_EQ(has(LFM2_X86_AVX512F), bool(__builtin_cpu_supports("avx512f")));
  EXPECT_EQ(has(LFM2_X86_AVX512VNNI),
            bool(__builtin_cpu_supports("avx512vnni")));
}

TEST(Cpu, FirstVariantThatRuns) {
  const uint32_t wide[] = {LFM2_X86_AVX2, LFM2_X86_AVX512F};
  const uint32_t middle[] = {LFM2_X86_AVX2};
  const lfm2_variant variants[] = {
      {"wide", wide, 2, 0, nullptr, nullptr, 0, 0},
      {"middle", middle, 1, 0, nullptr, nullptr, 0, 0},
      {"any", middle, 0, 0, nullptr, nullptr, 0, 0}};
  lfm2_program some = program;
  some.num_variants = 3;
  some.variants = variants;
  const uint64_t avx2 = uint64_t(1) << LFM2_X86_AVX2;
  EXPECT_STREQ(chooseVariant(some, ~uint64_t(0))->name, "wide");
  EXPECT_STREQ(chooseVariant(some, avx2)->name, "middle");
  EXPECT_STREQ(chooseVariant(some, 0)->name, "any");
  some.num_variants = 2;
  EXPECT_EQ(chooseVariant(some, 0), nullptr);

  char text[64];
  Message message(text, sizeof(text));
  listMissing(message, variants[0], 0);
  EXPECT_STREQ(text, "avx2, avx512f");
}

TEST(Cpu, TheSystemIsAskedForTileRegistersAlone) {
  static uint32_t asked;
  asked = 0;
  const UseRegisters allow = [](uint32_t component) -> int64_t {
    asked = component;
    return 0;
  };
  const UseRegisters refuse = [](uint32_t) -> int64_t { return -1; };
  const uint32_t tiles[] = {LFM2_X86_AVX2, LFM2_X86_AMX_TILE,
                            LFM2_X86_AMX_INT8};
  const lfm2_variant variants[] = {
      {"tiles", tiles, 3, 0, nullptr, nullptr, 0, 0},
      {"vectors", tiles, 1, 0, nullptr, nullptr, 0, 0}};
  lfm2_program some = program;
  some.num_variants = 2;
  some.variants = variants;

  uint64_t present = ~uint64_t(0), refused;
  EXPECT_STREQ(acquireVariant(some, present, refused, allow)->name, "tiles");
  EXPECT_EQ(asked, 18u); // XTILEDATA
  EXPECT_EQ(refused, 0u);

  // Where it says no, a variant without them runs, if there is one.
  const lfm2_variant *variant = acquireVariant(some, present, refused, refuse);
  EXPECT_STREQ(variant->name, "vectors");
  EXPECT_EQ(refused, ~present);
  char text[64];
  Message message(text, sizeof(text));
  listMissing(message, variants[0], present);
  EXPECT_STREQ(text, "amx-tile, amx-int8");
  some.num_variants = 1;
  EXPECT_EQ(acquireVariant(some, present = ~uint64_t(0), refused, refuse),
            nullptr);

  // A program without tiles asks for nothing.
  asked = 0;
  some.variants = variants + 1;
  EXPECT_STREQ(acquireVariant(some, present, refused, allow)->name, "vectors");
  EXPECT_EQ(asked, 0u);
}

TEST(Cpu, TheSystemHasNoTileRegistersWithoutAmx) {
  if (cpuFeatures() >> LFM2_X86_AMX_TILE & 1)
    GTEST_SKIP();
  EXPECT_LT(platform::useRegisters(18), 0);
}

TEST_F(Runtime, RefusedBeforeAnyStepOnACpuWithoutTheFeatures) {
  const uint32_t features[] = {LFM2_X86_SSE3, 63};
  lfm2_variant variant = program.variants[1];
  variant.name = "tomorrow";
  variant.features = features;
  variant.num_features = 2;
  lfm2_program other = program;
  other.variants = &variant;
  other.num_variants = 1;
  EXPECT_EQ(lfm2rt_model_open(&model, &other, &error), LFM2RT_UNSUPPORTED_CPU);
  EXPECT_TRUE(failed("'tomorrow', and this one lacks feature 63"));
}

} // namespace
