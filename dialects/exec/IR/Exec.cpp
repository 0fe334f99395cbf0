// The program dialect: registration, phases and layers.

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/Checks.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "lfm2rt/abi.h"
#include "lib/Support/Error.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::exec;

#include "dialects/exec/IR/ExecDialect.cpp.inc"

#include "dialects/exec/IR/ExecEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/exec/IR/ExecTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/exec/IR/ExecAttrs.cpp.inc"

/// The memory of a pointer, by its name.
static ParseResult parseMemory(OpAsmParser &parser, Type &type) {
  FailureOr<Memory> memory = FieldParser<Memory>::parse(parser);
  if (failed(memory))
    return failure();
  type = PtrType::get(parser.getContext(), *memory);
  return success();
}
static void printMemory(OpAsmPrinter &printer, Operation *, Type type) {
  printer << stringifyMemory(cast<PtrType>(type).getMemory());
}

#define GET_OP_CLASSES
#include "dialects/exec/IR/ExecOps.cpp.inc"

bool PtrType::isConstant() const {
  switch (getMemory()) {
  case Memory::Step:
  case Memory::Weights:
  case Memory::Tokens:
  case Memory::Shares:
  case Memory::Embeddings:
  case Memory::Runs:
    return true;
  case Memory::State:
  case Memory::Scratch:
  case Memory::Logits:
  case Memory::Near:
  case Memory::Hidden:
  case Memory::Vectors:
  case Memory::Local:
    return false;
  }
  llvm_unreachable("covered switch");
}

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
// What a module says of its entries
//===----------------------------------------------------------------------===//

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t streams, int64_t prefetch,
                                   int64_t tokens, int64_t groups,
                                   int64_t ahead) {
  if (streams < 1 || streams > 8)
    return emitError() << "expects 1 to 8 'streams', but found " << streams;
  if (prefetch < 0 || prefetch > 65536)
    return emitError() << "expects a 'prefetch' of 0 to 65536 bytes, but found "
                       << prefetch;
  if (tokens < 1 || tokens > 16)
    return emitError() << "expects tiles of 1 to 16 'tokens', but found "
                       << tokens;
  if (groups < 1 || groups > 4)
    return emitError() << "expects tiles of 1 to 4 'groups', but found "
                       << groups;
  if (ahead < 0 || ahead > 4)
    return emitError() << "expects tiles to look 0 to 4 groups 'ahead', but "
                          "found "
                       << ahead;
  return success();
}

LogicalResult StretchAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  StringRef layer, StringRef phase,
                                  int64_t weights, int64_t expertBytes,
                                  int64_t experts, int64_t used, int64_t macs,
                                  int64_t cacheBytes, int64_t cacheMacs, bool,
                                  int64_t near, ScheduleAttr) {
  auto fail = [&] {
    return emitError() << "the stretch '" << phase << "' of '" << layer << "' ";
  };
  if (phase.empty())
    return fail() << "has no name in 'phase'";
  for (auto [name, value] : {std::pair<StringRef, int64_t>{"weights", weights},
                             {"expert_bytes", expertBytes},
                             {"experts", experts},
                             {"used", used},
                             {"macs", macs},
                             {"cache_bytes", cacheBytes},
                             {"cache_macs", cacheMacs},
                             {"near", near}})
    if (value < 0)
      return fail() << "expects '" << name << "' not to be negative, but it is "
                    << value;
  if (used > experts)
    return fail() << "uses " << used << " of " << experts << " experts";
  return success();
}

LogicalResult EntryAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef name, int64_t tokens,
                                StringRef symbol,
                                std::optional<int64_t> scratch, int64_t near,
                                ArrayAttr stretches, DenseI16ArrayAttr order,
                                DenseI16ArrayAttr layers) {
  auto fail = [&] { return emitError() << "the entry '" << name << "' "; };
  if (name.empty() || symbol.empty())
    return fail() << "expects a 'name' and the 'symbol' of its function";
  if (tokens < 1)
    return fail() << "expects 'tokens' to be positive, but it is " << tokens;
  if (scratch.value_or(0) < 0)
    return fail() << "expects 'scratch' not to be negative, but it is "
                  << *scratch;
  if (near < 0 || near % LFM2_NEAR_ALIGN != 0)
    return fail() << "expects 'near' to be a multiple of " << LFM2_NEAR_ALIGN
                  << ", but it is " << near;
  if (stretches && !llvm::all_of(stretches, llvm::IsaPred<StretchAttr>))
    return fail() << "expects 'stretches' to hold #exec.stretch, but they are "
                  << stretches;
  const size_t count = stretches ? stretches.size() : 0;
  const size_t places = order ? order.size() : 0;
  if (places != static_cast<size_t>(layers ? layers.size() : 0))
    return fail() << "expects as many 'layers' as there are in 'order'";
  if (count > 0 && places == 0)
    return fail() << "expects the 'order' of its 'stretches'";
  for (size_t i = 0; i < places; ++i)
    if (order[i] < 0 || static_cast<size_t>(order[i]) >= count)
      return fail() << "names stretch " << order[i] << " of " << count
                    << " in 'order'";
  return success();
}

/// That the entries are of their type, and none stands twice.
static LogicalResult checkEntries(Operation *op, Attribute value) {
  auto entries = dyn_cast<ArrayAttr>(value);
  if (!entries || !llvm::all_of(entries, llvm::IsaPred<EntryAttr>))
    return op->emitOpError("expects 'exec.entries' to be an array of "
                           "#exec.entry, one for each size of step, but it is ")
           << value;
  llvm::StringSet<> names, symbols;
  for (auto entry : entries.getAsRange<EntryAttr>())
    if (!names.insert(entry.getName()).second ||
        !symbols.insert(entry.getSymbol()).second)
      return op->emitOpError("expects entries with names and functions of "
                             "their own, but two of 'exec.entries' have those "
                             "of '")
             << entry.getName() << "'";
  return success();
}

/// That a module has no attribute which nobody would read, and that each is of
/// its type; what exec.entries holds is checked apart.
static LogicalResult checkModuleAttribute(Operation *op,
                                          NamedAttribute attribute) {
  auto isInteger = [](Attribute a) { return isa<IntegerAttr>(a); };
  const struct {
    StringRef name;
    StringRef type;
    bool (*isOfType)(Attribute);
  } known[] = {
      {"exec.done", "a string", [](Attribute a) { return isa<StringAttr>(a); }},
      {"exec.target", "#exec.target",
       [](Attribute a) { return isa<TargetAttr>(a); }},
      {"exec.entries", "an array", [](Attribute) { return true; }},
      {"exec.state_fixed", "an integer", isInteger},
      {"exec.state_per_token", "an integer", isInteger},
      {"exec.weights_bytes", "an integer", isInteger},
  };
  const StringRef name = attribute.getName();
  std::vector<StringRef> names;
  for (const auto &row : known) {
    if (row.name == name)
      return row.isOfType(attribute.getValue())
                 ? success()
                 : LogicalResult(op->emitOpError("expects '")
                                 << name << "' to be " << row.type
                                 << ", but it is " << attribute.getValue());
    names.push_back(row.name);
  }
  return op->emitOpError("has the unknown attribute '")
         << name << "'" << nearestNames(name, names)
         << "; the dialect's README lists those of a module";
}

LogicalResult ExecDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attribute) {
  if (!isa<ModuleOp>(op))
    return success();
  if (failed(checkModuleAttribute(op, attribute)))
    return failure();
  if (attribute.getName() == "exec.entries")
    return checkEntries(op, attribute.getValue());
  return success();
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
