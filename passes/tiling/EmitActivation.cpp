// Norm and int8 quantisation.

#include "lib/Weights/AffineFormats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/tiling/Activation.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

DotWeights::DotWeights(const FormatInfo &info, const exec::TargetFacts &facts)
    : zero(info.zero), bits(info.bits), isSigned(false) {
  if (!info.codes.empty()) {
    auto [least, most] =
        std::minmax_element(info.codes.begin(), info.codes.end());
    bits = llvm::Log2_32(std::max(*most - *least, 1)) + 1;
    isSigned = bits == 8 && !facts.dotUnsigned8;
    zero = isSigned ? 0 : -*least;
    for (int8_t code : info.codes)
      codes.push_back(int8_t(code + zero));
  } else if (bits == 8) {
    isSigned = !facts.dotUnsigned8;
    zero = isSigned ? 0 : storedZero;
  }
}

int64_t lfm2c::dotColumns(const FormatInfo &info) {
  return std::min<int64_t>(info.subBlockElements, dotBlock);
}

ActivationLayout::ActivationLayout(int64_t columns, ArrayRef<Format> readers,
                                   const exec::TargetFacts &facts,
                                   ActivationForm form)
    : columns(columns), padded(llvm::alignTo(columns, 256)), form(form) {
  auto place = [&](int64_t size) {
    int64_t at = bytes;
    bytes = llvm::alignTo(bytes + size, 64);
    return at;
  };
  for (Format format : readers) {
    const FormatInfo &info = getFormatInfo(format);
    if (format == Format::BF16 && facts.bf16dot) {
      if (highOffset < 0) {
        highOffset = place(llvm::alignTo(columns, 2) * 2);
        if (!form.roundBF16)
          lowOffset = place(llvm::alignTo(columns, 2) * 2);
      }
      continue;
    }
    if (!info.isQuantized()) {
      if (floatOffset < 0)
        floatOffset = place(llvm::alignTo(columns, 16) * 4);
      continue;
    }
    if (qOffset < 0) {
      qOffset = place(padded);
      scaleOffset = place(form.tokenScales ? 4 : padded / dotBlock * 4);
    }
    int64_t zero = DotWeights(info, facts).zero, subBlock = dotColumns(info);
    if (info.hasMin)
      if (int64_t &offset = subBlock == dotBlock ? sumOffset : halfSumOffset;
          offset < 0)
        offset = place(padded / subBlock * 4);
    if (zero != 0 && startOffset(zero, subBlock) < 0)
      starts.push_back({zero, subBlock, place(padded / subBlock * 4)});
  }
}

int64_t ActivationLayout::startOffset(int64_t zero, int64_t subBlock) const {
  for (const Start &start : starts)
    if (start.zero == zero && start.subBlock == subBlock)
      return start.offset;
  return -1;
}

/// sqrt(mean(x^2) + eps)^-1 of the columns at `source`.
static Value emitInverseRms(Emitter &e, Value from, Value source,
                            int64_t columns, double eps) {
  const int64_t width = e.isWorkgroup() ? e.facts.lanes : 32;
  int64_t whole = columns / width * width;
  VectorType type = e.vec(width, e.f32());
  Value sums =
      e.reduceInSlices(e.index(0), e.index(whole), width, {e.constant(type, 0)},
                       [&](Value i, ValueRange acc) -> SmallVector<Value> {
                         Value x =
                             e.load(type, from, e.add(source, e.mul(i, 4)));
                         return {e.fma(x, x, acc[0])};
                       })[0];
  Value sum = e.sumThread(sums);
  for (int64_t i = whole; i < columns; ++i) {
    Value x = e.load(e.f32(), from, e.add(source, i * 4));
    sum = e.fma(x, x, sum);
  }
  Value mean = e.fdiv(sum, e.constant(e.f32(), columns));
  return e.rsqrt(e.fadd(mean, e.constant(e.f32(), eps)));
}

namespace {

/// Writes the parts of one record that belong to one block of 32 columns.
struct RecordWriter {
  Emitter &e;
  const ActivationLayout &layout;
  Value to, record;

  Value at(int64_t part, Value index, int64_t size) {
    return e.add(e.add(record, part), e.mul(index, size));
  }

