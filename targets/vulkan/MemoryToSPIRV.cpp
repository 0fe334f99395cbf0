// Bytes at addresses, and bytes in the workgroup's array of words.

#include "dialects/exec/IR/Exec.h"
#include "lfm2rt/step_layout.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "targets/vulkan/Kernel.h"
#include "targets/vulkan/SplitOffsets.h"
#include "targets/vulkan/ToSPIRV.h"

using namespace mlir;
using namespace lfm2c;

namespace {

bool isOfWorkgroup(Value pointer) {
  exec::Memory memory = cast<exec::PtrType>(pointer.getType()).getMemory();
  return memory == exec::Memory::Near || memory == exec::Memory::Local;
}

int64_t bitsOf(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return (vector ? vector.getNumElements() : 1) *
         getElementTypeOrSelf(type).getIntOrFloatBitWidth();
}

/// What is known of the address of a value of this type, at least the size of
/// its elements.
int64_t alignOf(Type type, int64_t known) {
  int64_t bits = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  return std::max(known, bits / 8);
}

/// An element of less than a word, which never lies in two.
bool isPart(Type type) { return !isa<VectorType>(type) && bitsOf(type) < 32; }

struct Address {
  Value pointer;
  spirv::MemoryAccessAttr access;
  IntegerAttr alignment;
};

/// Of a value of `type` at an address of 64 bits.
Address physicalAddress(OpBuilder &b, Location loc, Value address, Type type,
                        int64_t align) {
  auto pointer =
      spirv::PointerType::get(type, spirv::StorageClass::PhysicalStorageBuffer);
  return {spirv::ConvertUToPtrOp::create(b, loc, pointer, address),
          spirv::MemoryAccessAttr::get(b.getContext(),
                                       spirv::MemoryAccess::Aligned),
          b.getI32IntegerAttr(static_cast<int32_t>(align))};
}

Value loadPhysical(OpBuilder &b, Location loc, Value address, Type type,
                   int64_t align) {
  Address at = physicalAddress(b, loc, address, type, align);
  return spirv::LoadOp::create(b, loc, at.pointer, at.access, at.alignment);
}

struct FieldPattern : OpConversionPattern<exec::FieldOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(exec::FieldOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Location loc = op.getLoc();
    const bool isPointer = isa<exec::PtrType>(op.getType());
    StringRef name = op.getName();
    int64_t offset = lfm2rt::stepOffset(
        lfm2rt::findStepField(name.data(), name.size()), /*pointerBytes=*/8);
    Type i64 = b.getI64Type();
    Value at =
        spirv::ConstantOp::create(b, loc, i64, b.getI64IntegerAttr(offset));
    at = spirv::IAddOp::create(b, loc, in.getStep(), at);
    Value v = loadPhysical(b, loc, at, isPointer ? i64 : b.getI32Type(),
                           isPointer ? 8 : 4);
    // Counts and positions are never negative.
    if (!isPointer)
      v = spirv::UConvertOp::create(b, loc, i64, v);
    b.replaceOp(op, v);
    return success();
  }
};

struct GivenPattern : OpConversionPattern<exec::GivenOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(exec::GivenOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Value null =
        spirv::ConstantOp::getZero(in.getBase().getType(), op.getLoc(), b);
    b.replaceOpWithNewOp<spirv::INotEqualOp>(op, in.getBase(), null);
    return success();
  }
};

/// Base, offset and the constant behind it, in this order: all but the last is
/// the same for neighbours.
Value sumAddress(OpBuilder &b, Operation *op, Value base, Value offset) {
  Location loc = op->getLoc();
  Value sum = spirv::IAddOp::create(b, loc, base, offset);
  const int64_t plus = getConstantOffset(op);
  if (plus == 0)
    return sum;
  Value constant = spirv::ConstantOp::create(b, loc, b.getI64Type(),
                                             b.getI64IntegerAttr(plus));
  return spirv::IAddOp::create(b, loc, sum, constant);
}

struct LoadPattern : OpConversionPattern<exec::LoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(exec::LoadOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    if (isOfWorkgroup(op.getBase()) || !type || isa<spirv::PointerType>(type))
      return failure();
    Value at = sumAddress(b, op, in.getBase(), in.getOffset());
    b.replaceOp(op, loadPhysical(b, op.getLoc(), at, type,
                                 alignOf(type, op.getAlign())));
    return success();
  }
};

struct StorePattern : OpConversionPattern<exec::StoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(exec::StoreOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Type type = in.getValue().getType();
    if (isOfWorkgroup(op.getBase()) || isa<spirv::PointerType>(type))
      return failure();
    Value address = sumAddress(b, op, in.getBase(), in.getOffset());
    Address at = physicalAddress(b, op.getLoc(), address, type,
                                 alignOf(type, op.getAlign()));
    b.replaceOpWithNewOp<spirv::StoreOp>(op, at.pointer, in.getValue(),
                                         at.access, at.alignment);
    return success();
  }
};

