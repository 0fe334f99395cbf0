// Verifiers of the lfm2 ops.
//
// `verify` looks at the op alone, `verifySymbolUses` at the weights it names.
// Names in quotes are those of the assembly.

#include "dialects/lfm2/IR/Caches.h"
#include "dialects/lfm2/IR/Checks.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::lfm2;

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

Format WeightOp::getFormat() {
  return *lfm2::getFormat(getTensorType().getElementType());
}

LogicalResult WeightOp::verify() {
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape() || type.getRank() < 1 || type.getRank() > 3)
    return emitOpError("expects a fixed shape of one to three dimensions, but "
                       "it is ")
           << type;
  for (int64_t size : type.getShape())
    if (size < 1)
      return emitOpError("expects positive sizes, but it is ") << type;
  std::optional<Format> format = lfm2::getFormat(type.getElementType());
  if (!format)
    return emitOpError("expects elements of f32, f16, bf16 or !lfm2.quant, but "
                       "they are ")
           << type.getElementType();
  const FormatInfo &info = getFormatInfo(*format);
  int64_t row = type.getShape().back();
  if (row % info.blockElements == 0)
    return success();
  InFlightDiagnostic diag = emitOpError("expects rows of whole blocks of ")
                            << info.blockElements << " elements, the size that "
                            << info.name << " has, but a row has " << row;
  diag.attachNote() << "store this tensor in f16 or bf16, or in a format whose "
                       "block size divides "
                    << row;
  return diag;
}

//===----------------------------------------------------------------------===//
// Embedding and head
//===----------------------------------------------------------------------===//

LogicalResult EmbedOp::verify() {
  if (failed(fixedChannels(*this, "output", getOutput())))
    return failure();
  if (Value rows = getEmbeddings();
      rows && channels(rows) != channels(getOutput()))
    return emitOpError("expects 'embeddings' to have the ")
           << channels(getOutput()) << " channels of 'output', but it has "
           << channels(rows);
  return sameTokens(*this, "ids", getIds(), "output", getOutput());
}

LogicalResult EmbedOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return checkWeight(*this, symbols, getWeightAttr(), "weight",
                     {ShapedType::kDynamic, channels(getOutput())},
                     "vocabulary x channels", /*mayBeQuantized=*/true);
}

LogicalResult HeadOp::verify() {
  if (failed(fixedChannels(*this, "x", getX())) ||
      failed(fixedChannels(*this, "output", getOutput())))
    return failure();
  return sameTokens(*this, "x", getX(), "output", getOutput());
}

LogicalResult HeadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return checkWeight(*this, symbols, getWeightAttr(), "weight",
                     {channels(getOutput()), channels(getX())},
                     "vocabulary x channels", /*mayBeQuantized=*/true);
}

//===----------------------------------------------------------------------===//
// Norm and projection
//===----------------------------------------------------------------------===//

LogicalResult RMSNormOp::verify() {
  if (failed(fixedChannels(*this, "x", getX())))
    return failure();
  return positive(*this, "eps", getEps().convertToDouble());
}

LogicalResult RMSNormOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return checkWeight(*this, symbols, getWeightAttr(), "weight",
                     {channels(getX())}, "channels",
                     /*mayBeQuantized=*/false);
}

LogicalResult LinearOp::verify() {
  if (failed(fixedChannels(*this, "x", getX())) ||
      failed(fixedChannels(*this, "output", getOutput())))
    return failure();
  return sameTokens(*this, "x", getX(), "output", getOutput());
}

LogicalResult LinearOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return checkWeight(*this, symbols, getWeightAttr(), "weight",
                     {channels(getOutput()), channels(getX())},
                     "outputs x inputs", /*mayBeQuantized=*/true);
}

//===----------------------------------------------------------------------===//
// Token mixers
//===----------------------------------------------------------------------===//

