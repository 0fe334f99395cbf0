// AArch64 CPUs: LLVM's names of them, and the tables of Facts.td.
#include "lfm2rt/features_aarch64.h"
#include "targets/aarch64/AArch64Target.h"

#include "llvm/TargetParser/AArch64TargetParser.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {
#define GET_DotForms_IMPL
#define GET_DotTiles_IMPL
#define GET_CpuMemoryTable_IMPL
#define GET_CpuAliases_IMPL
#define GET_PortableVariants_IMPL
#include "targets/aarch64/Facts.inc"

constexpr const char *checkedFeatures[] = {
#define LFM2_FEATURE_NAME(id, name) name,
    LFM2_AARCH64_FEATURES(LFM2_FEATURE_NAME)
#undef LFM2_FEATURE_NAME
};
constexpr const char *ownFeatures[] = {"sve256", "sve512", "sme512"};
constexpr const char *baseFeatures[] = {"fp-armv8", "neon"};

/// Two registers of NEON, one of SVE at 256 bits.
constexpr int64_t portableLanes = 8;
} // namespace

const CpuTables &AArch64Target::getTables() const {
  static const CpuTables tables = {
      "aarch64",    "AArch64",        checkedFeatures, ownFeatures,
      baseFeatures, DotForms,         DotTiles,        CpuMemoryTable,
      CpuAliases,   PortableVariants, portableLanes};
  return tables;
}

void AArch64Target::listLLVMCpus(
    llvm::SmallVectorImpl<StringRef> &names) const {
  llvm::AArch64::fillValidCPUArchList(names);
}

void AArch64Target::listFeatures(
    StringRef cpu, llvm::SmallVectorImpl<StringRef> &features) const {
  auto info = llvm::AArch64::parseCpu(cpu);
  if (!info)
    return;
  std::vector<StringRef> words; // "+name"
  llvm::AArch64::getExtensionFeatures(info->getImpliedExtensions(), words);
  for (StringRef word : words)
    features.push_back(word.drop_front());
}

void AArch64Target::setFacts(TargetFacts &facts, const DotForm &form,
                             HasFeature has) const {
  facts.f16c = true;
  facts.fma = true;
  facts.byteLookup = true;
  facts.byteShifts = true;
  // SVE picks four bytes within each 128 bits only. Without sdot they are
  // doubled out of their lane, in which form LLVM has products of high halves;
  // of four that a load has doubled it moves the halves first.
  facts.dotByLane = form.vectorBits == 128;
  // With SME, LLVM 22 keeps vectors of bf16 in those of the streaming mode, and
  // then cannot select what takes an element out.
  facts.bf16dot = has("bf16") && !has("sme");
}