std::optional<int64_t> constantOf(Value value) {
  APInt number;
  if (!matchPattern(value, m_ConstantInt(&number)))
    return std::nullopt;
  return number.getSExtValue();
}

/// The words of the workgroup's array from a byte offset on. What is constant
/// is computed here: the spirv dialect folds few ops.
class Words {
public:
  Words(ConversionPatternRewriter &b, Operation *op, Value base, Value offset)
      : b(b), loc(op->getLoc()),
        memory(findWorkgroupMemory(op->getParentOfType<spirv::ModuleOp>())),
        constantBytes(getConstantOffset(op)) {
    for (Value part : {base, offset}) {
      if (std::optional<int64_t> bytes = constantOf(part)) {
        constantBytes += *bytes;
        continue;
      }
      part = narrow(part);
      byte = byte ? spirv::IAddOp::create(b, loc, byte, part) : part;
    }
    // Where whole words are asked for, either both are multiples of 4 or none.
    if (byte && constantBytes % 4 != 0) {
      byte = spirv::IAddOp::create(b, loc, byte, integer(constantBytes));
      constantBytes = 0;
    }
    if (byte)
      word = spirv::ShiftRightLogicalOp::create(b, loc, byte, integer(2));
  }

  Value load(int64_t index) {
    return spirv::LoadOp::create(b, loc, at(constantBytes / 4 + index));
  }
  void store(Value value, int64_t index) {
    spirv::StoreOp::create(b, loc, at(constantBytes / 4 + index), value);
  }
  /// The bytes from the first one on, of the word that holds it.
  Value loadPart() {
    Value all = integer(constantBytes);
    if (byte)
      all = spirv::IAddOp::create(b, loc, byte, all);
    word = spirv::ShiftRightLogicalOp::create(b, loc, all, integer(2));
    Value bits = spirv::ShiftLeftLogicalOp::create(
        b, loc, spirv::BitwiseAndOp::create(b, loc, all, integer(3)),
        integer(3));
    return spirv::ShiftRightLogicalOp::create(
        b, loc, spirv::LoadOp::create(b, loc, at(0)), bits);
  }

private:
  /// 32 bits of an offset, out of which it often was made.
  Value narrow(Value offset) {
    Type word = b.getI32Type();
    if (offset.getType() == word)
      return offset;
    if (auto wide = offset.getDefiningOp<spirv::UConvertOp>();
        wide && wide.getOperand().getType() == word)
      return wide.getOperand();
    return spirv::UConvertOp::create(b, loc, word, offset);
  }
  Value integer(int64_t value) {
    return spirv::ConstantOp::create(
        b, loc, b.getI32Type(),
        b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value at(int64_t index) {
    Value all = spirv::AddressOfOp::create(b, loc, memory);
    Value place = integer(index);
    if (word)
      place = spirv::IAddOp::create(b, loc, word, place);
    return spirv::AccessChainOp::create(b, loc, all, place);
  }

  ConversionPatternRewriter &b;
  Location loc;
  spirv::GlobalVariableOp memory;
  Value byte, word;
  int64_t constantBytes;
};

Value bitcast(OpBuilder &b, Location loc, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return spirv::BitcastOp::create(b, loc, type, value);
}

struct WorkgroupLoadPattern : OpConversionPattern<exec::LoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(exec::LoadOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    if (!isOfWorkgroup(op.getBase()) || !type)
      return failure();
    Location loc = op.getLoc();
    const int64_t bits = bitsOf(op.getType());
    Words words(b, op, in.getBase(), in.getOffset());
    if (isPart(op.getType())) {
      b.replaceOpWithNewOp<spirv::UConvertOp>(op, type, words.loadPart());
      return success();
    }
    SmallVector<Value> parts;
    for (int64_t i = 0; i < bits / 32; ++i)
      parts.push_back(words.load(i));
    Value all = parts.front();
    if (parts.size() > 1)
      all = spirv::CompositeConstructOp::create(
          b, loc,
          VectorType::get(static_cast<int64_t>(parts.size()), b.getI32Type()),
          parts);
    b.replaceOp(op, bitcast(b, loc, all, type));
    return success();
  }
};

struct WorkgroupStorePattern : OpConversionPattern<exec::StoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(exec::StoreOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    if (!isOfWorkgroup(op.getBase()))
      return failure();
    Location loc = op.getLoc();
    Type type = op.getValue().getType();
    Words words(b, op, in.getBase(), in.getOffset());
    const int64_t count = bitsOf(type) / 32;
    Type word = b.getI32Type();
    Value all = bitcast(b, loc, in.getValue(),
                        count == 1 ? word : VectorType::get(count, word));
    for (int64_t i = 0; i < count; ++i) {
      Value part = all;
      if (count > 1)
        part = spirv::CompositeExtractOp::create(
            b, loc, all, ArrayRef<int32_t>{static_cast<int32_t>(i)});
      words.store(part, i);
    }
    b.eraseOp(op);
    return success();
  }
};

