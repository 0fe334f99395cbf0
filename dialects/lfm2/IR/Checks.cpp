// What the verifiers of several ops have in common.

#include "dialects/lfm2/IR/Checks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::lfm2;

/// False where a size is dynamic: it may still turn out equal.
static bool differ(int64_t a, int64_t b) {
  return !ShapedType::isDynamic(a) && !ShapedType::isDynamic(b) && a != b;
}

std::string lfm2::sizesText(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      shape, os,
      [&](int64_t size) {
        if (ShapedType::isDynamic(size))
          os << "?";
        else
          os << size;
      },
      " x ");
  return text;
}

int64_t lfm2::channels(Value value) {
  return cast<RankedTensorType>(value.getType()).getDimSize(1);
}

LogicalResult lfm2::sameTokens(Operation *op, StringRef aName, Value a,
                               StringRef bName, Value b) {
  int64_t aTokens = cast<RankedTensorType>(a.getType()).getDimSize(0);
  int64_t bTokens = cast<RankedTensorType>(b.getType()).getDimSize(0);
  if (!differ(aTokens, bTokens))
    return success();
  return op->emitOpError("expects '")
         << aName << "' and '" << bName << "' to have as many tokens, but they "
         << "have " << aTokens << " and " << bTokens;
}

LogicalResult lfm2::fixedChannels(Operation *op, StringRef name, Value value) {
  if (!ShapedType::isDynamic(channels(value)))
    return success();
  return op->emitOpError("expects '")
         << name << "' to have a fixed number of channels; only the number of "
         << "tokens may be dynamic";
}

LogicalResult lfm2::positive(Operation *op, StringRef name, double value) {
  if (value > 0)
    return success();
  return op->emitOpError("expects '")
         << name << "' to be positive, but it is "
         << llvm::formatv("{0}", llvm::format("%g", value)).str();
}

LogicalResult lfm2::headsFit(Operation *op, Value x, int64_t heads,
                             int64_t headSize, double eps) {
  if (failed(positive(op, "heads", heads)) ||
      failed(positive(op, "head_size", headSize)) ||
      failed(positive(op, "eps", eps)))
    return failure();
  if (channels(x) != heads * headSize)
    return op->emitOpError("expects 'x' to have ")
           << heads * headSize << " channels for " << heads << " heads of "
           << headSize << ", but it has " << channels(x);
  return success();
}

LogicalResult lfm2::anglesFit(Operation *op, int64_t headSize, double theta,
                              RopeScalingAttr scaling) {
  if (failed(positive(op, "head_size", headSize)) ||
      failed(positive(op, "theta", theta)))
    return failure();
  if (headSize % 2 != 0)
    return op->emitOpError(
               "expects heads of an even size, whose halves are rotated "
               "against each other, but the size is ")
           << headSize;
  if (scaling && scaling.getScales().size() != headSize / 2)
    return op->emitOpError("expects a scale for each of the ")
           << headSize / 2 << " pairs of a head of " << headSize
           << ", but there are " << scaling.getScales().size();
  return success();
}

LogicalResult lfm2::checkWeight(Operation *op, SymbolTableCollection &symbols,
                                FlatSymbolRefAttr name, StringRef role,
                                ArrayRef<int64_t> shape, StringRef meaning,
                                bool mayBeQuantized) {
  auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(op, name);
  if (!weight) {
    InFlightDiagnostic diag = op->emitOpError("expects '")
                              << role << "' to name an lfm2.weight, but ";
    if (Operation *other = symbols.lookupNearestSymbolFrom(op, name)) {
      diag << name << " is something else";
      diag.attachNote(other->getLoc()) << "it is declared here";
    } else {
      diag << "there is no " << name;
      diag.attachNote() << "declare it beside the function: 'lfm2.weight "
                        << name << " : tensor<...>'";
    }
    return diag;
  }
  ArrayRef<int64_t> found = weight.getShape();
  bool equal = found.size() == shape.size();
  for (size_t i = 0; equal && i < shape.size(); ++i)
    equal = !differ(found[i], shape[i]);
  if (!equal) {
    InFlightDiagnostic diag = op->emitOpError("expects '")
                              << role << "' to be " << sizesText(shape) << " ("
                              << meaning << "), but " << name << " is "
                              << sizesText(found);
    diag.attachNote(weight.getLoc()) << "it is declared here";
    return diag;
  }
  if (!mayBeQuantized &&
      isa<QuantType>(weight.getTensorType().getElementType())) {
    InFlightDiagnostic diag =
        op->emitOpError("expects '")
        << role << "' to be stored in f32, f16 or bf16, but " << name
        << " is in " << getFormatInfo(weight.getFormat()).name;
    diag.attachNote(weight.getLoc()) << "it is declared here";
    return diag;
  }
  return success();
}
