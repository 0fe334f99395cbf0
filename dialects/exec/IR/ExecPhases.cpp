// What phases and layers must be, and the ops that stand in them.

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/Checks.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::exec;

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
  auto yield = cast<YieldOp>(body.getTerminator());
  if (yield.getValues().getTypes() != getResultTypes())
    return emitOpError("expects ")
           << getNumResults() << " results of '@" << getLayer()
           << "', which yields " << yield.getValues().size()
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

/// Checks that `keys` and `values` are caches [positions, heads, head size] of
/// one shape, in which only the number of positions is open.
static LogicalResult checkCaches(Operation *op, RankedTensorType keys,
                                 RankedTensorType values) {
  if (keys.getRank() != 3 || keys.isDynamicDim(1) || keys.isDynamicDim(2))
    return op->emitOpError(
               "expects 'keys' to be positions x heads x head size, "
               "with fixed heads, but it is ")
           << lfm2::sizesText(keys.getShape());
  if (keys != values)
    return op->emitOpError("expects 'values' to be of the type of 'keys', ")
           << keys << ", but it is " << values;
  return success();
}

static LogicalResult checkHeads(Operation *op, StringRef name,
                                RankedTensorType type, int64_t heads,
                                int64_t size) {
  if (type.getRank() == 2 && type.getDimSize(1) == heads * size)
    return success();
  return op->emitOpError("expects '")
         << name << "' to hold " << heads << " heads of " << size
         << " values for each token, but it is "
         << lfm2::sizesText(type.getShape());
}

/// Checks that activations have the rank that their experts' op gives them, and
/// that all sizes but the number of tokens are fixed.
static LogicalResult checkShape(Operation *op, StringRef name,
                                RankedTensorType type, int64_t rank,
                                StringRef meaning) {
  bool isFixed = type.getRank() == rank;
  for (int64_t i = 1; isFixed && i < rank; ++i)
    isFixed = !type.isDynamicDim(i);
  if (isFixed)
    return success();
  return op->emitOpError("expects '")
         << name << "' to be " << meaning << ", open in tokens only, but it is "
         << lfm2::sizesText(type.getShape());
}

LogicalResult RopeTableOp::verify() {
  if (failed(lfm2::anglesFit(*this, getHeadSize(), getTheta().convertToDouble(),
                             getScalingAttr())))
    return failure();
  auto type = RankedTensorType::get(
      {ShapedType::kDynamic, static_cast<int64_t>(getHeadSize())},
      getTable().getType().getElementType());
  if (getTable().getType() != type)
    return emitOpError("expects 'table' to be ")
           << type << ", tokens x cos and sin of each pair, but it is "
           << getTable().getType();
  return success();
}

LogicalResult HeadNormRopeOp::verify() {
  RankedTensorType x = getX().getType(), table = getTable().getType();
  if (failed(checkShape(*this, "x", x, 2, "tokens x channels")) ||
      failed(checkShape(*this, "table", table, 2,
                        "tokens x cos and sin of each pair")) ||
      failed(lfm2::headsFit(*this, getX(), getHeads(), getHeadSize(),
                            getEps().convertToDouble())))
    return failure();
  if (table.getDimSize(1) != static_cast<int64_t>(getHeadSize()))
    return emitOpError("expects 'table' to have ")
           << getHeadSize() << " columns for heads of as many channels, but it "
           << "has " << table.getDimSize(1);
  return success();
}

LogicalResult HeadNormRopeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return lfm2::checkWeight(*this, symbols, getWeightAttr(), "weight",
                           {static_cast<int64_t>(getHeadSize())},
                           "size of a head", /*mayBeQuantized=*/false);
}

LogicalResult CacheAppendOp::verify() {
  RankedTensorType keys = getKeys().getType();
  if (failed(checkCaches(*this, keys, getValues().getType())))
    return failure();
  return checkHeads(*this, "k", getK().getType(), keys.getDimSize(1),
                    keys.getDimSize(2));
}