struct JoinPattern : OpConversionPattern<exec::JoinOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(exec::JoinOp op, OpAdaptor,
                                ConversionPatternRewriter &b) const override {
    // UniformMemory is what is addressed by pointers, too.
    b.replaceOpWithNewOp<spirv::ControlBarrierOp>(
        op, spirv::Scope::Workgroup, spirv::Scope::Workgroup,
        spirv::MemorySemantics::AcquireRelease |
            spirv::MemorySemantics::UniformMemory |
            spirv::MemorySemantics::WorkgroupMemory);
    return success();
  }
};

struct PrefetchPattern : OpConversionPattern<exec::PrefetchOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(exec::PrefetchOp op, OpAdaptor,
                                ConversionPatternRewriter &b) const override {
    // SPIR-V has no word for it; other invocations hide the latency.
    b.eraseOp(op);
    return success();
  }
};

/// A table of constants is a variable that nothing is stored to, which drivers
/// turn into constants.
struct TablePattern : OpConversionPattern<arith::ConstantOp> {
  TablePattern(const TypeConverter &types, MLIRContext *context)
      : OpConversionPattern(types, context, /*benefit=*/2) {}
  LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter &b) const override {
    auto type = dyn_cast_if_present<spirv::PointerType>(
        getTypeConverter()->convertType(op.getType()));
    auto values = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!type || !values)
      return failure();
    // Of arrays the dialect parses no vectors.
    auto shape = RankedTensorType::get(values.getType().getShape(),
                                       values.getElementType());
    Value table = spirv::ConstantOp::create(
        b, op.getLoc(), type.getPointeeType(), values.reshape(shape));
    b.replaceOpWithNewOp<spirv::VariableOp>(
        op, type, spirv::StorageClass::Function, table);
    return success();
  }
};

struct TableElementPattern : OpConversionPattern<vector::ExtractOp> {
  TableElementPattern(const TypeConverter &types, MLIRContext *context)
      : OpConversionPattern(types, context, /*benefit=*/2) {}
  LogicalResult matchAndRewrite(vector::ExtractOp op, OpAdaptor in,
                                ConversionPatternRewriter &b) const override {
    if (!isa<spirv::PointerType>(in.getSource().getType()))
      return failure();
    Location loc = op.getLoc();
    Value at;
    if (!in.getDynamicPosition().empty())
      at = in.getDynamicPosition().front();
    else
      at = spirv::ConstantOp::create(b, loc, b.getI32Type(),
                                     b.getI32IntegerAttr(static_cast<int32_t>(
                                         op.getStaticPosition().front())));
    Value place = spirv::AccessChainOp::create(b, loc, in.getSource(), at);
    b.replaceOpWithNewOp<spirv::LoadOp>(op, place);
    return success();
  }
};

} // namespace

LogicalResult lfm2c::checkAccess(Operation *op) {
  auto load = dyn_cast<exec::LoadOp>(op);
  auto store = dyn_cast<exec::StoreOp>(op);
  if (!load && !store)
    return success();
  Type type = load ? load.getType() : store.getValue().getType();
  if (auto vector = dyn_cast<VectorType>(type);
      vector && vector.getNumElements() > 4)
    return op->emitOpError("expects a vector of at most 4 elements in the code "
                           "of one invocation, but accesses ")
           << type;
  Value base = load ? load.getBase() : store.getBase();
  if (!isOfWorkgroup(base) || (load && isPart(type)))
    return success();
  // A vector lies at whole words there, whatever is known of its elements.
  const int64_t bits = bitsOf(type);
  if (bits % 32 == 0 && bits <= 128)
    return success();
  return op->emitOpError("expects one to four whole words of workgroup memory, "
                         "but accesses ")
         << type;
}

void lfm2c::populateMemoryToSPIRVPatterns(const KernelTypes &types,
                                          RewritePatternSet &patterns) {
  patterns.add<FieldPattern, GivenPattern, LoadPattern, StorePattern,
               WorkgroupLoadPattern, WorkgroupStorePattern, JoinPattern,
               PrefetchPattern, TablePattern, TableElementPattern>(
      types, patterns.getContext());
}
