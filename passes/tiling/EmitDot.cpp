//===- EmitDot.cpp - unpack and dot for every weight format ---------------===//
//
// Derived from FormatInfo and PackedLayout: there is no code per format, only
// per trait (bits, groups of 16 or 32, sub-scales, minima).
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/tiling/Activation.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Reads superblocks of `width` neighbouring lanes from lane `lane` on: all
/// lanes of a group for products, one lane to decode a row.
class BlockReader {
public:
  BlockReader(Emitter &e, const PackedLayout &packed, Value weights, Value lane,
              int64_t width)
      : e(e), packed(packed), info(getFormatInfo(packed.format)),
        weights(weights), lane(lane), width(width) {}

  /// f16 of a table [n][lanes] at `offset`, as f32.
  Value halves(Value offset, Value row) {
    Value at = e.add(offset, e.mul(e.add(e.mul(row, packed.lanes), lane), 2));
    return e.toF32(e.loadWeight(e.vec(width, e.b.getF16Type()), weights, at));
  }

  /// int8 (or uint8) of a table [n][lanes] at `offset`, as i32.
  Value bytes(Value offset, Value row, bool isSigned) {
    Value at = e.add(offset, e.add(e.mul(row, packed.lanes), lane));
    Value v = e.loadWeight(e.vec(width, e.b.getI8Type()), weights, at);
    VectorType type = e.vec(width, e.i32());
    if (isSigned)
      return arith::ExtSIOp::create(e.b, e.loc, type, v);
    return arith::ExtUIOp::create(e.b, e.loc, type, v);
  }

  /// Dot `j` of the block at `offset`: vector<4*width x i8>, unsigned, or
  /// signed for 8 bits.
  Value dot(Value offset, int64_t j) {
    auto vector = [&](int64_t i) {
      Value at = e.add(e.add(offset, i * 4 * packed.lanes), e.mul(lane, 4));
      return e.loadWeight(e.vec(4 * width, e.b.getI8Type()), weights, at);
    };
    if (info.bits == 8)
      return vector(j);
    Value q = masked(vector(j % 4), j < 4 ? 0 : 4, 0x0f);
    if (packed.highVectors == 1) // Bit j to bit 4.
      q = join(q, masked(vector(4), j - 4, 0x10));
    if (packed.highVectors == 2) // Bits 2(j%4), 2(j%4)+1 to bits 4, 5.
      q = join(q, masked(vector(4 + j / 4), 2 * (j % 4) - 4, 0x30));
    return q;
  }

  Emitter &e;
  const PackedLayout &packed;
  const FormatInfo &info;
  Value weights, lane;
  int64_t width;

private:
  /// (v >> right) & mask in every byte. CPUs shift no bytes, but the mask takes
  /// away what comes over from the neighbour.
  Value masked(Value v, int64_t right, int64_t mask) {
    VectorType words = e.vec(2 * width, e.b.getI16Type());
    Value shifted = e.bitcast(v, words);
    if (right > 0)
      shifted = arith::ShRUIOp::create(e.b, e.loc, shifted,
                                       e.constantInt(words, right));
    if (right < 0)
      shifted = arith::ShLIOp::create(e.b, e.loc, shifted,
                                      e.constantInt(words, -right));
    return arith::AndIOp::create(e.b, e.loc, e.bitcast(shifted, v.getType()),
                                 e.constantInt(v.getType(), mask));
  }
  Value join(Value a, Value c) {
    return arith::OrIOp::create(e.b, e.loc, a, c);
  }
};

/// Products with quantised weights.
class QuantizedDot {
public:
  QuantizedDot(Emitter &e, const PackedLayout &packed, Value weights,
               Value activations, ArrayRef<Value> records,
               const ActivationLayout &layout)
      : e(e), packed(packed), info(getFormatInfo(packed.format)),
        reader(e, packed, weights, e.index(0), packed.lanes),
        activations(activations), records(records), layout(layout),
        zero(dotZero(packed.format, e.facts.dotUnsigned8)) {}

