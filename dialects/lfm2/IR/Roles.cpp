// What the arguments and results of a model are, and that it makes sense.

#include "dialects/lfm2/IR/Roles.h"
#include "dialects/lfm2/IR/Caches.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::lfm2;

std::optional<Role> lfm2::argumentRole(FunctionOpInterface function,
                                       unsigned index) {
  auto attr = function.getArgAttrOfType<RoleAttr>(index, kRoleAttrName);
  return attr ? std::optional(attr.getValue()) : std::nullopt;
}

std::optional<Role> lfm2::resultRole(FunctionOpInterface function,
                                     unsigned index) {
  auto attr = function.getResultAttrOfType<RoleAttr>(index, kRoleAttrName);
  return attr ? std::optional(attr.getValue()) : std::nullopt;
}

void lfm2::setArgumentRole(FunctionOpInterface function, unsigned index,
                           Role role) {
  function.setArgAttr(index, kRoleAttrName,
                      RoleAttr::get(function.getContext(), role));
}

void lfm2::setResultRole(FunctionOpInterface function, unsigned index,
                         Role role) {
  function.setResultAttr(index,
                         StringAttr::get(function.getContext(), kRoleAttrName),
                         RoleAttr::get(function.getContext(), role));
}

bool lfm2::isState(Role role) {
  return llvm::is_contained(
      {Role::conv_state, Role::keys, Role::values, Role::kept}, role);
}

SmallVector<unsigned> lfm2::argumentsWithRole(FunctionOpInterface function,
                                              Role role) {
  SmallVector<unsigned> found;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (argumentRole(function, i) == role)
      found.push_back(i);
  return found;
}

SmallVector<unsigned> lfm2::resultsWithRole(FunctionOpInterface function,
                                            Role role) {
  SmallVector<unsigned> found;
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (resultRole(function, i) == role)
      found.push_back(i);
  return found;
}

