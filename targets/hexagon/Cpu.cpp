// Hexagon CPUs, by the tables of Facts.td: LLVM's back end knows them, but has
// no list of names that could be asked for here.
#include "lfm2rt/features_hexagon.h"
#include "targets/hexagon/HexagonTarget.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {
#define GET_DotForms_IMPL
#define GET_CpuMemoryTable_IMPL
#define GET_CpuAliases_IMPL
#include "targets/hexagon/Facts.inc"

constexpr const char *checkedFeatures[] = {
#define LFM2_FEATURE_NAME(id, name) name,
    LFM2_HEXAGON_FEATURES(LFM2_FEATURE_NAME)
#undef LFM2_FEATURE_NAME
};
} // namespace

const CpuTables &HexagonTarget::getTables() const {
  // Nothing can be asked of the CPU at the start, so no feature can be added to
  // what its name says either.
  static const CpuTables tables = {"hexagon",
                                   "Hexagon",
                                   checkedFeatures,
                                   /*ownFeatures=*/{},
                                   /*baseFeatures=*/{},
                                   DotForms,
                                   /*dotTiles=*/{},
                                   CpuMemoryTable,
                                   CpuAliases,
                                   /*portable=*/{},
                                   /*portableLanes=*/0,
                                   /*takesFeatures=*/false};
  return tables;
}

void HexagonTarget::listLLVMCpus(llvm::SmallVectorImpl<StringRef> &) const {}

void HexagonTarget::listFeatures(StringRef,
                                 llvm::SmallVectorImpl<StringRef> &) const {}

void HexagonTarget::setFacts(TargetFacts &facts, const DotForm &,
                             HasFeature has) const {
  facts.addressBits = 32;
  facts.byteLookup = true;
  // Linux keeps the last of four GiB of addresses to itself; a DSP's process
  // has no more.
  facts.processBytes = int64_t(3) << 30;
  // From v68 on vectors hold floats.
  const bool vectorFloats = has("hvxv68");
  facts.floatLanes = vectorFloats ? 32 : 1;
  // Floats of one token by lane take longer than unpacking for all tokens of a
  // tile: more of them would be code and no gain.
  if (!vectorFloats)
    facts.tileTokens = 4;
  facts.f16c = vectorFloats;
  facts.fma = !vectorFloats;
  facts.intToFloat = !vectorFloats;
}
