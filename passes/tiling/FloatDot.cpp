// Products of vectors with float weights.

#include "lib/Weights/AffineFormats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/GroupDots.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

std::pair<Value, Value> lfm2c::readPair(Emitter &e, const PackedLayout &packed,
                                        Value weights, Value at, Value lane,
                                        int64_t width) {
  int64_t lanes = packed.lanes;
  if (packed.format == Format::BF16) {
    // A pair lies in one i32: the even column in the low half.
    VectorType ints = e.vec(width, e.i32());
    Value pair = e.loadWeight(ints, weights, e.add(at, e.mul(lane, 4)));
    Value even =
        arith::ShLIOp::create(e.b, e.loc, pair, e.constantInt(ints, 16));
    Value odd =
        arith::AndIOp::create(e.b, e.loc, pair, e.constantInt(ints, -65536));
    VectorType floats = e.vec(width, e.f32());
    return {e.bitcast(even, floats), e.bitcast(odd, floats)};
  }
  if (isFloat8(getFormatInfo(packed.format))) {
    // The bits of a half that is smaller by 2^8: the sign, a 0, the byte's
    // other bits.
    VectorType shorts = e.vec(width, e.b.getI16Type());
    auto column = [&](int64_t i) {
      Value bytes = e.loadWeight(e.vec(width, e.b.getI8Type()), weights,
                                 e.add(e.add(at, i * lanes), lane));
      Value bits = arith::ExtSIOp::create(e.b, e.loc, shorts, bytes);
      bits = arith::ShLIOp::create(e.b, e.loc, bits, e.constantInt(shorts, 7));
      bits = arith::AndIOp::create(e.b, e.loc, bits,
                                   e.constantInt(shorts, int16_t(0xbf80)));
      return e.toF32(e.bitcast(bits, e.vec(width, e.b.getF16Type())));
    };
    return {column(0), column(1)};
  }
  bool half = packed.format == Format::F16;
  int64_t size = half ? 2 : 4;
  auto column = [&](int64_t i) {
    Type element = half ? Type(e.b.getF16Type()) : e.f32();
    Value v =
        e.loadWeight(e.vec(width, element), weights,
                     e.add(e.add(at, i * lanes * size), e.mul(lane, size)));
    return half ? e.toF32(v) : v;
  };
  return {column(0), column(1)};
}

/// Float products are summed in parts of so many columns first, so that the
/// error does not grow with the length of a row; and those of FP8 in parts that
/// share a scale.
static int64_t partOf(const PackedLayout &packed) {
  return isFloat8(getFormatInfo(packed.format)) ? packed.superElements : 64;
}

Value lfm2c::floatPairAt(Emitter &e, const PackedLayout &packed, Value group,
                         Value column) {
  if (!isFloat8(getFormatInfo(packed.format)))
    return e.add(group, e.mul(e.div(column, 2), packed.superBytes));
  Value super = e.mul(e.div(column, packed.superElements), packed.superBytes);
  Value within = e.mul(e.rem(column, packed.superElements), packed.lanes);
  return e.add(e.add(group, packed.qOffset), e.add(super, within));
}

Value lfm2c::float8Scale(Emitter &e, const PackedLayout &packed, Value weights,
                         Value group, Value column, Value lane, int64_t width) {
  Value super = e.mul(e.div(column, packed.superElements), packed.superBytes);
  return e.loadWeight(e.vec(width, e.f32()), weights,
                      e.add(e.add(group, super), e.mul(lane, 4)));
}

/// Sums of `sums(first, last)` over the columns in parts: two of each product.
static SmallVector<Value>
emitInParts(Emitter &e, const GroupOperands &in, int64_t columns,
            llvm::function_ref<SmallVector<Value>(Value, Value)> sums) {
  const bool isScaled = isFloat8(getFormatInfo(in.packed.format));
  const int64_t part = partOf(in.packed);
  Value end = e.index(columns);
  return e.reduceInSlices(
      e.index(0), end, part,
      SmallVector<Value>(in.count(), e.constant(e.lanesF32(), 0)),
      [&](Value first, ValueRange totals) {
        SmallVector<Value> pair = sums(first, e.min(e.add(first, part), end));
        SmallVector<Value> scales, next;
        for (Value group : in.groups)
          if (isScaled)
            scales.push_back(float8Scale(e, in.packed, in.weights, group, first,
                                         e.index(0), in.packed.lanes));
        for (size_t i = 0; i < in.count(); ++i) {
          Value sum = e.fadd(pair[2 * i], pair[2 * i + 1]);
          next.push_back(
              isScaled ? e.fma(scales[i / in.records.size()], sum, totals[i])
                       : e.fadd(totals[i], sum));
        }
        return next;
      });
}

