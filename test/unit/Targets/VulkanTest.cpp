// A device beside the CPUs of a host, as variants of one program.
#include "test/unit/Targets/CpuTest.h"

#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
class Vulkan : public CpuTest {
protected:
  Vulkan() : CpuTest("vulkan-x86_64-linux") {}
};

TEST_F(Vulkan, IsAGroupOfOneForEachHost) {
  for (const TargetRegistry::Entry &entry : targets.getEntries()) {
    const bool isDevice = llvm::StringRef(entry.name).starts_with("vulkan-");
    EXPECT_EQ(entry.group, isDevice ? "vulkan" : "") << entry.name;
    EXPECT_EQ(entry.target->getProgramLoader() != nullptr, isDevice)
        << entry.name;
  }
  for (const char *host :
       {"x86_64-linux", "aarch64-linux", "aarch64-android"}) {
    const Target &own = *llvm::cantFail(targets.lookup(host))->target;
    const Target &device =
        *llvm::cantFail(targets.lookup(std::string("vulkan-") + host))->target;
    EXPECT_EQ(device.getTriple(), own.getTriple());
    EXPECT_EQ(device.isHost(), own.isHost());
    EXPECT_EQ(device.getLinkArguments(), own.getLinkArguments());
    EXPECT_NE(device.getLibraryRuntime(), own.getLibraryRuntime());
    if (own.isHost()) {
      EXPECT_EQ(llvm::cantFail(targets.lookup("vulkan"))->target.get(),
                &device);
      EXPECT_EQ(llvm::cantFail(targets.lookup(""))->target.get(), &own);
    }
  }
}

TEST_F(Vulkan, VariantsShareTheirLanes) {
  // A Zen 5 alone has 16.
  for (const char *cpu : {"", "portable", "znver5", "znver5,-avx512bf16"}) {
    const std::vector<TargetVariant> variants = select(cpu);
    ASSERT_GE(variants.size(), 2u) << cpu;
    EXPECT_EQ(variants.front().code, CodeKind::Vulkan);
    for (const TargetVariant &variant : llvm::drop_begin(variants))
      EXPECT_EQ(variant.code, CodeKind::Cpu);
    for (const TargetVariant &variant : variants)
      EXPECT_EQ(variant.facts.lanes, 8) << variant.name;
  }
  EXPECT_EQ(select("").back().name, "x86-64-v3");
  const TargetVariant alone = one("none");
  EXPECT_EQ(alone.code, CodeKind::Vulkan);
  EXPECT_EQ(alone.facts.slices * alone.facts.lanes, 256);
  target = llvm::cantFail(targets.lookup("vulkan-aarch64-linux"))->target.get();
  for (const char *cpu : {"", "portable", "neoverse-v1", "apple-m4"})
    for (const TargetVariant &variant : select(cpu))
      EXPECT_EQ(variant.facts.lanes, 8) << variant.name;
}
} // namespace