  SmallVector<Value> emit(int64_t columns, Value group) {
    SmallVector<Value> init(records.size(), e.constant(e.lanesF32(), 0));
    int64_t blocks = packed.superElements / dotBlock;
    return e.reduce(e.index(0), e.index(packed.superblocks(columns)), 1, init,
                    [&](Value super, ValueRange accs) {
                      Value at = e.add(group, e.mul(super, packed.superBytes));
                      Value first = e.mul(super, blocks);
                      return e.reduce(e.index(0), e.index(blocks), 1, accs,
                                      [&](Value block, ValueRange inner) {
                                        return emitBlock(at, block,
                                                         e.add(first, block),
                                                         inner);
                                      });
                    });
  }

private:
  /// What is loaded stands where it is first used: vectors are few.
  SmallVector<Value> emitBlock(Value super, Value block, Value column,
                               ValueRange accs) {
    Value at =
        e.add(super, e.add(e.mul(block, packed.blockBytes()), packed.qOffset));
    // With one token the weights come from memory; with more, from a cache.
    if (records.size() == 1 && e.facts.prefetchBytes > 0)
      for (int64_t line = 0; line < packed.blockBytes(); line += 64)
        exec::PrefetchOp::create(e.b, e.loc, reader.weights,
                                 e.add(at, line + e.facts.prefetchBytes));
    int64_t groups = dotBlock / info.groupElements;
    SmallVector<Value> totals;
    for (int64_t g = 0; g < groups; ++g) {
      SmallVector<Value> sums = emitDots(at, g, groups, column);
      if (groups > 1) { // Sub-scales are integers: nothing is rounded yet.
        Value sub = subScale(super, block, groups, g);
        for (Value &sum : sums)
          sum = arith::MulIOp::create(e.b, e.loc, sum, sub);
      }
      if (totals.empty())
        totals = sums;
      else
        for (auto [total, sum] : llvm::zip(totals, sums))
          total = arith::AddIOp::create(e.b, e.loc, total, sum);
    }

    bool perSuper = info.blockElements == packed.superElements;
    Value row = perSuper ? e.index(0) : block;
    Value scale = reader.halves(e.add(super, packed.dOffset), row), min;
    if (info.hasSubScales && groups == 1)
      scale = e.fmul(scale, e.toF32(subScale(super, block, groups, 0)));
    if (info.hasMin)
      min = e.fmul(reader.halves(e.add(super, packed.dminOffset), row),
                   e.toF32(reader.bytes(e.add(super, packed.mOffset), block,
                                        /*isSigned=*/false)));
    SmallVector<Value> next;
    for (auto [acc, total, record] : llvm::zip(accs, totals, records)) {
      Value xScale = scalar(e.f32(), layout.scaleOffset, column, record);
      Value result = e.fma(e.toF32(total), e.fmul(scale, xScale), acc);
      if (info.hasMin) {
        Value xSum = scalar(e.f32(), layout.sumOffset, column, record);
        Value minusSum = e.fsub(e.constant(e.f32(), 0), xSum);
        result = e.fma(min, minusSum, result);
      }
      next.push_back(result);
    }
    return next;
  }

  Value subScale(Value super, Value block, int64_t groups, int64_t g) {
    return reader.bytes(e.add(super, packed.scOffset),
                        e.add(e.mul(block, groups), g), info.signedSubScales);
  }

  /// For each token the sum of the dots of group `g` of the block at `at`, zero
  /// point included, in i32. Dot by dot, all tokens at once: so one vector of
  /// weights is alive at a time, beside a sum for each token.
  SmallVector<Value> emitDots(Value at, int64_t g, int64_t groups,
                              Value column) {
    // Where dot4 is one instruction it adds to the zero point's part; else that
    // is added at the end.
    bool startsWithZero = zero != 0 && e.facts.dotUnsigned8;
    SmallVector<Value> sums;
    for (Value record : records)
      sums.push_back(startsWithZero
                         ? zeroPart(g, groups, column, record)
                         : e.constantInt(e.vec(packed.lanes, e.i32()), 0));
    int64_t count = 8 / groups;
    for (int64_t i = 0; i < count; ++i) {
      // Both nibbles of a byte, one after the other.
      int64_t j = groups == 1 ? i / 2 + i % 2 * 4 : g * count + i;
      Value w = reader.dot(at, j);
      if (info.bits == 8 && e.facts.dotUnsigned8)
        w = arith::XOrIOp::create(e.b, e.loc, w,
                                  e.constantInt(w.getType(), -128));
      for (auto [sum, record] : llvm::zip(sums, records)) {
        Value x = e.load(e.i32(), activations,
                         e.add(e.add(record, layout.qOffset + 4 * j),
                               e.mul(column, dotBlock)));
        auto dot = exec::Dot4Op::create(
            e.b, e.loc, sum, w,
            e.bitcast(e.splat(x, packed.lanes), w.getType()), info.bits);
        dot.setSignedW(info.bits == 8 && !e.facts.dotUnsigned8);
        sum = dot;
      }
    }
    if (zero != 0 && !startsWithZero)
      for (auto [sum, record] : llvm::zip(sums, records))
        sum = arith::AddIOp::create(e.b, e.loc, sum,
                                    zeroPart(g, groups, column, record));
    return sums;
  }