LogicalResult AttendOp::verify() {
  RankedTensorType keys = getKeys().getType();
  int64_t heads = getHeads(), kvHeads = getKvHeads(), size = getHeadSize();
  if (heads <= 0 || kvHeads <= 0 || heads % kvHeads != 0)
    return emitOpError("expects 'heads' to be a multiple of 'kv_heads', but ")
           << heads << " is no multiple of " << kvHeads;
  if (failed(checkCaches(*this, keys, getValues().getType())))
    return failure();
  if (keys.getDimSize(1) != kvHeads || keys.getDimSize(2) != size)
    return emitOpError("expects caches of ")
           << kvHeads << " heads of " << size << " values, but 'keys' has "
           << keys.getDimSize(1) << " of " << keys.getDimSize(2);
  RankedTensorType partials = partialsType(getContext(), heads, size);
  if (getPartials().getType() != partials)
    return emitOpError("expects 'partials' to be ")
           << partials
           << ", tokens x segments x heads x what is known of each, "
           << "but it is " << getPartials().getType();
  return checkHeads(*this, "q", getQ().getType(), heads, size);
}

RankedTensorType AttendOp::partialsType(MLIRContext *context, int64_t heads,
                                        int64_t headSize) {
  return RankedTensorType::get(
      {ShapedType::kDynamic, ShapedType::kDynamic, heads, headSize + 2},
      Float32Type::get(context));
}

LogicalResult AttendMergeOp::verify() {
  RankedTensorType partials = getPartials().getType();
  if (partials.getRank() != 4 || partials.isDynamicDim(2) ||
      partials.isDynamicDim(3) || partials.getDimSize(3) < 3)
    return emitOpError(
               "expects 'partials' to be tokens x segments x heads x what "
               "is known of each, open in tokens and segments only, "
               "but it is ")
           << lfm2::sizesText(partials.getShape());
  return checkHeads(*this, "output", getOutput().getType(), getHeads(),
                    getHeadSize());
}

static LogicalResult checkUsed(Operation *op, StringRef name,
                               RankedTensorType type, int64_t used) {
  if (type.getDimSize(1) == used)
    return success();
  return op->emitOpError("expects '")
         << name << "' to be for the " << used
         << " experts of each token in 'ids', but it is for "
         << type.getDimSize(1);
}

LogicalResult PrepareOp::verify() {
  if (getReaders().empty())
    return emitOpError("expects the format of a weight in 'readers'");
  for (Attribute reader : getReaders())
    if (!formatFromName(cast<StringAttr>(reader).getValue()))
      return emitOpError("expects 'readers' to be formats of weights, but ")
             << reader << " is none";
  return success();
}

LogicalResult SortChoicesOp::verify() {
  RankedTensorType starts = getStarts().getType();
  if (starts.getRank() == 1 && !starts.isDynamicDim(0) &&
      starts.getDimSize(0) > 1)
    return checkShape(*this, "ids", getIds().getType(), 2,
                      "tokens x chosen experts");
  return emitOpError(
             "expects 'starts' to be one number for each expert and one "
             "more, but it is ")
         << lfm2::sizesText(starts.getShape());
}

LogicalResult GatherOp::verify() {
  RankedTensorType x = getX().getType(), places = getPlaces().getType();
  if (failed(checkShape(*this, "x", x, 2, "tokens x channels")) ||
      failed(checkShape(*this, "places", places, 2, "tokens x choices")))
    return failure();
  auto type = RankedTensorType::get(
      {ShapedType::kDynamic, places.getDimSize(1), x.getDimSize(1)},
      x.getElementType());
  if (getOutput().getType() == type)
    return success();
  return emitOpError("expects 'output' to be ")
         << type << ", a row of 'x' for each place, but it is "
         << getOutput().getType();
}