/// Products with BF16 weights on targets with dot2: one sum with the high and
/// one with the low parts of the activations; or, of rounded ones, one with
/// each of two neighbouring pairs, so that as many sums hide the latency.
SmallVector<Value> lfm2c::emitPairDots(Emitter &e, const GroupOperands &in) {
  VectorType pairs = e.vec(2 * in.packed.lanes, e.b.getBF16Type());
  bool rounded = in.layout.lowOffset < 0;
  auto weightsAt = [&](Value group, Value column) {
    return e.loadWeight(
        pairs, in.weights,
        e.add(group, e.mul(e.div(column, 2), in.packed.superBytes)));
  };
  auto factor = [&](Value record, int64_t part, Value column) {
    return e.load(e.i32(), in.activations,
                  e.add(e.add(record, part), e.mul(column, 2)));
  };
  // The record and the packed row are filled up to whole pairs with zeros.
  int64_t columns = llvm::alignTo(in.columns, 2), step = rounded ? 4 : 2;
  int64_t whole = columns / step * step;
  SmallVector<Value> zeros(2 * in.count(), e.constant(e.lanesF32(), 0));
  SmallVector<Value> totals =
      emitInParts(e, in, whole, [&](Value first, Value last) {
        return e.reduce(
            first, last, step, zeros, [&](Value i, ValueRange accs) {
              SmallVector<Value> next;
              auto add = [&](Value w, Value x) {
                next.push_back(e.dot2(accs[next.size()], w, x));
              };
              Value other = e.add(i, 2);
              for (Value group : in.groups) {
                Value w = weightsAt(group, i);
                Value v = rounded ? weightsAt(group, other) : w;
                for (Value record : in.records) {
                  add(w, factor(record, in.layout.highOffset, i));
                  add(v, rounded ? factor(record, in.layout.highOffset, other)
                                 : factor(record, in.layout.lowOffset, i));
                }
              }
              return next;
            });
      });
  if (whole == columns)
    return totals;
  Value last = e.index(whole);
  for (auto [i, total] : llvm::enumerate(totals))
    total = e.dot2(
        total, weightsAt(in.groups[i / in.records.size()], last),
        factor(in.records[i % in.records.size()], in.layout.highOffset, last));
  return totals;
}

/// Pairs of columns that are computed in one turn, of the first `columns`. In a
/// workgroup many loads are on the way, so that memory is waited for once.
static int64_t pairsTogether(Emitter &e, const GroupOperands &in,
                             int64_t columns) {
  int64_t pairs = 1, most = in.count() == 1 ? 16 : 4;
  while (e.isWorkgroup() && pairs < most && columns % (4 * pairs) == 0)
    pairs *= 2;
  return pairs;
}

/// Products with float weights, in f32.
SmallVector<Value> lfm2c::emitFloatDots(Emitter &e, const GroupOperands &in) {
  const PackedLayout &packed = in.packed;
  const bool isScaled = isFloat8(getFormatInfo(packed.format));
  auto read = [&](Value at) {
    return readPair(e, packed, in.weights, at, e.index(0), packed.lanes);
  };
  SmallVector<Value> zeros(2 * in.count(), e.constant(e.lanesF32(), 0));
  int64_t even = in.columns / 2 * 2;
  SmallVector<Value> totals =
      emitInParts(e, in, even, [&](Value first, Value last) {
        // A part of FP8 is one run of bytes.
        SmallVector<Value> starts(in.groups);
        for (Value &start : starts)
          if (isScaled)
            start = floatPairAt(e, packed, start, first);
        auto add = [&](Value i, ValueRange accs) {
          SmallVector<Value> next;
          Value within = isScaled ? e.mul(e.sub(i, first), packed.lanes)
                                  : e.mul(e.div(i, 2), packed.superBytes);
          for (Value start : starts) {
            std::pair<Value, Value> w = read(e.add(start, within));
            for (Value record : in.records)
              for (int64_t side = 0; side < 2; ++side) {
                Value x = e.load(
                    e.f32(), in.activations,
                    e.add(e.add(record, in.layout.floatOffset + 4 * side),
                          e.mul(i, 4)));
                next.push_back(
                    e.fma(side ? w.second : w.first, x, accs[next.size()]));
              }
          }
          return next;
        };
        int64_t pairs = pairsTogether(e, in, even);
        return e.reduce(first, last, 2 * pairs, zeros,
                        [&](Value i, ValueRange accs) {
                          SmallVector<Value> sums(accs);
                          for (int64_t pair = 0; pair < pairs; ++pair)
                            sums = add(pair ? e.add(i, 2 * pair) : i, sums);
                          return sums;
                        });
      });
  if (in.columns == even)
    return totals;
  for (auto [i, total] : llvm::enumerate(totals)) {
    Value w = read(floatPairAt(e, packed, in.groups[i / in.records.size()],
                               e.index(even)))
                  .first;
    Value x = e.load(e.f32(), in.activations,
                     e.add(in.records[i % in.records.size()],
                           in.layout.floatOffset + even * 4));
    total = e.fma(w, x, total);
  }
  return totals;
}