std::optional<unsigned> lfm2::argumentWithRole(FunctionOpInterface function,
                                               Role role) {
  SmallVector<unsigned> found = argumentsWithRole(function, role);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::optional<unsigned> lfm2::resultWithRole(FunctionOpInterface function,
                                             Role role) {
  SmallVector<unsigned> found = resultsWithRole(function, role);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::string lfm2::whyNoModel(FunctionOpInterface function) {
  if (!argumentWithRole(function, Role::tokens))
    return "has no argument with the role 'tokens', which a model has; write "
           "'lfm2.role = #lfm2.role<...>' on each argument and result, as a "
           "front end does";
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (std::optional<Role> role = resultRole(function, i))
      if (!isState(*role))
        return "";
  return "gives nothing but state; expected a result with the role 'logits', "
         "'hidden', 'vectors' or 'token_vectors'";
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

namespace {

/// Where a role may stand, and on what.
struct RoleRule {
  bool onArguments, onResults;
  llvm::StringLiteral type;
  bool (*fits)(Type);
};

bool isMatrix(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 2 && tensor.getElementType().isF32();
}
bool isIds(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 1 &&
         tensor.getElementType().isInteger(32);
}
bool isRows(Type type) {
  return isMatrix(type) && !cast<RankedTensorType>(type).isDynamicDim(1);
}
bool isColumns(Type type) {
  return isMatrix(type) && cast<RankedTensorType>(type).hasStaticShape();
}
bool isCache(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 3 &&
         isCacheElement(tensor.getElementType()) && !tensor.isDynamicDim(1) &&
         !tensor.isDynamicDim(2);
}

RoleRule ruleOf(Role role) {
  switch (role) {
  case Role::tokens:
    return {true, false, "tensor<?xi32>", isIds};
  case Role::position:
    return {true, false, "index", [](Type type) { return type.isIndex(); }};
  case Role::embeddings:
    return {true, false, "tensor<?xNxf32>", isRows};
  case Role::conv_state:
  case Role::kept:
    return {true, true, "tensor<KxNxf32>", isColumns};
  case Role::keys:
  case Role::values:
    return {true, true, "tensor<?xGxDxE>, E being f16, f32, q8_0 or q4_0",
            isCache};
  case Role::logits:
  case Role::hidden:
  case Role::vectors:
  case Role::token_vectors:
    return {false, true, "tensor<?xNxf32>", isRows};
  }
  llvm_unreachable("a role");
}

/// Checks what needs all roles of a function: that all have one, that those
/// there can be one of are one, that state comes out as it goes in.
LogicalResult verifyAll(FunctionOpInterface function) {
  auto verifySide = [&](StringRef what, unsigned number,
                        auto roleOf) -> LogicalResult {
    llvm::SmallDenseSet<Role> taken;
    for (unsigned i = 0; i < number; ++i) {
      std::optional<Role> role = roleOf(function, i);
      if (!role)
        return function->emitOpError("has roles, but ")
               << what << " " << i << " has none; expected 'lfm2.role' on each "
               << "argument and result";
      if (!taken.insert(*role).second && !isState(*role))
        return function->emitOpError("has the role '")
               << stringifyRole(*role) << "' on more than one " << what
               << ", of which there can be one";
    }
    return success();
  };
  if (failed(
          verifySide("argument", function.getNumArguments(), argumentRole)) ||
      failed(verifySide("result", function.getNumResults(), resultRole)))
    return failure();

  for (Role role : {Role::conv_state, Role::keys, Role::values, Role::kept}) {
    SmallVector<unsigned> in = argumentsWithRole(function, role);
    SmallVector<unsigned> out = resultsWithRole(function, role);
    if (in.size() != out.size())
      return function->emitOpError("takes ")
             << in.size() << " arguments with the role '" << stringifyRole(role)
             << "', but gives " << out.size()
             << " results; expected one for each";
    for (auto [argument, result] : llvm::zip(in, out)) {
      Type before = function.getArgumentTypes()[argument];
      Type after = function.getResultTypes()[result];
      if (before != after)
        return function->emitOpError("expects argument ")
               << argument << " and result " << result << ", both '"
               << stringifyRole(role) << "', to be of one type, but they are "
               << before << " and " << after;
    }
  }
  if (argumentsWithRole(function, Role::keys).size() !=
      argumentsWithRole(function, Role::values).size())
    return function->emitOpError("expects as many arguments with the role "
                                 "'keys' as with the role 'values'");
  return success();
}

/// Checks one role on `what` number `index` of `op`, and with the first of a
/// function all of them.
LogicalResult verifyRole(Operation *op, NamedAttribute attr, StringRef what,
                         unsigned index, bool isResult) {
  if (attr.getName() != kRoleAttrName)
    return op->emitOpError()
           << "has the attribute '" << attr.getName().getValue() << "' on "
           << what << " " << index
           << ", which the lfm2 dialect does not have; it has 'lfm2.role'";
  auto role = dyn_cast<RoleAttr>(attr.getValue());
  if (!role)
    return op->emitOpError("expects 'lfm2.role' to be a #lfm2.role, but on ")
           << what << " " << index << " it is " << attr.getValue();
  auto function = cast<FunctionOpInterface>(op);

  RoleRule rule = ruleOf(role.getValue());
  if (isResult ? !rule.onResults : !rule.onArguments)
    return op->emitOpError("has the role '")
           << stringifyRole(role.getValue()) << "' on " << what << " " << index
           << "; it is one of " << (isResult ? "arguments" : "results");
  Type type = isResult ? function.getResultTypes()[index]
                       : function.getArgumentTypes()[index];
  if (!rule.fits(type))
    return op->emitOpError("expects ")
           << what << " " << index << ", which has the role '"
           << stringifyRole(role.getValue()) << "', to be " << rule.type
           << ", but it is " << type;

  // All roles are looked at once: with the first of them.
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (argumentRole(function, i))
      return isResult || i != index ? success() : verifyAll(function);
  return isResult && resultsWithRole(function, role.getValue()).front() == index
             ? verifyAll(function)
             : success();
}

} // namespace

LogicalResult LFM2Dialect::verifyRegionArgAttribute(Operation *op,
                                                    unsigned /*region*/,
                                                    unsigned index,
                                                    NamedAttribute attr) {
  return verifyRole(op, attr, "argument", index, /*isResult=*/false);
}

LogicalResult LFM2Dialect::verifyRegionResultAttribute(Operation *op,
                                                       unsigned /*region*/,
                                                       unsigned index,
                                                       NamedAttribute attr) {
  return verifyRole(op, attr, "result", index, /*isResult=*/true);
}
