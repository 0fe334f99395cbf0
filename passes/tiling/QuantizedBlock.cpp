#include "passes/tiling/QuantizedBlock.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace lfm2c;

//===----------------------------------------------------------------------===//
// BlockReader
//===----------------------------------------------------------------------===//

Value BlockReader::halves(Value offset, Value row) {
  Value at = e.add(offset, e.mul(e.add(e.mul(row, packed.lanes), lane), 2));
  return e.toF32(e.loadWeight(e.vec(width, e.b.getF16Type()), weights, at));
}

Value BlockReader::bytes(Value offset, Value row, bool isSigned) {
  Value at = e.add(offset, e.add(e.mul(row, packed.lanes), lane));
  Value v = e.loadWeight(e.vec(width, e.b.getI8Type()), weights, at);
  VectorType type = e.vec(width, e.i32());
  if (isSigned)
    return arith::ExtSIOp::create(e.b, e.loc, type, v);
  return arith::ExtUIOp::create(e.b, e.loc, type, v);
}

Value BlockReader::dot(Value offset, int64_t j) {
  auto vector = [&](int64_t i) {
    Value at = e.add(e.add(offset, i * 4 * packed.lanes), e.mul(lane, 4));
    return e.loadWeight(e.vec(4 * width, e.b.getI8Type()), weights, at,
                        /*ordered=*/true);
  };
  auto join = [&](Value a, Value c) {
    return Value(arith::OrIOp::create(e.b, e.loc, a, c));
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

/// (v >> right) & mask in every byte. Where a CPU shifts no bytes, the mask
/// takes away what comes over from the neighbour.
Value BlockReader::masked(Value v, int64_t right, int64_t mask) {
  VectorType words = e.facts.byteShifts ? cast<VectorType>(v.getType())
                                        : e.vec(2 * width, e.b.getI16Type());
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

//===----------------------------------------------------------------------===//
// QuantizedBlocks
//===----------------------------------------------------------------------===//

SmallVector<Value> QuantizedBlocks::sum(int64_t step, Body body) {
  SmallVector<Value> init(in.count(), e.constant(e.lanesF32(), 0));
  int64_t blocks = packed.superElements / dotBlock;
  auto superblock = [&](Value super, ValueRange accs) {
    Value at = e.mul(super, packed.superBytes);
    Value first = e.mul(super, blocks);
    return e.reduce(e.index(0), e.index(blocks), step, accs,
                    [&](Value block, ValueRange inner) {
                      return body({at, block, e.add(first, block)}, inner);
                    });
  };
  SmallVector<Value> sums = e.reduce(
      e.index(0), e.index(packed.superblocks(in.columns)), 1, init, superblock);
  if (in.layout.tokenScales)
    for (auto [i, sum] : llvm::enumerate(sums))
      sum = e.fmul(sum, scalar(in.layout.scaleOffset, e.index(0),
                               in.records[i % in.records.size()]));
  return sums;
}

Value QuantizedBlocks::subScale(Value super, Value block, int64_t part) {
  return reader.bytes(e.add(super, packed.scOffset),
                      e.add(e.mul(block, perDot), part), info.signedSubScales);
}

void QuantizedBlocks::add(Value super, const Place &place,
                          llvm::function_ref<Value(size_t)> total,
                          MutableArrayRef<Value> sums) {
  bool perSuper = info.blockElements == packed.superElements;
  Value row = perSuper ? e.index(0) : place.block;
  Value scale = reader.halves(e.add(super, packed.dOffset), row), min;
  if (info.hasSubScales && perDot == 1)
    scale = e.fmul(scale, e.smallToF32(subScale(super, place.block, 0)));
  if (info.hasMin)
    min = e.fmul(
        reader.halves(e.add(super, packed.dminOffset), row),
        e.smallToF32(reader.bytes(e.add(super, packed.mOffset), place.block,
                                  /*isSigned=*/false)));
  for (auto [t, record] : llvm::enumerate(in.records)) {
    Value both = scale;
    if (!in.layout.tokenScales)
      both = e.fmul(scale, scalar(in.layout.scaleOffset, place.column, record));
    // The sum of 32 products of bytes is below 2^19; not so with sub-scales.
    Value sum = total(t);
    sums[t] =
        e.fma(perDot == 1 ? e.smallToF32(sum) : e.toF32(sum), both, sums[t]);
    if (info.hasMin)
      sums[t] = e.fma(min, scalar(in.layout.sumOffset, place.column, record),
                      sums[t]);
  }
}

Value QuantizedBlocks::scalar(int64_t part, Value column, Value record) {
  return e.load(e.f32(), in.activations,
                e.add(e.add(record, part), e.mul(column, 4)));
}
