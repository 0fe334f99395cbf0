// Cos and sin of each token's angles.

#include "passes/tiling/RopeTables.h"

using namespace mlir;
using namespace lfm2c;

/// Whether both turn the heads of a token by the same angles.
static bool sameAngles(lfm2::HeadNormRopeOp a, lfm2::HeadNormRopeOp b) {
  return a.getHeadSize() == b.getHeadSize() && a.getTheta() == b.getTheta() &&
         a.getScalingAttr() == b.getScalingAttr();
}

RopeTables::RopeTables(ModuleOp module) {
  module.walk([&](lfm2::HeadNormRopeOp op) {
    if (llvm::none_of(kinds, [&](auto other) { return sameAngles(op, other); }))
      kinds.push_back(op);
  });
}

static std::string roleOfKind(size_t kind) {
  return "rope" + std::to_string(kind);
}

std::string RopeTables::roleOf(lfm2::HeadNormRopeOp op) const {
  for (auto [i, kind] : llvm::enumerate(kinds))
    if (sameAngles(op, kind))
      return roleOfKind(i);
  llvm_unreachable("a RoPE that the model has");
}

SmallVector<std::string> RopeTables::getRoles() const {
  SmallVector<std::string> roles;
  for (size_t i = 0; i < kinds.size(); ++i)
    roles.push_back(roleOfKind(i));
  return roles;
}
