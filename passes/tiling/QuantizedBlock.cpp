// Unpacking and scaling of weights.

#include "passes/tiling/QuantizedBlock.h"
#include "lfm2rt/abi.h"
#include "lib/Weights/AffineFormats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;

//===----------------------------------------------------------------------===//
// BlockReader
//===----------------------------------------------------------------------===//

Value BlockReader::scales(Value offset, Value row) {
  Value at = e.add(
      offset, e.mul(e.add(e.mul(row, packed.lanes), lane), packed.scaleBytes));
  switch (info.packedScale()) {
  case ScaleType::F16:
    return e.toF32(load(e.b.getF16Type(), width, at));
  case ScaleType::F32:
    return load(e.f32(), width, at);
  default:
    break;
  }
  VectorType ints = e.vec(width, e.i32());
  Value bits = arith::ExtUIOp::create(e.b, e.loc, ints,
                                      load(e.b.getI16Type(), width, at));
  bits = arith::ShLIOp::create(e.b, e.loc, bits, e.constantInt(ints, 16));
  return e.bitcast(bits, e.vec(width, e.f32()));
}

Value BlockReader::rowOfBlock(Value block) {
  if (info.blockElements == packed.superElements)
    return e.index(0);
  return e.div(block, info.blockElements / dotBlock);
}

Value BlockReader::rowOfSubBlock(Value block, int64_t sub) {
  if (int64_t blocks = info.subBlockElements / dotBlock)
    return e.div(block, blocks);
  return e.add(e.mul(block, dotBlock / info.subBlockElements), sub);
}

Value BlockReader::lookup(Value dot, ArrayRef<int8_t> table) {
  if (e.facts.byteLookup && width == packed.lanes)
    return exec::LookupOp::create(e.b, e.loc, dot.getType(), dot, table);
  // Bit by bit: of a pair of entries, of two such pairs, and so on. All of a
  // word's bytes at once, or, where there is one word, each in a word of its
  // own: an invocation does not take apart what it holds.
  const bool isAlone = width != packed.lanes;
  VectorType words = e.vec(isAlone ? 4 * width : width, e.i32());
  auto constant = [&](int8_t byte) {
    return e.constantInt(words,
                         isAlone ? byte : int32_t(uint8_t(byte) * 0x01010101u));
  };
  auto both = [&](Value a, Value c) {
    return Value(arith::AndIOp::create(e.b, e.loc, a, c));
  };
  auto differing = [&](Value a, Value c) {
    return Value(arith::XOrIOp::create(e.b, e.loc, a, c));
  };
  Value index = isAlone ? Value(arith::ExtUIOp::create(e.b, e.loc, words, dot))
                        : e.bitcast(dot, words);
  SmallVector<Value, 16> values;
  for (int64_t bit = 0; values.size() != 1; ++bit) {
    Value isSet = index;
    if (bit > 0)
      isSet =
          arith::ShRUIOp::create(e.b, e.loc, index, e.constantInt(words, bit));
    isSet = arith::MulIOp::create(e.b, e.loc, both(isSet, constant(1)),
                                  e.constantInt(words, isAlone ? -1 : 255));
    SmallVector<Value, 16> next;
    if (bit == 0)
      for (size_t i = 0; i < table.size(); i += 2)
        next.push_back(differing(both(isSet, constant(table[i] ^ table[i + 1])),
                                 constant(table[i])));
    else
      for (size_t i = 0; i < values.size(); i += 2)
        next.push_back(differing(
            both(isSet, differing(values[i], values[i + 1])), values[i]));
    values = next;
  }
  if (isAlone)
    return arith::TruncIOp::create(e.b, e.loc, dot.getType(), values[0]);
  return e.bitcast(values[0], dot.getType());
}

Value BlockReader::bytes(Value offset, Value row, bool isSigned) {
  Value at = e.add(offset, e.add(e.mul(row, packed.lanes), lane));
  Value v = load(e.b.getI8Type(), width, at);
  VectorType type = e.vec(width, e.i32());
  if (isSigned)
    return arith::ExtSIOp::create(e.b, e.loc, type, v);
  return arith::ExtUIOp::create(e.b, e.loc, type, v);
}

Value BlockReader::vector(Value offset, int64_t i) {
  Value at = e.add(e.add(offset, i * 4 * packed.lanes), e.mul(lane, 4));
  return load(e.b.getI8Type(), 4 * width, at, /*ordered=*/true);
}

/// Where vectors of the layout are longer than a line, all rows of its tables
/// lie at multiples of their length in a group; which begins in near memory at
/// a multiple of LFM2_NEAR_ALIGN, but in the archive at one of 64 only.
Value BlockReader::load(Type element, int64_t n, Value at, bool ordered) {
  Value v = e.loadWeight(e.vec(n, element), weights, at, ordered);
  if (4 * packed.lanes > 64 && width == packed.lanes) {
    int64_t bytes = n * element.getIntOrFloatBitWidth() / 8;
    int64_t known = exec::isNear(weights) ? LFM2_NEAR_ALIGN : 64;
    v.getDefiningOp<exec::LoadOp>().setAlign(std::min(bytes, known));
  }
  return v;
}

