//===- Exec.cpp - the program dialect: registration and verifiers ---------===//

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace lfm2c::exec;

#include "dialects/exec/IR/ExecDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/exec/IR/ExecTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/exec/IR/ExecAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/exec/IR/ExecOps.cpp.inc"

void ExecDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/exec/IR/ExecTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/exec/IR/ExecAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/exec/IR/ExecOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Phases and layers
//===----------------------------------------------------------------------===//

LogicalResult PhaseOp::verify() {
  auto yield = cast<YieldOp>(getBody().front().getTerminator());
  if (yield.getValues().getTypes() != getResultTypes())
    return emitOpError("'")
           << getName() << "' yields " << yield.getValues().size()
           << " values whose types are not those of its " << getNumResults()
           << " results";
  return success();
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto layer =
      symbols.lookupNearestSymbolFrom<LayerOp>(getOperation(), getLayerAttr());
  if (!layer)
    return emitOpError("calls '@")
           << getLayer() << "', which is no exec.layer of this module";
  Block &body = layer.getBody().front();
  if (body.getArgumentTypes() != getOperands().getTypes())
    return emitOpError("passes ")
           << getOperands().size() << " operands to '@" << getLayer()
           << "', which takes " << body.getNumArguments()
           << " of other types or in another order";
  auto params = body.getOps<lfm2::WeightOp>();
  auto param = params.begin();
  for (Attribute name : getWeights()) {
    if (param == params.end())
      return emitOpError("names ")
             << getWeights().size() << " weights, more than '@" << getLayer()
             << "' has parameters";
    auto weight = symbols.lookupNearestSymbolFrom<lfm2::WeightOp>(
        getOperation(), cast<FlatSymbolRefAttr>(name));
    if (!weight)
      return emitOpError("names the weight ")
             << name << ", which the module does not have";
    if (weight.getType() != (*param).getType())
      return emitOpError("passes ")
             << name << " of type " << weight.getType() << " for '@"
             << (*param).getSymName() << "' of type " << (*param).getType();
    ++param;
  }
  if (param != params.end())
    return emitOpError("names ")
           << getWeights().size() << " weights, fewer than '@" << getLayer()
           << "' has parameters";
  return success();
}

LogicalResult CacheAppendOp::verify() {
  auto k = cast<RankedTensorType>(getK().getType());
  auto keys = cast<RankedTensorType>(getKeys().getType());
  if (keys.getRank() != 3 || k.getRank() != 2)
    return emitOpError("expects 'k' of rank 2 and 'keys' of rank 3, but they "
                       "have rank ")
           << k.getRank() << " and " << keys.getRank();
  int64_t width = keys.getDimSize(1) * keys.getDimSize(2);
  if (k.getDimSize(1) != width)
    return emitOpError("expects 'k' to hold ")
           << keys.getDimSize(1) << " heads of " << keys.getDimSize(2)
           << " values, but it is " << k.getDimSize(1) << " wide";
  return success();
}

LogicalResult AttendOp::verify() {
  auto q = cast<RankedTensorType>(getQ().getType());
  if (q.getDimSize(1) != static_cast<int64_t>(getHeads() * getHeadSize()))
    return emitOpError("expects 'q' to hold ")
           << getHeads() << " heads of " << getHeadSize()
           << " values, but it is " << q.getDimSize(1) << " wide";
  if (getKvHeads() <= 0 || getHeads() % getKvHeads() != 0)
    return emitOpError("expects 'heads' to be a multiple of 'kv_heads', but ")
           << getHeads() << " is no multiple of " << getKvHeads();
  return success();
}

//===----------------------------------------------------------------------===//
// Bytes, lanes and threads
//===----------------------------------------------------------------------===//

LogicalResult WeightOp::verify() {
  if (getSegments().empty())
    return emitOpError("has no segments; name the rows that it packs");
  for (Attribute a : getSegments()) {
    auto segment = cast<SegmentAttr>(a);
    if (segment.getRows() <= 0 || segment.getUnit() <= 0 ||
        segment.getRows() % segment.getUnit() != 0)
      return emitOpError("segment of '")
             << segment.getTensor() << "' has " << segment.getRows()
             << " rows, which are not whole units of " << segment.getUnit();
  }
  return success();
}

LogicalResult AddressOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *op =
      symbols.lookupNearestSymbolFrom(getOperation(), getSymbolAttr());
  if (!isa_and_nonnull<WeightOp, BufferOp>(op))
    return emitOpError("refers to '@")
           << getSymbol() << "', which is no exec.weight or exec.buffer";
  return success();
}

LogicalResult FieldOp::verify() {
  constexpr StringRef pointers[] = {"weights", "state", "scratch", "tokens",
                                    "logits"};
  constexpr StringRef indices[] = {"count", "position", "context",
                                   "logits_mode", "threads"};
  bool isPointer = llvm::is_contained(pointers, getName());
  if (!isPointer && !llvm::is_contained(indices, getName()))
    return emitOpError("asks for '") << getName() << "', which is no field of "
                                        "the step; see lfm2rt/abi.h";
  if (isPointer != isa<PtrType>(getType()))
    return emitOpError("field '")
           << getName() << "' is " << (isPointer ? "a pointer" : "an index");
  return success();
}

LogicalResult Dot4Op::verify() {
  int64_t lanes = cast<VectorType>(getAcc().getType()).getNumElements();
  for (Value v : {getW(), getX()})
    if (cast<VectorType>(v.getType()).getNumElements() != 4 * lanes)
      return emitOpError("expects ")
             << 4 * lanes << " bytes for " << lanes << " lanes, but has "
             << cast<VectorType>(v.getType()).getNumElements();
  if (getBits() < 1 || getBits() > 8)
    return emitOpError("expects 'bits' from 1 to 8, but it is ") << getBits();
  return success();
}
