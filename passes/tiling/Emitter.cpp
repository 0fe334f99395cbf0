// The words that phases are written in.

#include "passes/tiling/Emitter.h"
#include "lfm2rt/abi.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace lfm2c;

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value Emitter::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}
Value Emitter::add(Value a, Value c) {
  return b.createOrFold<arith::AddIOp>(loc, a, c);
}
Value Emitter::mul(Value a, Value c) {
  return b.createOrFold<arith::MulIOp>(loc, a, c);
}
Value Emitter::sub(Value a, Value c) {
  return b.createOrFold<arith::SubIOp>(loc, a, c);
}
Value Emitter::div(Value a, Value c) {
  return b.createOrFold<arith::DivUIOp>(loc, a, c);
}
Value Emitter::rem(Value a, int64_t c) {
  return b.createOrFold<arith::RemUIOp>(loc, a, index(c));
}
Value Emitter::min(Value a, Value c) {
  return b.createOrFold<arith::MinUIOp>(loc, a, c);
}
Value Emitter::max(Value a, Value c) {
  return b.createOrFold<arith::MaxUIOp>(loc, a, c);
}
Value Emitter::roundDown(Value v, int64_t c) { return mul(div(v, c), c); }
Value Emitter::less(Value a, Value c) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, a, c);
}
Value Emitter::equal(Value a, Value c) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, a, c);
}
Value Emitter::select(Value condition, Value a, Value c) {
  return arith::SelectOp::create(b, loc, condition, a, c);
}
Value Emitter::toIndex(Value i) {
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), i);
}
Value Emitter::toI32(Value i) {
  return arith::IndexCastOp::create(b, loc, i32(), i);
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

Value Emitter::constant(Type type, double value) {
  TypedAttr attr = b.getFloatAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = SplatElementsAttr::get(vector, attr);
  return arith::ConstantOp::create(b, loc, attr);
}
Value Emitter::constantInt(Type type, int64_t value) {
  TypedAttr attr = b.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = SplatElementsAttr::get(vector, attr);
  return arith::ConstantOp::create(b, loc, attr);
}
Value Emitter::splat(Value scalar, int64_t n) {
  return vector::BroadcastOp::create(b, loc, vec(n, scalar.getType()), scalar);
}

/// Makes a scalar operand fit a vector one.
static void match(Emitter &e, Value &a, Value &c) {
  auto va = dyn_cast<VectorType>(a.getType());
  auto vc = dyn_cast<VectorType>(c.getType());
  if (va && !vc)
    c = e.splat(c, va.getNumElements());
  if (vc && !va)
    a = e.splat(a, vc.getNumElements());
}
Value Emitter::fadd(Value a, Value c) {
  match(*this, a, c);
  return arith::AddFOp::create(b, loc, a, c);
}
Value Emitter::fsub(Value a, Value c) {
  match(*this, a, c);
  return arith::SubFOp::create(b, loc, a, c);
}
Value Emitter::fmul(Value a, Value c) {
  match(*this, a, c);
  return arith::MulFOp::create(b, loc, a, c);
}
Value Emitter::fdiv(Value a, Value c) {
  match(*this, a, c);
  return arith::DivFOp::create(b, loc, a, c);
}
Value Emitter::fma(Value a, Value c, Value d) {
  match(*this, a, c);
  match(*this, a, d);
  if (facts.fma)
    return math::FmaOp::create(b, loc, a, c, d);
  return fadd(fmul(a, c), d);
}
Value Emitter::fmax(Value a, Value c) {
  match(*this, a, c);
  // Not arith.maximumf: one instruction suffices where no NaN needs care.
  Value greater =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, a, c);
  return select(greater, a, c);
}
Value Emitter::reduceAdd(Value vector) {
  // Halves are added until one is left: short chains, and a fixed order.
  int64_t n = cast<VectorType>(vector.getType()).getNumElements();
  for (; n > 1 && n % 2 == 0; n /= 2)
    vector = fadd(slice(vector, 0, n / 2), slice(vector, n / 2, n / 2));
  Value sum = extract(vector, 0);
  for (int64_t i = 1; i < n; ++i)
    sum = fadd(sum, extract(vector, i));
  return sum;
}
Value Emitter::reduceMax(Value vector) {
  int64_t n = cast<VectorType>(vector.getType()).getNumElements();
  for (; n > 1 && n % 2 == 0; n /= 2)
    vector = fmax(slice(vector, 0, n / 2), slice(vector, n / 2, n / 2));
  Value most = extract(vector, 0);
  for (int64_t i = 1; i < n; ++i)
    most = fmax(most, extract(vector, i));
  return most;
}
Value Emitter::toF32(Value v) {
  Type type = f32();
  if (auto vector = dyn_cast<VectorType>(v.getType()))
    type = vec(vector.getNumElements(), type);
  if (isa<FloatType>(getElementTypeOrSelf(v.getType())))
    return arith::ExtFOp::create(b, loc, type, v);
  return arith::SIToFPOp::create(b, loc, type, v);
}
Value Emitter::smallToF32(Value v) {
  auto type = dyn_cast<VectorType>(v.getType());
  if (facts.intToFloat || !type)
    return toF32(v);
  // Added to the bits of 1.5 * 2^23 it stands in the low bits of a float.
  VectorType floats = vec(type.getNumElements(), f32());
  Value sum = arith::AddIOp::create(b, loc, v, constantInt(type, 0x4B400000));
  return fsub(bitcast(sum, floats), constant(floats, 12582912.0));
}
Value Emitter::toBF16(Value v) {
  Type type = b.getBF16Type();
  if (auto vector = dyn_cast<VectorType>(v.getType()))
    type = vec(vector.getNumElements(), type);
  return arith::TruncFOp::create(b, loc, type, v);
}
Value Emitter::dot2(Value acc, Value w, Value x) {
  if (!isa<VectorType>(x.getType()))
    x = bitcast(splat(x, cast<VectorType>(acc.getType()).getNumElements()),
                w.getType());
  return exec::Dot2Op::create(b, loc, acc, w, x);
}
Value Emitter::bitcast(Value v, Type type) {
  if (v.getType() == type)
    return v;
  if (isa<VectorType>(type) && isa<VectorType>(v.getType()))
    return vector::BitCastOp::create(b, loc, cast<VectorType>(type), v);
  return arith::BitcastOp::create(b, loc, type, v);
}
Value Emitter::slice(Value vector, int64_t first, int64_t n) {
  return vector::ExtractStridedSliceOp::create(
      b, loc, vector, ArrayRef<int64_t>{first}, ArrayRef<int64_t>{n},
      ArrayRef<int64_t>{1});
}
Value Emitter::extract(Value vector, int64_t i) {
  return vector::ExtractOp::create(b, loc, vector, ArrayRef<int64_t>{i});
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value Emitter::field(StringRef name) {
  return exec::FieldOp::create(b, loc, b.getIndexType(), step, name);
}
Value Emitter::pointer(StringRef name) {
  // A pointer of the step is called like the memory that it points to.
  auto type = exec::PtrType::get(b.getContext(), *exec::symbolizeMemory(name));
  return exec::FieldOp::create(b, loc, type, step, name);
}
Value Emitter::given(Value base) {
  return exec::GivenOp::create(b, loc, b.getI1Type(), base);
}
Value Emitter::load(Type type, Value base, Value offset, int64_t align) {
  auto op = exec::LoadOp::create(b, loc, type, base, offset);
  if (isWorkgroup())
    op.setAlign(align);
  return op;
}
Value Emitter::loadWeight(Type type, Value base, Value offset, bool ordered) {
  auto op = exec::LoadOp::create(b, loc, type, base, offset);
  // What lies in near memory is another group soon.
  op.setConstant(!exec::isNear(base));
  op.setOrdered(ordered);
  return op;
}
void Emitter::store(Value v, Value base, Value offset, int64_t align) {
  auto op = exec::StoreOp::create(b, loc, v, base, offset);
  if (isWorkgroup())
    op.setAlign(align);
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

void Emitter::loop(Value lo, Value hi, int64_t step, Body body) {
  loop(lo, hi, index(step), body);
}
void Emitter::loop(Value lo, Value hi, Value step, Body body) {
  scf::ForOp::create(b, loc, lo, hi, step, ValueRange{},
                     [&](OpBuilder &, Location, Value i, ValueRange) {
                       OpBuilder::InsertionGuard guard(b);
                       body(i);
                       scf::YieldOp::create(b, loc);
                     });
}
SmallVector<Value> Emitter::reduce(Value lo, Value hi, int64_t step,
                                   ValueRange init, ReduceBody body) {
  auto op = scf::ForOp::create(b, loc, lo, hi, index(step), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.getBody());
  SmallVector<Value> next = body(op.getInductionVar(), op.getRegionIterArgs());
  scf::YieldOp::create(b, loc, next);
  return op.getResults();
}
void Emitter::ifThen(Value condition, llvm::function_ref<void()> then) {
  auto op = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.thenBlock());
  then();
}
void Emitter::tileSection(llvm::function_ref<void()> body) {
  if (!facts.dotTileMode)
    return body();
  auto op = exec::TileSectionOp::create(b, loc);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&op.getBody().emplaceBlock());
  body();
}
std::pair<Value, Value> Emitter::share(Value n, int64_t most) {
  if (isWorkgroup()) {
    auto share = exec::ShareOp::create(b, loc, n, thread, most);
    return {share.getLo(), share.getHi()};
  }
  static_assert(LFM2_SHARES_ONE == 1u << 16, "the shift below");
  Value shares = pointer("shares"), mine = mul(toIndex(thread), 4);
  auto part = [&](Value at) {
    Value share = toIndex(loadWeight(i32(), shares, at));
    // Fewer than 2^31 items: no overflow of 64 bits.
    if (facts.addressBits >= 64)
      return b.createOrFold<arith::ShRUIOp>(loc, mul(n, share), index(16));
    auto wide = [&](Value i) {
      return Value(arith::IndexCastUIOp::create(b, loc, b.getI64Type(), i));
    };
    Value product = b.createOrFold<arith::MulIOp>(loc, wide(n), wide(share));
    return Value(arith::IndexCastUIOp::create(
        b, loc, b.getIndexType(),
        b.createOrFold<arith::ShRUIOp>(loc, product,
                                       constantInt(b.getI64Type(), 16))));
  };
  return {part(mine), part(add(mine, 4))};
}
void Emitter::barrier() {
  exec::BarrierOp::create(b, loc, b.getI1Type(), step, thread);
}