  Value zeroPart(int64_t g, int64_t groups, Value column, Value record) {
    int64_t part = layout.startOffset(zero, info.groupElements);
    return e.splat(
        e.load(e.i32(), activations,
               e.add(e.add(record, part + 4 * g), e.mul(column, 4 * groups))),
        packed.lanes);
  }

  Value scalar(Type type, int64_t part, Value column, Value record) {
    return e.load(type, activations,
                  e.add(e.add(record, part), e.mul(column, 4)));
  }

  Emitter &e;
  const PackedLayout &packed;
  const FormatInfo &info;
  BlockReader reader;
  Value activations;
  ArrayRef<Value> records;
  const ActivationLayout &layout;
  int64_t zero;
};

/// Float elements of two neighbouring columns, as f32.
std::pair<Value, Value> readPair(Emitter &e, const PackedLayout &packed,
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
/// error does not grow with the length of a row.
constexpr int64_t floatPart = 64;

/// Products with BF16 weights on targets with dot2: one sum with the high and
/// one with the low parts of the activations.
SmallVector<Value> emitPairDot(Emitter &e, const PackedLayout &packed,
                               int64_t columns, Value weights, Value group,
                               Value activations, ArrayRef<Value> records,
                               const ActivationLayout &layout) {
  VectorType pairs = e.vec(2 * packed.lanes, e.b.getBF16Type());
  size_t n = records.size();
  SmallVector<Value> zeros(2 * n, e.constant(e.lanesF32(), 0));
  // The record and the packed row are filled up to whole pairs with zeros.
  Value end = e.index(llvm::alignTo(columns, 2));
  return e.reduce(
      e.index(0), end, floatPart,
      SmallVector<Value>(n, e.constant(e.lanesF32(), 0)),
      [&](Value first, ValueRange totals) {
        SmallVector<Value> sums = e.reduce(
            first, e.min(e.add(first, floatPart), end), 2, zeros,
            [&](Value i, ValueRange accs) {
              Value at = e.add(group, e.mul(e.div(i, 2), packed.superBytes));
              Value w = e.loadWeight(pairs, weights, at);
              SmallVector<Value> next;
              for (size_t t = 0; t < n; ++t)
                for (int64_t part : {layout.highOffset, layout.lowOffset}) {
                  Value x = e.load(e.i32(), activations,
                                   e.add(e.add(records[t], part), e.mul(i, 2)));
                  next.push_back(exec::Dot2Op::create(
                      e.b, e.loc, accs[next.size()], w,
                      e.bitcast(e.splat(x, packed.lanes), pairs)));
                }
              return next;
            });
        SmallVector<Value> next;
        for (size_t t = 0; t < n; ++t)
          next.push_back(
              e.fadd(totals[t], e.fadd(sums[2 * t], sums[2 * t + 1])));
        return next;
      });
}

/// Products with float weights, in f32.
SmallVector<Value> emitFloatDot(Emitter &e, const PackedLayout &packed,
                                int64_t columns, Value weights, Value group,
                                Value activations, ArrayRef<Value> records,
                                const ActivationLayout &layout) {
  size_t n = records.size();
  auto pairs = [&](Value first, Value last, ValueRange init) {
    return e.reduce(first, last, 2, init, [&](Value i, ValueRange accs) {
      Value at = e.add(group, e.mul(e.div(i, 2), packed.superBytes));
      std::pair<Value, Value> w =
          readPair(e, packed, weights, at, e.index(0), packed.lanes);
      SmallVector<Value> next;
      for (size_t t = 0; t < n; ++t)
        for (int64_t side = 0; side < 2; ++side) {
          Value x =
              e.load(e.f32(), activations,
                     e.add(e.add(records[t], layout.floatOffset + 4 * side),
                           e.mul(i, 4)));
          next.push_back(
              e.fma(side ? w.second : w.first, x, accs[2 * t + side]));
        }
      return next;
    });
  };
  SmallVector<Value> zeros(2 * n, e.constant(e.lanesF32(), 0));
  int64_t even = columns / 2 * 2;
  SmallVector<Value> totals = e.reduce(
      e.index(0), e.index(even), floatPart,
      SmallVector<Value>(n, e.constant(e.lanesF32(), 0)),
      [&](Value first, ValueRange accs) {
        Value last = e.min(e.add(first, floatPart), e.index(even));
        SmallVector<Value> sums = pairs(first, last, zeros), next;
        for (size_t t = 0; t < n; ++t)
          next.push_back(e.fadd(accs[t], e.fadd(sums[2 * t], sums[2 * t + 1])));
        return next;
      });
  if (columns == even)
    return totals;
  Value at = e.add(group, even / 2 * packed.superBytes);
  Value w = readPair(e, packed, weights, at, e.index(0), packed.lanes).first;
  for (size_t t = 0; t < n; ++t) {
    Value x = e.load(e.f32(), activations,
                     e.add(records[t], layout.floatOffset + even * 4));
    totals[t] = e.fma(w, x, totals[t]);
  }
  return totals;
}

} // namespace

