// Registration of the lfm2 dialect, its types and attributes.

#include "dialects/lfm2/IR/LFM2Adapters.h"
#include "dialects/lfm2/IR/LFM2Dialect.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::lfm2;

namespace lfm2c::lfm2 {

/// A bare word such as q4_0; the verifier of the type knows which there are.
static FailureOr<std::string> parseFormatName(AsmParser &parser) {
  StringRef word;
  if (parser.parseKeyword(&word))
    return failure();
  return word.str();
}

static FailureOr<llvm::APFloat> parseDouble(AsmParser &parser) {
  double value;
  if (parser.parseFloat(value))
    return failure();
  return llvm::APFloat(value);
}

static FailureOr<DenseF64ArrayAttr> parseDoubles(AsmParser &parser) {
  SmallVector<double> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseFloat(values.emplace_back());
      }))
    return failure();
  return DenseF64ArrayAttr::get(parser.getContext(), values);
}

static void printDoubles(AsmPrinter &printer, DenseF64ArrayAttr values) {
  printer << '[';
  llvm::interleaveComma(values.asArrayRef(), printer, [&](double value) {
    printer.printFloat(llvm::APFloat(value));
  });
  printer << ']';
}

namespace {

/// What many ops have stands once at the top of a module, not with each of
/// them.
struct LFM2Aliases : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Attribute attr, raw_ostream &os) const override {
    if (isa<RopeScalingAttr>(attr))
      os << "rope_scaling";
    else if (auto layer = dyn_cast<LayerAttr>(attr))
      os << "layer" << layer.getIndex();
    else
      return AliasResult::NoAlias;
    return AliasResult::FinalAlias;
  }
};

} // namespace

} // namespace lfm2c::lfm2

#include "dialects/lfm2/IR/LFM2Dialect.cpp.inc"
#include "dialects/lfm2/IR/LFM2Enums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/lfm2/IR/LFM2Types.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/lfm2/IR/LFM2Attrs.cpp.inc"

void LFM2Dialect::initialize() {
  addInterfaces<LFM2Aliases>();
  attachModelOpInterface(*getContext());
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/lfm2/IR/LFM2Types.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/lfm2/IR/LFM2Attrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/lfm2/IR/LFM2Ops.cpp.inc"
      >();
}

LogicalResult LFM2Dialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attr) {
  StringRef name = attr.getName();
  if (name == kRoleAttrName)
    return op->emitOpError(
        "expects 'lfm2.role' on an argument or a result of a "
        "function, not here");
  if (name == kLayerAttrName) {
    if (isa<LayerAttr>(attr.getValue()))
      return success();
    return op->emitOpError(
               "expects 'lfm2.layer' to be a #lfm2.layer, but it is ")
           << attr.getValue();
  }
  if (name != kModelAttrName && name != kSourceAttrName &&
      name != kAdaptersAttrName && name != kCheckpointAttrName &&
      name != kOptionsAttrName)
    return op->emitOpError()
           << "has the attribute '" << name
           << "', which the lfm2 dialect does not have; it "
              "has 'lfm2.model', 'lfm2.source', 'lfm2.adapters', "
              "'lfm2.checkpoint', 'lfm2.options' and 'lfm2.layer'";
  if (!isa<ModuleOp>(op))
    return op->emitOpError()
           << "expects '" << name << "' on a module, not here";
  if (name == kModelAttrName && !isa<ModelAttr>(attr.getValue()))
    return op->emitOpError(
               "expects 'lfm2.model' to be a #lfm2.model, but it is ")
           << attr.getValue();
  if (name == kSourceAttrName && !isa<StringAttr>(attr.getValue()))
    return op->emitOpError("expects 'lfm2.source' to be the path of a "
                           "checkpoint, but it is ")
           << attr.getValue();
  auto adapters = dyn_cast<ArrayAttr>(attr.getValue());
  if (name == kAdaptersAttrName &&
      (!adapters || !llvm::all_of(adapters, llvm::IsaPred<StringAttr>)))
    return op->emitOpError("expects 'lfm2.adapters' to be a list of paths of "
                           "adapters, but it is ")
           << attr.getValue();
  if (name == kCheckpointAttrName && !isa<DictionaryAttr>(attr.getValue()))
    return op->emitOpError("expects 'lfm2.checkpoint' to be a dictionary, but "
                           "it is ")
           << attr.getValue();
  if (name == kOptionsAttrName && !isa<OptionsAttr>(attr.getValue()))
    return op->emitOpError(
               "expects 'lfm2.options' to be a #lfm2.options, but it is ")
           << attr.getValue();
  return success();
}