  void writeFloats(Value block, Value x) {
    e.store(x, to, at(layout.floatOffset, block, dotBlock * 4));
  }

  /// The two bf16, or the one, of each of the values `x`, f32 or a vector of
  /// them, from column `column` on.
  void writeBF16(Value column, Value x) {
    Value high = e.toBF16(x);
    e.store(high, to, at(layout.highOffset, column, 2));
    if (layout.lowOffset < 0)
      return;
    Value low = e.toBF16(e.fsub(x, e.toF32(high)));
    e.store(low, to, at(layout.lowOffset, column, 2));
  }

  /// The scale by which int8 holds values of at most `most`, and its inverse.
  std::pair<Value, Value> scaleOf(Value most) {
    Value isZero = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::OEQ,
                                         most, e.constant(e.f32(), 0));
    Value inverse = e.select(isZero, e.constant(e.f32(), 0),
                             e.fdiv(e.constant(e.f32(), 127), most));
    return {e.fmul(most, e.constant(e.f32(), 1.0 / 127)), inverse};
  }
  Value magnitude(Value x) { return math::AbsFOp::create(e.b, e.loc, x); }

  /// The scale of all columns; returns its inverse.
  Value writeTokenScale(Value most) {
    auto [scale, inverse] = scaleOf(most);
    e.store(scale, to, e.add(record, layout.scaleOffset));
    return inverse;
  }

  /// Int8 values and sums of the 32 values `x` (vector<32xf32>), and their
  /// scale unless `inverse` is that of all columns.
  void writeInt8(Value block, Value x, Value inverse) {
    OpBuilder &b = e.b;
    Location loc = e.loc;
    Value scale;
    if (!inverse) {
      std::tie(scale, inverse) = scaleOf(e.reduceMax(magnitude(x)));
      e.store(scale, to, at(layout.scaleOffset, block, 4));
    }
    Value q = rounded(x, inverse);
    Value bytes =
        arith::TruncIOp::create(b, loc, e.vec(dotBlock, b.getI8Type()), q);
    e.store(bytes, to, at(layout.qOffset, block, dotBlock), /*align=*/16);
    if (!hasSums() && !hasHalves())
      return;

    Value low = sum(q, 0), high = sum(q, 16);
    Value all = arith::AddIOp::create(b, loc, low, high);
    writeSums(block, scale, all);
    if (layout.halfSumOffset >= 0) {
      e.store(scaled(low, scale), to, at(layout.halfSumOffset, block, 8));
      e.store(scaled(high, scale), to, at(layout.halfSumOffset + 4, block, 8));
    }
    for (const ActivationLayout::Start &start : layout.starts)
      if (start.subBlock != dotBlock) {
        e.store(timesMinusZero(low, start), to, at(start.offset, block, 8));
        e.store(timesMinusZero(high, start), to,
                at(start.offset + 4, block, 8));
      }
  }

  /// Nearest, ties to even, without a rounding instruction: 1.5 * 2^23 leaves
  /// the integer in the low bits.
  Value rounded(Value x, Value inverse) {
    auto floats = cast<VectorType>(x.getType());
    VectorType ints = e.vec(floats.getNumElements(), e.i32());
    Value shifted = e.fadd(e.fmul(x, inverse), e.constant(floats, 12582912.0));
    return arith::SubIOp::create(e.b, e.loc, e.bitcast(shifted, ints),
                                 e.constantInt(ints, 0x4B400000));
  }
  Value timesMinusZero(Value sum, const ActivationLayout::Start &start) {
    return arith::MulIOp::create(e.b, e.loc, sum,
                                 e.constantInt(e.i32(), -start.zero));
  }
  /// -scale * a sum, for minima.
  Value scaled(Value sum, Value scale) {
    Value minus =
        scale ? e.fsub(e.constant(e.f32(), 0), scale) : e.constant(e.f32(), -1);
    return e.fmul(minus, e.toF32(sum));
  }
  /// Whether a table has sums of whole blocks, of halves.
  bool hasSums() const {
    return layout.sumOffset >= 0 ||
           llvm::any_of(layout.starts, [](const ActivationLayout::Start &s) {
             return s.subBlock == dotBlock;
           });
  }
  bool hasHalves() const {
    return layout.halfSumOffset >= 0 ||
           llvm::any_of(layout.starts, [](const ActivationLayout::Start &s) {
             return s.subBlock != dotBlock;
           });
  }
  /// What is made of the sum of a whole block.
  void writeSums(Value block, Value scale, Value all) {
    if (layout.sumOffset >= 0)
      e.store(scaled(all, scale), to, at(layout.sumOffset, block, 4));
    for (const ActivationLayout::Start &start : layout.starts)
      if (start.subBlock == dotBlock)
        e.store(timesMinusZero(all, start), to, at(start.offset, block, 4));
  }