SmallVector<Value> lfm2c::emitGroupDot(Emitter &e, const PackedLayout &packed,
                                       int64_t columns, Value weights,
                                       Value group, Value activations,
                                       ArrayRef<Value> records,
                                       const ActivationLayout &layout) {
  if (packed.format == Format::BF16 && layout.highOffset >= 0)
    return emitPairDot(e, packed, columns, weights, group, activations, records,
                       layout);
  if (!getFormatInfo(packed.format).isQuantized())
    return emitFloatDot(e, packed, columns, weights, group, activations,
                        records, layout);
  return QuantizedDot(e, packed, weights, activations, records, layout)
      .emit(columns, group);
}

void lfm2c::emitDecodeRow(Emitter &e, const PackedLayout &packed,
                          int64_t columns, Value weights, Value group,
                          Value lane, Value to, Value at) {
  const FormatInfo &info = getFormatInfo(packed.format);
  if (!info.isQuantized()) {
    e.loop(e.index(0), e.index(columns), 2, [&](Value i) {
      Value source = e.add(group, e.mul(e.div(i, 2), packed.superBytes));
      std::pair<Value, Value> w = readPair(e, packed, weights, source, lane, 1);
      e.store(e.extract(w.first, 0), to, e.add(at, e.mul(i, 4)));
      e.ifThen(e.less(e.add(i, 1), e.index(columns)), [&] {
        e.store(e.extract(w.second, 0), to, e.add(at, e.mul(e.add(i, 1), 4)));
      });
    });
    return;
  }
  BlockReader reader(e, packed, weights, lane, /*width=*/1);
  int64_t perSuper = packed.superElements / dotBlock;
  int64_t perBlock = std::max<int64_t>(1, info.blockElements / dotBlock);
  e.loop(e.index(0), e.index(columns / dotBlock), 1, [&](Value i) {
    Value super = e.add(group, e.mul(e.div(i, perSuper), packed.superBytes));
    Value block = e.rem(i, perSuper);
    Value d = e.extract(
        reader.halves(e.add(super, packed.dOffset), e.div(block, perBlock)), 0);
    Value dmin = info.hasMin
                     ? e.extract(reader.halves(e.add(super, packed.dminOffset),
                                               e.div(block, perBlock)),
                                 0)
                     : Value();
    Value quants =
        e.add(super, e.add(e.mul(block, packed.blockBytes()), packed.qOffset));
    int64_t groups = dotBlock / info.groupElements;
    VectorType ints = e.vec(4, e.i32()), floats = e.vec(4, e.f32());
    for (int64_t j = 0; j < 8; ++j) {
      Value q = reader.dot(quants, j);
      if (info.bits == 8)
        q = arith::ExtSIOp::create(e.b, e.loc, ints, q);
      else
        q = arith::SubIOp::create(e.b, e.loc,
                                  arith::ExtUIOp::create(e.b, e.loc, ints, q),
                                  e.constantInt(ints, info.zero));
      Value scale = d;
      Value row = e.add(e.mul(block, groups), j * groups / 8);
      if (info.hasSubScales)
        scale = e.fmul(
            d, e.toF32(e.extract(reader.bytes(e.add(super, packed.scOffset),
                                              row, info.signedSubScales),
                                 0)));
      Value w = e.fmul(arith::SIToFPOp::create(e.b, e.loc, floats, q), scale);
      if (info.hasMin)
        w = e.fsub(w,
                   e.fmul(dmin, e.toF32(e.extract(
                                    reader.bytes(e.add(super, packed.mOffset),
                                                 row, false),
                                    0))));
      e.store(w, to, e.add(at, e.add(e.mul(i, dotBlock * 4), j * 16)));
    }
  });
}
