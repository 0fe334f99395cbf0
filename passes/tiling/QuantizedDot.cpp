// Products of vectors with quantised weights.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/GroupDots.h"
#include "passes/tiling/QuantizedBlock.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Sum [g * records + t] is that of group g with record t.
class QuantizedDot {
public:
  QuantizedDot(Emitter &e, const GroupOperands &in)
      : e(e), in(in), packed(in.packed), blocks(e, in), info(blocks.info),
        weights(info, e.facts), zero(weights.zero), perDot(blocks.perDot) {}

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
      int64_t bytes = packed.superBytes * dotBlock / packed.superElements;
      Value ahead = e.add(supers.back(),
                          e.add(e.mul(place.block, bytes), in.prefetchBytes));
      for (int64_t line = 0; in.prefetchBytes > 0 && line < bytes; line += 64)
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
    for (int64_t sub = 0; sub < perDot; ++sub) {
      SmallVector<Value> sums = emitDots(dots, sub, place.column);
      if (perDot > 1) // Sub-scales are integers: nothing is rounded yet.
        for (auto [i, sum] : llvm::enumerate(sums))
          sum = arith::MulIOp::create(
              e.b, e.loc, sum,
              blocks.subScale(supers[i / records], place.block, sub));
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

  /// The sums of the dots of sub-block `sub` of a block of each group, zero
  /// point included, in i32. Dots that share vectors together, and, unless
  /// there is room, for one group after the other: so few vectors of weights
  /// are alive at a time, beside the sums.
  SmallVector<Value> emitDots(MutableArrayRef<DotReader> dots, int64_t sub,
                              Value column) {
    // Where dot4 is one instruction it adds to the zero point's term; else that
    // is added at the end.
    bool startsWithZero = zero != 0 && e.facts.dotAccumulates;
    SmallVector<Value> sums;
    for (size_t i = 0; i < dots.size() * in.records.size(); ++i)
      sums.push_back(startsWithZero
                         ? zeroTerm(sub, column, recordOf(i))
                         : e.constantInt(e.vec(packed.lanes, e.i32()), 0));
    int64_t end = 8 / perDot * (sub + 1), together = dotsTogether(info.bits);
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
                                    zeroTerm(sub, column, recordOf(i)));
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
    if (!weights.codes.empty())
      w = blocks.reader.lookup(w, weights.codes);
    else if (info.bits == 8 && !weights.isSigned)
      w = arith::XOrIOp::create(e.b, e.loc, w,
                                e.constantInt(w.getType(), -128));
    return w;
  }

  void addDot(Value &sum, Value w, int64_t j, Value column, Value record) {
    auto load = [&](Type type, int64_t first) {
      return e.load(type, in.activations,
                    e.add(e.add(record, in.layout.qOffset + 4 * first),
                          e.mul(column, dotBlock)),
                    isa<VectorType>(type) ? 16 : 1);
    };
    // Four dots' activations are loaded together where dot4 picks out its own.
    Value x = e.facts.dotByLane
                  ? e.extract(load(e.vec(4, e.i32()), j / 4 * 4), j % 4)
                  : load(e.i32(), j);
    auto dot = exec::Dot4Op::create(
        e.b, e.loc, sum, w, e.bitcast(e.splat(x, packed.lanes), w.getType()),
        weights.bits);
    dot.setSignedW(weights.isSigned);
    sum = dot;
  }

  Value recordOf(size_t sum) { return in.records[sum % in.records.size()]; }

  Value zeroTerm(int64_t sub, Value column, Value record) {
    int64_t offset = in.layout.startOffset(zero, dotColumns(info));
    return e.splat(e.load(e.i32(), in.activations,
                          e.add(e.add(record, offset + 4 * sub),
                                e.mul(column, 4 * perDot))),
                   packed.lanes);
  }

  Emitter &e;
  const GroupOperands &in;
  const PackedLayout &packed;
  QuantizedBlocks blocks;
  const FormatInfo &info;
  const DotWeights weights;
  const int64_t zero;
  int64_t perDot; ///< Sub-scales of a block of 32 columns.
};

} // namespace

SmallVector<Value> lfm2c::emitQuantizedDots(Emitter &e,
                                            const GroupOperands &in) {
  return QuantizedDot(e, in).emit();
}