LogicalResult QuantType::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef name) {
  std::optional<Format> format = formatFromName(name);
  if (!format)
    return emitError() << "'" << name << "' is not a weight format; there are "
                       << supportedFormatNames();
  if (getFormatInfo(*format).blockElements == 1)
    return emitError() << "'" << name
                       << "' is not a block format; write its elements as "
                       << name << " instead of !lfm2.quant<" << name << ">";
  return success();
}

QuantType QuantType::get(MLIRContext *context, Format format) {
  return get(context, getFormatInfo(format).name);
}

Format QuantType::getFormat() const { return *formatFromName(getName()); }

LogicalResult ModelAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef name, StringRef architecture,
                                int64_t hidden, int64_t vocab, int64_t heads,
                                int64_t headSize, int64_t taps,
                                int64_t contextLength, llvm::APFloat normEps,
                                llvm::APFloat ropeTheta, bool causal,
                                ArrayRef<LayerKind> layers,
                                RopeScalingAttr ropeScaling) {
  const std::pair<StringRef, int64_t> sizes[] = {
      {"hidden", hidden}, {"vocab", vocab},
      {"heads", heads},   {"head_size", headSize},
      {"taps", taps},     {"context_length", contextLength}};
  for (auto [field, value] : sizes)
    if (value < 1)
      return emitError() << "expects '" << field
                         << "' to be positive, but it is " << value;
  return success();
}

LogicalResult
RopeScalingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        llvm::APFloat magnitude, DenseF64ArrayAttr scales) {
  auto check = [&](StringRef what, double value) -> LogicalResult {
    if (value > 0 && std::isfinite(value))
      return success();
    return emitError() << "expects " << what
                       << " to be finite and above 0, but it is "
                       << llvm::formatv("{0}", llvm::format("%g", value)).str();
  };
  if (failed(check("'magnitude'", magnitude.convertToDouble())))
    return failure();
  for (auto [i, scale] : llvm::enumerate(scales.asArrayRef()))
    if (failed(check("scale " + std::to_string(i), scale)))
      return failure();
  return success();
}

LogicalResult LayerAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                int64_t index, StringRef kind) {
  if (index < 0)
    return emitError() << "expects the 'index' of a layer not to be negative, "
                          "but it is "
                       << index;
  auto isPartOfName = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  if (kind.empty() || llvm::isDigit(kind.front()) ||
      !llvm::all_of(kind, isPartOfName))
    return emitError() << "expects the 'kind' of layer " << index
                       << " to be a name of letters, digits and underscores, "
                          "but it is '"
                       << kind << "'";
  return success();
}

LayerAttr lfm2c::lfm2::getLayer(Operation *op) {
  return op->getAttrOfType<LayerAttr>(kLayerAttrName);
}

void lfm2c::lfm2::setLayer(Operation *op, LayerAttr layer) {
  if (layer)
    op->setDiscardableAttr(kLayerAttrName, layer);
  else
    op->removeDiscardableAttr(kLayerAttrName);
}

ModelAttr lfm2c::lfm2::getModel(ModuleOp module) {
  return module->getAttrOfType<ModelAttr>(kModelAttrName);
}

Type lfm2c::lfm2::getElementType(MLIRContext *context, Format format) {
  switch (format) {
  case Format::F32:
    return Float32Type::get(context);
  case Format::F16:
    return Float16Type::get(context);
  case Format::BF16:
    return BFloat16Type::get(context);
  default:
    return QuantType::get(context, format);
  }
}

std::optional<Format> lfm2c::lfm2::getFormat(Type elementType) {
  if (elementType.isF32())
    return Format::F32;
  if (elementType.isF16())
    return Format::F16;
  if (elementType.isBF16())
    return Format::BF16;
  if (auto quant = dyn_cast<QuantType>(elementType))
    return quant.getFormat();
  return std::nullopt;
}
