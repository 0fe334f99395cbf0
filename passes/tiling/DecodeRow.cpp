// Single rows of packed weights, as f32.

#include "lib/Weights/AffineFormats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/GroupDots.h"
#include "passes/tiling/QuantizedBlock.h"
#include <cmath>

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
  e.spread(e.index(0), e.index(columns / dotBlock), 1, [&](Value i) {
    Value super = e.add(group, e.mul(e.div(i, perSuper), packed.superBytes));
    Value block = e.rem(i, perSuper);
    auto scaleAt = [&](int64_t offset) {
      Value scale = e.extract(
          reader.scales(e.add(super, offset), reader.rowOfBlock(block)), 0);
      if (int factor = info.packedFactor())
        scale = e.fmul(scale, e.constant(e.f32(), std::ldexp(1.0, factor)));
      return scale;
    };
    Value d = scaleAt(packed.dOffset);
    Value dmin = info.hasMin ? scaleAt(packed.dminOffset) : Value();
    Value quants =
        e.add(super, e.add(e.mul(block, packed.blockBytes()), packed.qOffset));
    int64_t subBlocks = dotBlock / dotColumns(info);
    VectorType ints = e.vec(4, e.i32()), floats = e.vec(4, e.f32());
    DotReader dots(reader, quants);
    for (int64_t j = 0; j < 8; ++j) {
      Value q = dots.next();
      if (!info.codes.empty())
        q = reader.lookup(q, info.codes);
      if (info.bits == 8 || !info.codes.empty())
        q = arith::ExtSIOp::create(e.b, e.loc, ints, q);
      else
        q = arith::SubIOp::create(e.b, e.loc,
                                  arith::ExtUIOp::create(e.b, e.loc, ints, q),
                                  e.constantInt(ints, info.zero));
      if (int rest = restOfZero(info))
        q = arith::AddIOp::create(e.b, e.loc, q, e.constantInt(ints, rest));
      Value scale = d;
      Value row = reader.rowOfSubBlock(block, j * subBlocks / 8);
      auto byteAt = [&](int64_t offset, bool isSigned) {
        return e.toF32(
            e.extract(reader.bytes(e.add(super, offset), row, isSigned), 0));
      };
      if (info.hasSubScales)
        scale = e.fmul(d, byteAt(packed.scOffset, info.hasSignedScales()));
      Value w = e.fmul(arith::SIToFPOp::create(e.b, e.loc, floats, q), scale);
      if (info.hasMin)
        w = e.fsub(w, info.hasSubMinima
                          ? e.fmul(dmin, byteAt(packed.mOffset, false))
                          : dmin);
      e.store(w, to, e.add(at, e.add(e.mul(i, dotBlock * 4), j * 16)));
    }
  });
}
