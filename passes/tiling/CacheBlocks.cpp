// Rows that go to a cache of quantised numbers.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/CacheLayout.h"

using namespace mlir;
using namespace lfm2c;

static constexpr int64_t granule = CacheForm::granule;

Value CacheWriter::granuleAt(const Run &run, Value position, Value row) {
  Value number = e.add(e.mul(row, e.div(run.getContext(), granule)),
                       e.div(position, granule));
  return e.add(context.getStates().cacheBase(e, run, state),
               e.mul(number, form.granuleBytes()));
}

/// As the description of lfm2.attention says: of 8 bits the largest magnitude
/// is 127, of 4 bits what has it is -8.
Value CacheWriter::quantize(Value channels, Value at) {
  auto constant = [&](double value) { return e.constant(e.f32(), value); };
  auto minus = [&](Value v) {
    return Value(arith::NegFOp::create(e.b, e.loc, v));
  };
  Value most = e.reduceMax(channels), least = e.reduceMax(minus(channels));
  const bool isByte = form.bits == 8;
  Value wide;
  if (isByte) {
    wide = e.fmul(e.fmax(most, least), constant(1.0 / 127));
  } else {
    Value isNegative = arith::CmpFOp::create(
        e.b, e.loc, arith::CmpFPredicate::OGT, least, most);
    wide = e.fmul(e.select(isNegative, minus(least), most), constant(-0.125));
  }
  Value scale = arith::TruncFOp::create(e.b, e.loc, e.b.getF16Type(), wide);
  e.store(scale, e.pointer("state"), at);
  Value stored = e.toF32(scale);
  Value isZero = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::OEQ,
                                       stored, constant(0));
  Value inverse = e.select(isZero, constant(0), e.fdiv(constant(1), stored));
  // A small scale has lost digits, so that numbers may come out too large.
  Value scaled = e.fmul(channels, inverse);
  scaled = e.fmax(scaled, constant(isByte ? -127 : -8));
  scaled = minus(e.fmax(minus(scaled), constant(isByte ? -127 : -7)));
  // Nearest, ties to even: 1.5 * 2^23 leaves the integer in the low bits.
  auto floats = cast<VectorType>(scaled.getType());
  VectorType ints = e.vec(floats.getNumElements(), e.i32());
  Value shifted = e.fadd(scaled, e.constant(floats, 12582912.0));
  return arith::SubIOp::create(e.b, e.loc, e.bitcast(shifted, ints),
                               e.constantInt(ints, 0x4B400000));
}

/// Two numbers of 4 bits in one byte.
static Value inOneByte(Emitter &e, Value low, Value high) {
  Type type = low.getType();
  return arith::OrIOp::create(
      e.b, e.loc,
      arith::AndIOp::create(e.b, e.loc, low, e.constantInt(type, 15)),
      arith::ShLIOp::create(e.b, e.loc, high, e.constantInt(type, 4)));
}

static Value toBytes(Emitter &e, Value numbers) {
  Type type = e.b.getI8Type();
  if (auto vector = dyn_cast<VectorType>(numbers.getType()))
    type = e.vec(vector.getNumElements(), type);
  return arith::TruncIOp::create(e.b, e.loc, type, numbers);
}

void CacheWriter::storeKeyBlocks(const Run &run, Value t, Value head,
                                 Value keys, Value channel) {
  Value position = run.positionOf(t), lane = e.rem(position, granule);
  Value at = granuleAt(run, position, head), states = e.pointer("state");
  Value first = e.div(channel, form.block);
  const int64_t n = cast<VectorType>(keys.getType()).getNumElements();
  for (int64_t from = 0; from < n; from += form.block) {
    Value block = e.add(first, from / form.block);
    Value numbers = quantize(
        e.slice(keys, from, form.block),
        e.add(e.add(at, e.mul(block, CacheForm::scalesAt(1))), e.mul(lane, 2)));
    Value to = e.add(e.add(at, e.add(e.mul(block, form.blockBytes() * granule),
                                     form.numbersAt())),
                     lane);
    for (int64_t i = 0; i < form.blockBytes(); ++i) {
      Value number = form.bits == 8 ? e.extract(numbers, i)
                                    : inOneByte(e, e.extract(numbers, 2 * i),
                                                e.extract(numbers, 2 * i + 1));
      e.store(toBytes(e, number), states, e.add(to, i * granule));
    }
  }
}

void CacheWriter::storeValueBlocks(const Run &run, Value t, Value row,
                                   Value values, Value channel) {
  Value position = run.positionOf(t), lane = e.rem(position, granule);
  Value at = granuleAt(run, position, row), states = e.pointer("state");
  Value first = e.div(channel, form.block);
  const int64_t n = cast<VectorType>(values.getType()).getNumElements();
  for (int64_t from = 0; from < n; from += form.block) {
    Value block = e.add(first, from / form.block);
    Value numbers = quantize(
        e.slice(values, from, form.block),
        e.add(e.add(at, e.mul(block, CacheForm::scalesAt(1))), e.mul(lane, 2)));
    const int64_t half = form.block / 2;
    if (form.bits == 4)
      numbers =
          inOneByte(e, e.slice(numbers, 0, half), e.slice(numbers, half, half));
    e.store(
        toBytes(e, numbers), states,
        e.add(e.add(at, e.add(e.mul(lane, form.rowBytes()), form.numbersAt())),
              e.mul(block, form.blockBytes())));
  }
}
