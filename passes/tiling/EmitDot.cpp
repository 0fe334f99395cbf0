//===- EmitDot.cpp - unpack and dot for every weight format ---------------===//
//
// Products of vectors, for one or several groups and tokens at once; and the
// decoding of single rows.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/tiling/QuantizedBlock.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Products with quantised weights.
/// Sum [g * records + t] is that of group g with record t.
class QuantizedDot {
public:
  QuantizedDot(Emitter &e, const GroupOperands &in)
      : e(e), in(in), packed(in.packed), blocks(e, in), info(blocks.info),
        zero(dotZero(packed.format, e.facts.dotUnsigned8)),
        perDot(blocks.perDot) {}

  SmallVector<Value> emit() {
    return blocks.sum(/*step=*/1,
                      [&](const QuantizedBlocks::Place &place,
                          ValueRange sums) { return emitBlock(place, sums); });
  }

private:
  /// What is loaded stands where it is first used: vectors are few.
  SmallVector<Value> emitBlock(const QuantizedBlocks::Place &place,
                               ValueRange accs) {
    SmallVector<Value> supers;
    SmallVector<DotReader> dots;
    for (Value group : in.groups) {
      supers.push_back(e.add(group, place.superAt));
      Value at =
          e.add(supers.back(),
                e.add(e.mul(place.block, packed.blockBytes()), packed.qOffset));
      dots.emplace_back(blocks.reader, at);
      // With each block its part of the superblock, scales included.
      int64_t part = packed.superBytes * dotBlock / packed.superElements;
      Value ahead = e.add(supers.back(),
                          e.add(e.mul(place.block, part), in.prefetchBytes));
      for (int64_t line = 0; in.prefetchBytes > 0 && line < part; line += 64)
        exec::PrefetchOp::create(e.b, e.loc, in.weights, e.add(ahead, line));
    }
    SmallVector<Value> next(accs);
    size_t together = groupsTogether();
    for (size_t g = 0; g < supers.size(); g += together) {
      size_t n = std::min(together, supers.size() - g);
      addGroups(ArrayRef(supers).slice(g, n), MutableArrayRef(dots).slice(g, n),
                place,
                MutableArrayRef(next).slice(g * in.records.size(),
                                            n * in.records.size()));
    }
    return next;
  }

  /// Groups whose integers are computed at once, so that they share the
  /// activations: all of them, but where dot4 picks these out of a lane there
  /// is little to share, and sub-scales within a block need a second integer
  /// each.
  size_t groupsTogether() const {
    if (perDot == 1 || !e.facts.dotByLane)
      return in.groups.size();
    int64_t free = e.facts.registers / 2 - int64_t(in.count());
    return std::max<int64_t>(1, free / 2);
  }

  /// Adds a block of some groups to their sums.
  void addGroups(ArrayRef<Value> supers, MutableArrayRef<DotReader> dots,
                 const QuantizedBlocks::Place &place,
                 MutableArrayRef<Value> accs) {
    size_t records = in.records.size();
    SmallVector<Value> totals;
    for (int64_t part = 0; part < perDot; ++part) {
      SmallVector<Value> sums = emitDots(dots, part, place.column);
      if (perDot > 1) // Sub-scales are integers: nothing is rounded yet.
        for (auto [i, sum] : llvm::enumerate(sums))
          sum = arith::MulIOp::create(
              e.b, e.loc, sum,
              blocks.subScale(supers[i / records], place.block, part));
      if (totals.empty())
        totals = sums;
      else
        for (auto [total, sum] : llvm::zip(totals, sums))
          total = arith::AddIOp::create(e.b, e.loc, total, sum);
    }
    for (size_t g = 0; g < supers.size(); ++g)
      blocks.add(
          supers[g], place, [&](size_t t) { return totals[g * records + t]; },
          accs.slice(g * records, records));
  }

  /// The sums of the dots of part `part` of a block of each group, zero point
  /// included, in i32. Dots that share vectors together, and, unless there is
  /// room, for one group after the other: so few vectors of weights are alive
  /// at a time, beside the sums.
  SmallVector<Value> emitDots(MutableArrayRef<DotReader> dots, int64_t part,
                              Value column) {
    // Where dot4 is one instruction it adds to the zero point's part; else that
    // is added at the end.
    bool startsWithZero = zero != 0 && e.facts.dotAccumulates;
    SmallVector<Value> sums;
    for (size_t i = 0; i < dots.size() * in.records.size(); ++i)
      sums.push_back(startsWithZero
                         ? zeroPart(part, column, recordOf(i))
                         : e.constantInt(e.vec(packed.lanes, e.i32()), 0));
    int64_t end = 8 / perDot * (part + 1), together = dotsTogether(info.bits);
    for (int64_t first = end - 8 / perDot; first < end; first += together) {
      int64_t last = std::min(first + together, end);
      if (sharesActivations(together)) {
        SmallVector<SmallVector<Value, 4>> w(dots.size());
        for (auto [g, reader] : llvm::enumerate(dots))
          for (int64_t j = first; j < last; ++j)
            w[g].push_back(nextDot(reader));
        for (int64_t j = first; j < last; ++j)
          for (auto [t, record] : llvm::enumerate(in.records))
            for (size_t g = 0; g < dots.size(); ++g)
              addDot(sums[g * in.records.size() + t], w[g][j - first], j,
                     column, record);
        continue;
      }
      for (auto [g, reader] : llvm::enumerate(dots))
        for (int64_t j = first; j < last; ++j) {
          Value w = nextDot(reader);
          for (auto [t, record] : llvm::enumerate(in.records))
            addDot(sums[g * in.records.size() + t], w, j, column, record);
        }
    }
    if (zero != 0 && !startsWithZero)
      for (auto [i, sum] : llvm::enumerate(sums))
        sum = arith::AddIOp::create(e.b, e.loc, sum,
                                    zeroPart(part, column, recordOf(i)));
    return sums;
  }

