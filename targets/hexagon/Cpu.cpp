// Hexagon CPUs, by the tables of Facts.td: LLVM's back end knows them, but has
// no list of names that could be asked for here.
#include "targets/hexagon/HexagonTarget.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {
#define GET_DotForms_IMPL
#define GET_CpuCacheTable_IMPL
#define GET_CpuAliases_IMPL
#include "targets/hexagon/Facts.inc"
} // namespace

const CpuTables &HexagonTarget::getTables() const {
  // A CPU's name says all: nothing can be asked of the CPU at the start, so no
  // feature can be added to it either.
  static const CpuTables tables = {"hexagon",
                                   "Hexagon",
                                   /*checkedFeatures=*/{},
                                   /*ownFeatures=*/{},
                                   /*baseFeatures=*/{},
                                   DotForms,
                                   /*dotTiles=*/{},
                                   CpuCacheTable,
                                   CpuAliases,
                                   /*portable=*/{}};
  return tables;
}

void HexagonTarget::listLLVMCpus(llvm::SmallVectorImpl<StringRef> &) const {}

void HexagonTarget::listFeatures(StringRef,
                                 llvm::SmallVectorImpl<StringRef> &) const {}

void HexagonTarget::setFacts(TargetFacts &facts, const DotForm &,
                             HasFeature has) const {
  facts.addressBits = 32;
  // From v68 on vectors hold floats.
  const bool vectorFloats = has("hvxv68");
  facts.floatLanes = vectorFloats ? 32 : 1;
  facts.f16c = vectorFloats;
  facts.fma = !vectorFloats;
}