  /// Of a workgroup, whose eight neighbours have a block: the same of the four
  /// values `x` from column `4 * part` of a block on, where it `isThere`.
  void writeQuarters(Value block, Value part, Value isThere, Value x,
                     Value inverse) {
    OpBuilder &b = e.b;
    Location loc = e.loc;
    Value at4 = e.mul(part, quarter), scale;
    if (layout.floatOffset >= 0)
      e.ifThen(isThere, [&] {
        e.store(
            x, to,
            e.add(at(layout.floatOffset, block, dotBlock * 4), e.mul(at4, 4)),
            /*align=*/16);
      });
    if (layout.qOffset < 0)
      return;
    constexpr int64_t width = dotBlock / quarter;
    if (!inverse)
      std::tie(scale, inverse) =
          scaleOf(e.maxNeighbours(e.reduceMax(magnitude(x)), width));
    Value q = rounded(x, inverse);
    Value bytes =
        arith::TruncIOp::create(b, loc, e.vec(quarter, b.getI8Type()), q);
    Value own = e.extract(q, 0);
    for (int64_t i = 1; i < quarter; ++i)
      own = arith::AddIOp::create(b, loc, own, e.extract(q, i));
    Value all, half;
    if (layout.sumOffset >= 0 || !layout.starts.empty())
      all = e.sumNeighbours(own, width);
    if (hasHalves())
      half = e.sumNeighbours(own, width / 2);
    e.ifThen(isThere, [&] {
      e.store(bytes, to, e.add(at(layout.qOffset, block, dotBlock), at4),
              /*align=*/4);
      e.ifThen(e.equal(part, e.index(0)), [&] {
        if (scale)
          e.store(scale, to, at(layout.scaleOffset, block, 4));
        writeSums(block, scale, all);
      });
      if (hasHalves())
        e.ifThen(e.equal(e.rem(part, width / 2), e.index(0)), [&] {
          Value second = e.mul(e.div(part, width / 2), 4);
          if (layout.halfSumOffset >= 0)
            e.store(scaled(half, scale), to,
                    e.add(at(layout.halfSumOffset, block, 8), second));
          for (const ActivationLayout::Start &start : layout.starts)
            if (start.subBlock != dotBlock)
              e.store(timesMinusZero(half, start), to,
                      e.add(at(start.offset, block, 8), second));
        });
    });
  }
  /// Columns of an invocation.
  static constexpr int64_t quarter = 4;

  Value sum(Value q, int64_t first) {
    Value part = e.slice(q, first, 16);
    for (int64_t n = 8; n >= 1; n /= 2)
      part = arith::AddIOp::create(e.b, e.loc, e.slice(part, 0, n),
                                   e.slice(part, n, n));
    return e.extract(part, 0);
  }

  /// Columns that only fill up a superblock count nothing.
  void writePadding(int64_t firstBlock, int64_t blocks) {
    if (layout.qOffset < 0)
      return;
    Value zero = e.constantInt(e.vec(dotBlock, e.b.getI8Type()), 0);
    Value none = e.constantInt(e.i32(), 0);
    e.spread(e.index(firstBlock), e.index(blocks), 1, [&](Value block) {
      e.store(zero, to, at(layout.qOffset, block, dotBlock), /*align=*/16);
      if (!layout.form.tokenScales)
        e.store(none, to, at(layout.scaleOffset, block, 4));
      if (layout.sumOffset >= 0)
        e.store(none, to, at(layout.sumOffset, block, 4));
      for (int64_t half = 0; layout.halfSumOffset >= 0 && half < 2; ++half)
        e.store(none, to, at(layout.halfSumOffset + 4 * half, block, 8));
      for (const ActivationLayout::Start &start : layout.starts)
        for (int64_t half = 0; half < dotBlock / start.subBlock; ++half)
          e.store(none, to,
                  at(start.offset + 4 * half, block,
                     dotBlock / start.subBlock * 4));
    });
  }
};

} // namespace