//===----------------------------------------------------------------------===//
// Workgroups
//===----------------------------------------------------------------------===//

Value Emitter::invocation() { return exec::InvocationOp::create(b, loc); }
Value Emitter::slice() { return div(invocation(), facts.lanes); }
Value Emitter::lane() { return rem(invocation(), facts.lanes); }

void Emitter::spread(Value lo, Value hi, int64_t step, Body body) {
  if (!isWorkgroup())
    return loop(lo, hi, step, body);
  int64_t all = facts.lanes * facts.slices;
  loop(add(lo, mul(invocation(), step)), hi, all * step, [&](Value i) {
    auto op = exec::ByInvocationOp::create(b, loc);
    b.setInsertionPointToStart(&op.getBody().emplaceBlock());
    body(i);
    b.setInsertionPointAfter(op);
  });
}

void Emitter::spreadSlices(Value lo, Value hi, Body body) {
  if (!isWorkgroup())
    return loop(lo, hi, 1, body);
  loop(add(lo, slice()), hi, facts.slices, body);
}

void Emitter::inOneSlice(llvm::function_ref<void()> body) {
  if (!isWorkgroup())
    return body();
  ifThen(equal(slice(), index(0)), body);
}

void Emitter::inOneInvocation(llvm::function_ref<void()> body) {
  if (!isWorkgroup())
    return body();
  ifThen(equal(invocation(), index(0)), body);
}

void Emitter::join() {
  if (isWorkgroup())
    exec::JoinOp::create(b, loc);
}

SmallVector<Value> Emitter::reduceInSlices(Value lo, Value hi, int64_t step,
                                           ValueRange init, ReduceBody body) {
  if (!isWorkgroup())
    return reduce(lo, hi, step, init, body);
  return reduce(add(lo, mul(slice(), step)), hi, facts.slices * step, init,
                body);
}

Value Emitter::sumSlices(ValueRange parts) {
  if (!isWorkgroup())
    return parts.front();
  return exec::SumSlicesOp::create(b, loc, parts.front().getType(), parts);
}

Value Emitter::sumThread(Value part) {
  if (!isWorkgroup())
    return reduceAdd(part);
  return exec::SumThreadOp::create(b, loc, f32(), part);
}

Value Emitter::sumNeighbours(Value part, int64_t width) {
  return exec::ReduceNeighboursOp::create(b, loc, part, width, /*max=*/false);
}
Value Emitter::maxNeighbours(Value part, int64_t width) {
  return exec::ReduceNeighboursOp::create(b, loc, part, width, /*max=*/true);
}
