// The interface's defaults, and what it says of ops of other dialects.

#include "dialects/lfm2/Interfaces/ModelOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace lfm2c::lfm2;

#include "dialects/lfm2/Interfaces/ModelOpInterface.cpp.inc"

SmallVector<WeightUse> lfm2c::lfm2::detail::readAsTheyAre(Operation *op) {
  SmallVector<WeightUse> uses;
  for (NamedAttribute named : op->getAttrs())
    if (auto weight = dyn_cast<FlatSymbolRefAttr>(named.getValue()))
      uses.push_back({weight});
  return uses;
}

namespace {

/// The residual sum: what a contraction makes is added row by row to what lies
/// in memory.
struct ResidualSum
    : ModelOpInterface::ExternalModel<ResidualSum, arith::AddFOp> {
  Need getNeed(Operation *, unsigned) const { return Need::Rows; }
};

} // namespace

void lfm2c::lfm2::attachModelOpInterface(MLIRContext &context) {
  arith::AddFOp::attachInterface<ResidualSum>(context);
}