LogicalResult ShortConvOp::verify() {
  RankedTensorType state = getState().getType();
  if (!state.hasStaticShape())
    return emitOpError("expects 'state' to have a fixed shape, but it is ")
           << state;
  if (failed(fixedChannels(*this, "gates", getGates())))
    return failure();
  if (channels(getGates()) != 3 * getChannels())
    return emitOpError("expects 'gates' to hold three times the ")
           << getChannels() << " channels of 'state' side by side, that is "
           << 3 * getChannels() << ", but it has " << channels(getGates());
  if (channels(getOutput()) != getChannels())
    return emitOpError("expects 'output' to have the ")
           << getChannels() << " channels of 'state', but it has "
           << channels(getOutput());
  return sameTokens(*this, "gates", getGates(), "output", getOutput());
}

LogicalResult ShortConvOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto filter =
      symbols.lookupNearestSymbolFrom<WeightOp>(*this, getFilterAttr());
  if (filter && filter.getShape().size() == 2 &&
      filter.getShape()[0] == getChannels() &&
      filter.getShape()[1] != getTaps()) {
    int64_t taps = filter.getShape()[1];
    InFlightDiagnostic diag = emitOpError("expects 'state' to keep ")
                              << taps - 1 << " rows for a filter of " << taps
                              << " taps, but it keeps " << getTaps() - 1;
    if (getTaps() - 1 == taps)
      diag.attachNote()
          << "a cache of as many rows as taps repeats the current "
             "token; drop its oldest row";
    return diag;
  }
  return checkWeight(*this, symbols, getFilterAttr(), "filter",
                     {getChannels(), getTaps()}, "channels x taps",
                     /*mayBeQuantized=*/false);
}

LogicalResult CentredConvOp::verify() {
  if (failed(fixedChannels(*this, "gates", getGates())) ||
      failed(fixedChannels(*this, "output", getOutput())))
    return failure();
  if (channels(getGates()) != 3 * channels(getOutput()))
    return emitOpError("expects 'gates' to hold three times the ")
           << channels(getOutput())
           << " channels of 'output' side by side, that is "
           << 3 * channels(getOutput()) << ", but it has "
           << channels(getGates());
  return sameTokens(*this, "gates", getGates(), "output", getOutput());
}

LogicalResult CentredConvOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (failed(checkWeight(*this, symbols, getFilterAttr(), "filter",
                         {channels(getOutput()), ShapedType::kDynamic},
                         "channels x taps", /*mayBeQuantized=*/false)))
    return failure();
  auto filter =
      symbols.lookupNearestSymbolFrom<WeightOp>(*this, getFilterAttr());
  if (filter.getShape()[1] % 2 != 0)
    return success();
  return emitOpError("expects an odd number of taps, one of which meets the "
                     "token itself, but ")
         << getFilterAttr() << " has " << filter.getShape()[1];
}

LogicalResult HeadNormRopeOp::verify() {
  if (failed(headsFit(*this, getX(), getHeads(), getHeadSize(),
                      getEps().convertToDouble())))
    return failure();
  return anglesFit(*this, getHeadSize(), getTheta().convertToDouble(),
                   getScalingAttr());
}

LogicalResult HeadNormRopeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return checkWeight(*this, symbols, getWeightAttr(), "weight",
                     {static_cast<int64_t>(getHeadSize())}, "size of a head",
                     /*mayBeQuantized=*/false);
}

LogicalResult AttentionOp::verify() {
  int64_t heads = getHeads(), kvHeads = getKvHeads(), size = getHeadSize();
  if (failed(positive(*this, "heads", heads)) ||
      failed(positive(*this, "kv_heads", kvHeads)) ||
      failed(positive(*this, "head_size", size)))
    return failure();
  if (heads % kvHeads != 0)
    return emitOpError(
               "expects 'heads' to be a multiple of 'kv_heads', so that "
               "each key head serves as many query heads, but they are ")
           << heads << " and " << kvHeads;
  if (channels(getQ()) != heads * size)
    return emitOpError("expects 'q' to have ")
           << heads * size << " channels for " << heads << " heads of " << size
           << ", but it has " << channels(getQ());
  if (channels(getK()) != kvHeads * size)
    return emitOpError("expects 'k' and 'v' to have ")
           << kvHeads * size << " channels for " << kvHeads << " heads of "
           << size << ", but they have " << channels(getK());
  RankedTensorType cache = getKeys().getType();
  if (cache.getDimSize(1) != kvHeads || cache.getDimSize(2) != size)
    return emitOpError("expects 'cache' to be ? x ")
           << kvHeads << " x " << size
           << " (capacity x kv_heads x head_size), but it is "
           << sizesText(cache.getShape());
  if (getCacheBlock(cache.getElementType(), size) < 0)
    return emitOpError("expects heads of a multiple of 4 channels where "
                       "caches are quantised, but they have ")
           << size;
  return sameTokens(*this, "q", getQ(), "k", getK());
}

