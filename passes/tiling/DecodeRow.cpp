// Single rows of packed weights, as f32.

#include "lib/Weights/AffineFormats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/GroupDots.h"
#include "passes/tiling/QuantizedBlock.h"

using namespace mlir;
using namespace lfm2c;

void lfm2c::emitDecodeRow(Emitter &e, const PackedLayout &packed,
                          int64_t columns, Value weights, Value group,
                          Value lane, Value to, Value at) {
  const FormatInfo &info = getFormatInfo(packed.format);
  if (!info.isQuantized()) {
    e.spread(e.index(0), e.index(columns), 2, [&](Value i) {
      Value source = floatPairAt(e, packed, group, i);
      std::pair<Value, Value> w = readPair(e, packed, weights, source, lane, 1);
      if (isFloat8(info)) {
        Value d = float8Scale(e, packed, weights, group, i, lane, 1);
        w = {e.fmul(w.first, d), e.fmul(w.second, d)};
      }
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
  e.spread(e.index(0), e.index(columns / dotBlock), 1, [&](Value i) {
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
    int64_t subBlocks = dotBlock / info.subBlockElements;
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
      Value row = e.add(e.mul(block, subBlocks), j * subBlocks / 8);
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
