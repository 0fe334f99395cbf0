// Verifiers of bytes, lanes and threads.

#include "dialects/exec/IR/Exec.h"
#include "lfm2rt/step_layout.h"
#include "lib/Weights/Format.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::exec;

/// Where memory planning may put something.
static LogicalResult checkOffset(Operation *op, std::optional<int64_t> offset) {
  if (!offset || (*offset >= 0 && *offset % 64 == 0))
    return success();
  return op->emitOpError("expects 'offset' to be a multiple of 64, but it is ")
         << *offset;
}

LogicalResult WeightOp::verify() {
  if (getSegments().empty())
    return emitOpError("has no segments; name the rows that it packs");
  for (auto [name, value] : {std::pair<StringRef, int64_t>{"cols", getCols()},
                             {"lanes", getLanes()},
                             {"count", getCount()},
                             {"bytes", getBytes()}})
    if (value <= 0)
      return emitOpError("expects '")
             << name << "' to be positive, but it is " << value;
  auto front = cast<SegmentAttr>(getSegments()[0]);
  for (Attribute a : getSegments()) {
    auto segment = cast<SegmentAttr>(a);
    std::optional<Format> format = formatFromName(segment.getFormat());
    if (!format)
      return emitOpError("segment of '")
             << segment.getTensor() << "' is in the unknown format '"
             << segment.getFormat() << "'";
    const FormatInfo &info = getFormatInfo(*format);
    if (getCols() % info.blockElements != 0)
      return emitOpError("segment of '")
             << segment.getTensor() << "' has " << getCols()
             << " columns, which are not whole blocks of " << info.blockElements
             << " of " << info.name;
    if (segment.getFirst() < 0)
      return emitOpError("segment of '")
             << segment.getTensor() << "' begins at row " << segment.getFirst();
    if (segment.getRows() <= 0 || segment.getUnit() <= 0 ||
        segment.getRows() % segment.getUnit() != 0)
      return emitOpError("segment of '")
             << segment.getTensor() << "' has " << segment.getRows()
             << " rows, which are not whole units of " << segment.getUnit();
    if (segment.getRows() != front.getRows() ||
        segment.getUnit() != front.getUnit())
      return emitOpError("expects as many rows in every segment, to interleave "
                         "them, but '")
             << front.getTensor() << "' has " << front.getRows()
             << " in units of " << front.getUnit() << " and '"
             << segment.getTensor() << "' " << segment.getRows()
             << " in units of " << segment.getUnit();
  }
  return checkOffset(*this, getOffset());
}

LogicalResult BufferOp::verify() {
  int64_t bytes = getBytes(), first = getFirst(), last = getLast();
  if (bytes <= 0)
    return emitOpError("expects 'bytes' to be positive, but it is ") << bytes;
  if (first < 0 || last < first)
    return emitOpError("lives from phase ")
           << first << " to phase " << last
           << "; expected phases from 0 on, the first not after the last";
  return checkOffset(*this, getOffset());
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
  const lfm2rt::StepField *field =
      lfm2rt::findStepField(getName().data(), getName().size());
  if (!field || field->kind == lfm2rt::StepFieldKind::RUNTIME)
    return emitOpError("asks for '") << getName()
                                     << "', which is no field of "
                                        "the step; see lfm2rt/abi.h";
  const bool isPointer = field->kind == lfm2rt::StepFieldKind::POINTER;
  if (isPointer != isa<PtrType>(getType()))
    return emitOpError("field '")
           << getName() << "' is " << (isPointer ? "a pointer" : "an index");
  if (isPointer &&
      stringifyMemory(cast<PtrType>(getType()).getMemory()) != getName())
    return emitOpError("field '")
           << getName() << "' points to what is called so, but its type is "
           << getType();
  return success();
}

static LogicalResult checkAlign(Operation *op, int64_t align) {
  if (align > 0 && llvm::isPowerOf2_64(align))
    return success();
  return op->emitOpError("expects 'align' to be a power of two, but it is ")
         << align;
}

LogicalResult LocalOp::verify() {
  // A function's stack is small, and that of a thread may be 64 KiB.
  if (getBytes() > 0 && getBytes() <= 16384)
    return success();
  return emitOpError("expects 1 to 16384 bytes, but found ") << getBytes();
}

bool lfm2c::exec::isNear(Value base) {
  return cast<PtrType>(base.getType()).getMemory() == Memory::Near;
}

LogicalResult LoadOp::verify() {
  auto type = cast<PtrType>(getBase().getType());
  if (getConstant() && !type.isConstant())
    return emitOpError("is 'constant', but reads ")
           << type << ", which changes during a step";
  return checkAlign(*this, getAlign());
}

LogicalResult StoreOp::verify() {
  auto type = cast<PtrType>(getBase().getType());
  if (type.isConstant())
    return emitOpError("writes to ")
           << type << ", which no thread writes during a step";
  return checkAlign(*this, getAlign());
}

LogicalResult StageStartOp::verify() {
  int64_t bytes = getBytes();
  if (bytes <= 0)
    return emitOpError("expects 'bytes' to be positive, but it is ") << bytes;
  return success();
}

LogicalResult Dot2Op::verify() {
  int64_t lanes = cast<VectorType>(getAcc().getType()).getNumElements();
  int64_t found = cast<VectorType>(getW().getType()).getNumElements();
  if (found != 2 * lanes)
    return emitOpError("expects ") << 2 * lanes << " elements for " << lanes
                                   << " lanes, but has " << found;
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
    return emitOpError("expects 'bits' from 1 to 8, but it is ")
           << static_cast<int64_t>(getBits());
  return success();
}

LogicalResult LookupOp::verify() {
  if (getTable().empty() || getTable().size() > 16)
    return emitOpError("expects a table of 1 to 16 bytes, but it has ")
           << getTable().size();
  return success();
}

LogicalResult TileDot4Op::verify() {
  for (auto [name, value] :
       {std::pair<StringRef, int64_t>{"tokens", getTokens()},
        {"lanes", getLanes()},
        {"dots", getDots()},
        {"count", getCount()}})
    if (value <= 0)
      return emitOpError("expects '")
             << name << "' to be positive, but it is " << value;
  int64_t columns = 4 * getDots() * getCount(), stride = getXStride();
  if (stride < columns)
    return emitOpError("expects 'x_stride' of at least ")
           << columns << " bytes, which it reads of each token, but it is "
           << stride;
  return success();
}

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(
      getOperation(), getKernelAttr());
  if (!kernel)
    return emitOpError("runs '@") << getKernel() << "', which is no function";
  // In front of these stand the step and the thread.
  size_t expected = kernel.getNumArguments() - 2;
  if (kernel.getNumArguments() < 2 || getArguments().size() != expected)
    return emitOpError("gives ")
           << getArguments().size() << " arguments to '@" << getKernel()
           << "', which has " << kernel.getNumArguments()
           << " with the step and the thread";
  return success();
}

LogicalResult ReduceNeighboursOp::verify() {
  int64_t width = getWidth();
  if (width < 2 || !llvm::isPowerOf2_64(width))
    return emitOpError(
               "expects 'width' to be a power of two above 1, but it is ")
           << width;
  if (getMax() && !getType().isF32())
    return emitOpError("takes the largest of f32, but has ") << getType();
  return success();
}
