// x86-64 CPUs: LLVM's names of them, and the tables of Facts.td.
#include "lfm2rt/features_x86.h"
#include "targets/x86/X86Target.h"

#include "llvm/TargetParser/X86TargetParser.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {
#define GET_DotForms_IMPL
#define GET_DotTiles_IMPL
#define GET_CpuMemoryTable_IMPL
#define GET_PortableVariants_IMPL
#include "targets/x86/Facts.inc"

constexpr const char *checkedFeatures[] = {
#define LFM2_FEATURE_NAME(id, name) name,
    LFM2_X86_FEATURES(LFM2_FEATURE_NAME)
#undef LFM2_FEATURE_NAME
};

/// CRC32 comes with SSE4.2.
constexpr const char *baseFeatures[] = {"64bit", "cmov", "crc32", "cx8", "fxsr",
                                        "mmx",   "sse",  "sse2",  "x87"};

/// One 256-bit vector of i32, which is what most of these CPUs compute with;
/// AVX-512 still brings its dot product and registers, and reads memory no
/// slower.
constexpr int64_t portableLanes = 8;
} // namespace

const CpuTables &X86Target::getTables() const {
  static const CpuTables tables = {
      "x86_64",           "x86-64",         checkedFeatures,
      /*ownFeatures=*/{}, baseFeatures,     DotForms,
      DotTiles,           CpuMemoryTable,
      /*aliases=*/{},     PortableVariants, portableLanes};
  return tables;
}

void X86Target::listLLVMCpus(llvm::SmallVectorImpl<StringRef> &names) const {
  llvm::X86::fillValidCPUArchList(names, /*Only64Bit=*/true);
}

void X86Target::listFeatures(StringRef cpu,
                             llvm::SmallVectorImpl<StringRef> &features) const {
  llvm::X86::getFeaturesForCPU(cpu, features);
}

void X86Target::setFacts(TargetFacts &facts, const DotForm &form,
                         HasFeature has) const {
  facts.byteLookup = form.vectorBits > 128 || has("ssse3");
  facts.f16c = has("f16c");
  facts.fma = has("fma");
  facts.bf16dot = has("avx512bf16") && form.vectorBits == 512;
}