/// Of a workgroup: all blocks, so that neighbours read what lies side by side.
static void writeBlocks(RecordWriter &writer, int64_t blocks, Value inverse,
                        llvm::function_ref<Value(Type, Value)> read) {
  Emitter &e = writer.e;
  constexpr int64_t quarter = RecordWriter::quarter, width = dotBlock / quarter;
  Value number = e.div(e.invocation(), width);
  Value part = e.rem(e.invocation(), width);
  // All come to where they wait for neighbours: those that have no block take
  // the last.
  e.loop(e.index(0), e.index(blocks), e.facts.lanes * e.facts.slices / width,
         [&](Value first) {
           Value block = e.add(first, number);
           Value isThere = e.less(block, e.index(blocks));
           block = e.min(block, e.index(blocks - 1));
           Value x =
               read(e.vec(quarter, e.f32()), e.add(e.mul(block, dotBlock * 4),
                                                   e.mul(part, quarter * 4)));
           writer.writeQuarters(block, part, isThere, x, inverse);
         });
}

void lfm2c::emitActivation(Emitter &e, Value from, Value source,
                           const NormSource *norm, Value to, Value record,
                           const ActivationLayout &layout) {
  Value inverse;
  if (norm)
    inverse = emitInverseRms(e, from, source, layout.columns, norm->eps);
  // Rows begin at multiples of 64, and whole blocks are read from there on.
  auto alignOf = [](Type type) { return isa<VectorType>(type) ? 16 : 1; };
  auto read = [&](Type type, Value bytes) {
    Value x = e.load(type, from, e.add(source, bytes), alignOf(type));
    if (!norm)
      return x;
    Value w = e.loadWeight(type, norm->weights, e.add(norm->offset, bytes));
    return e.fmul(w, e.fmul(x, inverse));
  };
  RecordWriter writer{e, layout, to, record};
  VectorType floats = e.vec(dotBlock, e.f32());
  int64_t blocks = layout.columns / dotBlock;
  Value tokenInverse;
  if (layout.form.tokenScales && layout.qOffset >= 0) {
    Value most =
        e.reduce(e.index(0), e.index(blocks), 1, {e.constant(floats, 0)},
                 [&](Value block, ValueRange acc) -> SmallVector<Value> {
                   Value x = read(floats, e.mul(block, dotBlock * 4));
                   return {e.fmax(acc[0], writer.magnitude(x))};
                 })[0];
    tokenInverse = writer.writeTokenScale(e.reduceMax(most));
  }
  if (e.isWorkgroup())
    writeBlocks(writer, blocks, tokenInverse, read);
  else
    e.loop(e.index(0), e.index(blocks), 1, [&](Value block) {
      Value x = read(floats, e.mul(block, dotBlock * 4));
      if (layout.floatOffset >= 0)
        writer.writeFloats(block, x);
      if (layout.highOffset >= 0)
        writer.writeBF16(e.mul(block, dotBlock), x);
      if (layout.qOffset >= 0)
        writer.writeInt8(block, x, tokenInverse);
    });
  // Only float formats have rows that are no multiple of 32.
  for (int64_t i = blocks * dotBlock; i < layout.columns; ++i) {
    Value x = read(e.f32(), e.index(i * 4));
    if (layout.floatOffset >= 0)
      e.store(x, to, e.add(record, layout.floatOffset + i * 4));
    if (layout.highOffset >= 0)
      writer.writeBF16(e.index(i), x);
  }
  if (layout.highOffset >= 0 && layout.columns % 2 != 0)
    writer.writeBF16(e.index(layout.columns), e.constant(e.f32(), 0));
  writer.writePadding(blocks, layout.padded / dotBlock);
}