//===----------------------------------------------------------------------===//
// Feed-forward
//===----------------------------------------------------------------------===//

LogicalResult RouteOp::verify() {
  int64_t used = getUsed();
  if (failed(positive(*this, "use", used)) ||
      failed(positive(*this, "scale", getScale().convertToDouble())) ||
      failed(fixedChannels(*this, "u", getU())))
    return failure();
  if (channels(getWeights()) != used || channels(getExperts()) != used)
    return emitOpError("expects 'weights' and 'experts' to have ")
           << used << " columns, one per expert in use, but they have "
           << channels(getWeights()) << " and " << channels(getExperts());
  if (failed(sameTokens(*this, "u", getU(), "weights", getWeights())))
    return failure();
  return sameTokens(*this, "u", getU(), "experts", getExperts());
}

LogicalResult RouteOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (failed(checkWeight(*this, symbols, getGateAttr(), "gate",
                         {ShapedType::kDynamic, channels(getU())},
                         "experts x channels", /*mayBeQuantized=*/true)))
    return failure();
  auto gate = symbols.lookupNearestSymbolFrom<WeightOp>(*this, getGateAttr());
  int64_t experts = gate.getShape()[0], used = getUsed();
  if (used > experts)
    return emitOpError("expects to use at most the ")
           << experts << " experts of " << getGateAttr() << ", but uses "
           << used;
  if (!getBiasAttr())
    return success();
  return checkWeight(*this, symbols, getBiasAttr(), "bias", {experts},
                     "experts",
                     /*mayBeQuantized=*/false);
}

LogicalResult ExpertsOp::verify() {
  if (failed(fixedChannels(*this, "u", getU())))
    return failure();
  if (getWeights().getType().getShape() != getExperts().getType().getShape())
    return emitOpError("expects 'weights' and 'experts' to have one shape, but "
                       "they are ")
           << sizesText(getWeights().getType().getShape()) << " and "
           << sizesText(getExperts().getType().getShape());
  return sameTokens(*this, "u", getU(), "weights", getWeights());
}

LogicalResult ExpertsOp::verifySymbolUses(SymbolTableCollection &symbols) {
  int64_t hidden = channels(getU());
  if (failed(checkWeight(*this, symbols, getGateAttr(), "gate",
                         {ShapedType::kDynamic, ShapedType::kDynamic, hidden},
                         "experts x rows x channels", /*mayBeQuantized=*/true)))
    return failure();
  auto gate = symbols.lookupNearestSymbolFrom<WeightOp>(*this, getGateAttr());
  int64_t experts = gate.getShape()[0], rows = gate.getShape()[1];
  if (failed(checkWeight(*this, symbols, getUpAttr(), "up",
                         {experts, rows, hidden}, "experts x rows x channels",
                         /*mayBeQuantized=*/true)))
    return failure();
  return checkWeight(*this, symbols, getDownAttr(), "down",
                     {experts, hidden, rows}, "experts x channels x rows",
                     /*mayBeQuantized=*/true);
}

//===----------------------------------------------------------------------===//
// Vectors of texts
//===----------------------------------------------------------------------===//

LogicalResult PoolOp::verify() {
  if (failed(fixedChannels(*this, "x", getX())))
    return failure();
  if (channels(getX()) == channels(getOutput()))
    return success();
  return emitOpError("expects 'output' to have the ")
         << channels(getX()) << " channels of 'x', but it has "
         << channels(getOutput());
}

#define GET_OP_CLASSES
#include "dialects/lfm2/IR/LFM2Ops.cpp.inc"