/// Checks the tables of exec.sort_choices that experts take their rows by.
static LogicalResult checkTables(Operation *op, ValueRange tables,
                                 RankedTensorType ids) {
  if (tables.empty())
    return success();
  if (tables.size() == 2 && tables[0].getType() == ids)
    return success();
  return op->emitOpError("expects to be sorted by two tables, the places of "
                         "choices as 'ids' has them and the starts of "
                         "experts, but found ")
         << tables.size();
}

LogicalResult ExpertGateUpOp::verifySymbolUses(SymbolTableCollection &symbols) {
  RankedTensorType input = getInput().getType(), ids = getIds().getType(),
                   output = getOutput().getType();
  bool isSorted = !getTables().empty();
  if (failed(checkTables(*this, getTables(), ids)) ||
      failed(isSorted
                 ? checkShape(*this, "input", input, 3,
                              "tokens x chosen experts x channels")
                 : checkShape(*this, "input", input, 2, "tokens x channels")) ||
      failed(checkShape(*this, "ids", ids, 2, "tokens x chosen experts")) ||
      failed(checkShape(*this, "output", output, 3,
                        "tokens x chosen experts x hidden channels")) ||
      failed(checkUsed(*this, "output", output, ids.getDimSize(1))))
    return failure();
  int64_t shape[] = {ShapedType::kDynamic, output.getDimSize(2),
                     input.getDimSize(isSorted ? 2 : 1)};
  constexpr StringLiteral meaning = "experts x hidden channels x channels";
  if (failed(lfm2::checkWeight(*this, symbols, getGateAttr(), "gate", shape,
                               meaning, /*mayBeQuantized=*/true)))
    return failure();
  shape[0] =
      symbols.lookupNearestSymbolFrom<lfm2::WeightOp>(*this, getGateAttr())
          .getShape()[0];
  return lfm2::checkWeight(*this, symbols, getUpAttr(), "up", shape, meaning,
                           /*mayBeQuantized=*/true);
}

LogicalResult ExpertDownOp::verifySymbolUses(SymbolTableCollection &symbols) {
  RankedTensorType input = getInput().getType(), ids = getIds().getType(),
                   weights = getWeights().getType(),
                   output = getOutput().getType();
  if (failed(checkTables(*this, getTables(), ids)) ||
      failed(checkShape(*this, "input", input, 3,
                        "tokens x chosen experts x hidden channels")) ||
      failed(checkShape(*this, "weights", weights, 2,
                        "tokens x chosen experts")) ||
      failed(checkShape(*this, "ids", ids, 2, "tokens x chosen experts")) ||
      failed(checkShape(*this, "output", output, 2, "tokens x channels")) ||
      failed(checkUsed(*this, "input", input, ids.getDimSize(1))) ||
      failed(checkUsed(*this, "weights", weights, ids.getDimSize(1))))
    return failure();
  int64_t shape[] = {ShapedType::kDynamic, output.getDimSize(1),
                     input.getDimSize(2)};
  return lfm2::checkWeight(*this, symbols, getDownAttr(), "down", shape,
                           "experts x channels x hidden channels",
                           /*mayBeQuantized=*/true);
}

//===----------------------------------------------------------------------===//
// Calibration
//===----------------------------------------------------------------------===//

LogicalResult KeepOp::verify() {
  RankedTensorType x = getX().getType(), state = getState().getType();
  if (x.getRank() != 2 && x.getRank() != 3)
    return emitOpError(
               "expects 'x' to be tokens x channels, or tokens x choices "
               "x channels, but it is ")
           << lfm2::sizesText(x.getShape());
  const bool isOpen =
      llvm::any_of(x.getShape().drop_front(), ShapedType::isDynamic);
  if (isOpen || state.getRank() != 2 || !state.hasStaticShape() ||
      state.getDimSize(1) < x.getShape().back())
    return emitOpError("expects 'state' to be rows x ")
           << x.getShape().back()
           << " channels or more, all sizes fixed, but it is "
           << lfm2::sizesText(state.getShape());
  return success();
}