  /// Whether the dots of all groups are held at once, so that what is loaded of
  /// the activations serves all of them: where there are vectors for that,
  /// beside two for each sum, one with activations and two with masks.
  bool sharesActivations(int64_t together) const {
    int64_t groups = in.groups.size(), sums = 2 * in.count();
    return groups > 1 && in.records.size() > 1 && e.facts.dotAccumulates &&
           !e.facts.dotByLane &&
           sums + groups * together + 3 <= e.facts.registers;
  }

  /// Dots as dot4 takes them.
  Value nextDot(DotReader &reader) {
    Value w = reader.next();
    if (info.bits == 8 && e.facts.dotUnsigned8)
      w = arith::XOrIOp::create(e.b, e.loc, w,
                                e.constantInt(w.getType(), -128));
    return w;
  }

  void addDot(Value &sum, Value w, int64_t j, Value column, Value record) {
    auto load = [&](Type type, int64_t first) {
      return e.load(type, in.activations,
                    e.add(e.add(record, in.layout.qOffset + 4 * first),
                          e.mul(column, dotBlock)));
    };
    // Four dots' activations are loaded together where dot4 picks out its own.
    Value x = e.facts.dotByLane
                  ? e.extract(load(e.vec(4, e.i32()), j / 4 * 4), j % 4)
                  : load(e.i32(), j);
    auto dot = exec::Dot4Op::create(
        e.b, e.loc, sum, w, e.bitcast(e.splat(x, packed.lanes), w.getType()),
        info.bits);
    dot.setSignedW(info.bits == 8 && !e.facts.dotUnsigned8);
    sum = dot;
  }

  Value recordOf(size_t sum) { return in.records[sum % in.records.size()]; }

  Value zeroPart(int64_t part, Value column, Value record) {
    int64_t offset = in.layout.startOffset(zero, info.groupElements);
    return e.splat(e.load(e.i32(), in.activations,
                          e.add(e.add(record, offset + 4 * part),
                                e.mul(column, 4 * perDot))),
                   packed.lanes);
  }

  Emitter &e;
  const GroupOperands &in;
  const PackedLayout &packed;
  QuantizedBlocks blocks;
  const FormatInfo &info;
  int64_t zero;
  int64_t perDot; ///< Sub-scales of a block of 32 columns.
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

/// Sums of `sums(first, last)` over the columns in parts: two of each product.
SmallVector<Value>
emitInParts(Emitter &e, int64_t columns, size_t n,
            llvm::function_ref<SmallVector<Value>(Value, Value)> sums) {
  Value end = e.index(columns);
  return e.reduce(e.index(0), end, floatPart,
                  SmallVector<Value>(n, e.constant(e.lanesF32(), 0)),
                  [&](Value first, ValueRange totals) {
                    SmallVector<Value> pair =
                        sums(first, e.min(e.add(first, floatPart), end));
                    SmallVector<Value> next;
                    for (size_t i = 0; i < n; ++i)
                      next.push_back(e.fadd(
                          totals[i], e.fadd(pair[2 * i], pair[2 * i + 1])));
                    return next;
                  });
}

/// Products with BF16 weights on targets with dot2: one sum with the high and
/// one with the low parts of the activations; or, of rounded ones, one with
/// each of two neighbouring pairs, so that as many sums hide the latency.
SmallVector<Value> emitPairDot(Emitter &e, const GroupOperands &in) {
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
      emitInParts(e, whole, in.count(), [&](Value first, Value last) {
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

/// Products with float weights, in f32.
SmallVector<Value> emitFloatDot(Emitter &e, const GroupOperands &in) {
  const PackedLayout &packed = in.packed;
  auto read = [&](Value group, Value pair) {
    return readPair(e, packed, in.weights,
                    e.add(group, e.mul(pair, packed.superBytes)), e.index(0),
                    packed.lanes);
  };
  SmallVector<Value> zeros(2 * in.count(), e.constant(e.lanesF32(), 0));
  int64_t even = in.columns / 2 * 2;
  SmallVector<Value> totals =
      emitInParts(e, even, in.count(), [&](Value first, Value last) {
        return e.reduce(first, last, 2, zeros, [&](Value i, ValueRange accs) {
          SmallVector<Value> next;
          for (Value group : in.groups) {
            std::pair<Value, Value> w = read(group, e.div(i, 2));
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
        });
      });
  if (in.columns == even)
    return totals;
  for (auto [i, total] : llvm::enumerate(totals)) {
    Value w = read(in.groups[i / in.records.size()], e.index(even / 2)).first;
    Value x = e.load(e.f32(), in.activations,
                     e.add(in.records[i % in.records.size()],
                           in.layout.floatOffset + even * 4));
    total = e.fma(w, x, total);
  }
  return totals;
}

} // namespace

SmallVector<Value> lfm2c::emitGroupDots(Emitter &e, const GroupOperands &in) {
  Format format = in.packed.format;
  if (format == Format::BF16 && in.layout.highOffset >= 0)
    return emitPairDot(e, in);
  if (!getFormatInfo(format).isQuantized())
    return emitFloatDot(e, in);
  return QuantizedDot(e, in).emit();
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
    DotReader dots(reader, quants);
    for (int64_t j = 0; j < 8; ++j) {
      Value q = dots.next();
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