/// Where a CPU shifts no bytes, the mask takes away what comes over from the
/// neighbour.
Value BlockReader::withField(Value dot, Value vector, const DotField &field) {
  if (field.count == 8)
    return vector;
  Type type = vector.getType();
  VectorType words = e.facts.byteShifts ? cast<VectorType>(type)
                                        : e.vec(2 * width, e.b.getI16Type());
  Value part = e.bitcast(vector, words);
  if (int64_t right = field.from - field.to)
    part =
        arith::ShRUIOp::create(e.b, e.loc, part, e.constantInt(words, right));
  int64_t mask = ((1 << field.count) - 1) << field.to;
  part = arith::AndIOp::create(e.b, e.loc, e.bitcast(part, type),
                               e.constantInt(type, mask));
  return dot ? Value(arith::OrIOp::create(e.b, e.loc, dot, part)) : part;
}

//===----------------------------------------------------------------------===//
// DotReader
//===----------------------------------------------------------------------===//

Value DotReader::next() {
  int64_t bits = reader.bits();
  for (; vectors <= dotFields(bits, dot).back().vector; ++vectors) {
    Value vector = reader.vector(offset, vectors);
    for (int64_t j = dot; j < 8; ++j)
      for (const DotField &field : dotFields(bits, j))
        if (field.vector == vectors)
          dots[j] = reader.withField(dots[j], vector, field);
  }
  return dots[dot++];
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
  int64_t supers = packed.superblocks(in.columns);
  SmallVector<Value> sums;
  if (e.isWorkgroup())
    sums = sumInSlices(supers * blocks, init, body);
  else
    sums = e.reduce(e.index(0), e.index(supers), 1, init, superblock);
  if (int factor = info.packedFactor())
    for (Value &sum : sums)
      sum = e.fmul(sum, e.constant(e.f32(), std::ldexp(1.0, factor)));
  if (in.layout.form.tokenScales)
    for (auto [i, sum] : llvm::enumerate(sums))
      sum = e.fmul(sum, scalar(in.layout.scaleOffset, e.index(0),
                               in.records[i % in.records.size()]));
  return sums;
}

/// Slices divide the blocks, of which there are more than superblocks. With one
/// record the time is that of memory: loads of several blocks are on the way.
SmallVector<Value> QuantizedBlocks::sumInSlices(int64_t blocks, ValueRange init,
                                                Body body) {
  int64_t perSuper = packed.superElements / dotBlock, slices = e.facts.slices;
  int64_t together = in.records.size() == 1 ? 4 : 1;
  while (blocks % (slices * together) != 0 && together > 1)
    together /= 2;
  auto add = [&](Value column, ValueRange sums) {
    Value super = e.div(column, perSuper);
    return body({e.mul(super, packed.superBytes),
                 e.sub(column, e.mul(super, perSuper)), column},
                sums);
  };
  return e.reduce(e.slice(), e.index(blocks), slices * together, init,
                  [&](Value column, ValueRange accs) {
                    SmallVector<Value> sums(accs);
                    for (int64_t i = 0; i < together; ++i)
                      sums = add(e.add(column, i * slices), sums);
                    return sums;
                  });
}

Value QuantizedBlocks::subScale(Value super, Value block, int64_t sub) {
  return reader.bytes(e.add(super, packed.scOffset),
                      reader.rowOfSubBlock(block, sub), info.hasSignedScales());
}

Value QuantizedBlocks::minima(Value super, Value block, int64_t sub) {
  Value min =
      reader.scales(e.add(super, packed.dminOffset), reader.rowOfBlock(block));
  if (!info.hasSubMinima)
    return min;
  return e.fmul(min, e.smallToF32(reader.bytes(e.add(super, packed.mOffset),
                                               reader.rowOfSubBlock(block, sub),
                                               /*isSigned=*/false)));
}

void QuantizedBlocks::add(Value super, const Place &place,
                          llvm::function_ref<Value(size_t)> total,
                          MutableArrayRef<Value> sums) {
  Value scale = reader.scales(e.add(super, packed.dOffset),
                              reader.rowOfBlock(place.block));
  if (info.hasSubScales && perDot == 1)
    scale = e.fmul(scale, e.smallToF32(subScale(super, place.block, 0)));
  SmallVector<Value, 2> mins;
  for (int64_t sub = 0; info.hasMin && sub < perDot; ++sub) {
    mins.push_back(minima(super, place.block, sub));
    if (int rest = restOfZero(info))
      mins.back() =
          e.fma(scale, e.constant(scale.getType(), -rest), mins.back());
  }
  for (auto [t, record] : llvm::enumerate(in.records)) {
    Value both = scale;
    if (!in.layout.form.tokenScales)
      both = e.fmul(scale, scalar(in.layout.scaleOffset, place.column, record));
    // The sum of 32 products of bytes is below 2^19; not so with sub-scales.
    Value sum = total(t);
    sums[t] =
        e.fma(perDot == 1 ? e.smallToF32(sum) : e.toF32(sum), both, sums[t]);
    for (auto [sub, min] : llvm::enumerate(mins)) {
      int64_t table =
          perDot == 1 ? in.layout.sumOffset : in.layout.halfSumOffset + 4 * sub;
      sums[t] = e.fma(min, scalar(table, e.mul(place.column, perDot), record),
                      sums[t]);
    }
  }
}

Value QuantizedBlocks::scalar(int64_t part, Value column, Value record) {
  return e.load(e.f32(), in.activations,
                e.add(e.add(record, part), e.mul(column, 4)));
}
