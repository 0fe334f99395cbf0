// Products of tiles of tokens.
//
// For targets that multiply int8 matrices from memory. The weights of a group
// are unpacked once for all tokens, to a panel; a matrix product takes a block
// of it with a tile of tokens; vectors scale what it gives, from memory. Zero
// points are subtracted in the panel: signed bytes hold any weight.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/QuantizedBlock.h"

using namespace mlir;
using namespace lfm2c;

/// Bytes of the 8 vectors of a block in a panel.
static int64_t blockOfPanel(const PackedLayout &packed) {
  return dotBlock * packed.lanes;
}

/// Blocks whose products are computed together, before any is scaled: so that
/// one product's way to memory and back is hidden by the next.
static int64_t blocksTogether(const PackedLayout &packed) {
  return packed.superElements / dotBlock % 2 == 0 ? 2 : 1;
}

static int64_t productsOfBlock(const PackedLayout &packed) {
  return dotBlock / dotColumns(getFormatInfo(packed.format));
}

int64_t lfm2c::tilePanelBytes(const PackedLayout &packed, int64_t columns) {
  if (getFormatInfo(packed.format).bits == 8)
    return 0;
  return packed.superblocks(columns) * packed.superElements * packed.lanes;
}

int64_t lfm2c::tileProductBytes(const PackedLayout &packed, int64_t tokens) {
  return blocksTogether(packed) * productsOfBlock(packed) * tokens *
         packed.lanes * 4;
}

void lfm2c::emitTilePanel(Emitter &e, const PackedLayout &packed,
                          int64_t columns, Value weights, Value group, Value to,
                          Value at) {
  const FormatInfo &info = getFormatInfo(packed.format);
  BlockReader reader(e, packed, weights, e.index(0), packed.lanes);
  int64_t blocks = packed.superElements / dotBlock, bytes = 4 * packed.lanes;
  e.loop(e.index(0), e.index(packed.superblocks(columns)), 1, [&](Value super) {
    Value quants =
        e.add(e.add(group, packed.qOffset), e.mul(super, packed.superBytes));
    Value first = e.mul(super, blocks);
    e.loop(e.index(0), e.index(blocks), 1, [&](Value block) {
      Value from = e.add(quants, e.mul(block, packed.blockBytes()));
      Value place = e.add(at, e.mul(e.add(first, block), blockOfPanel(packed)));
      DotReader dots(reader, from);
      for (int64_t j = 0; j < 8; ++j) {
        Value q = dots.next();
        if (!info.codes.empty())
          q = reader.lookup(q, info.codes);
        else if (info.zero != 0)
          q = arith::SubIOp::create(e.b, e.loc, q,
                                    e.constantInt(q.getType(), info.zero));
        e.store(q, to, e.add(place, j * bytes));
      }
    });
  });
}

SmallVector<Value> lfm2c::emitTileDots(Emitter &e, const GroupOperands &in,
                                       const TileOperands &tile) {
  assert(in.groups.size() == 1 && "a tile takes one group");
  QuantizedBlocks blocks(e, in);
  const PackedLayout &packed = in.packed;
  int64_t tokens = in.records.size(), together = blocksTogether(packed);
  int64_t products = productsOfBlock(packed);
  bool hasPanel = tilePanelBytes(packed, in.columns) != 0;
  using Place = QuantizedBlocks::Place;
  return blocks.sum(together, [&](const Place &first, ValueRange sums) {
    Value super = e.add(in.groups[0], first.superAt);
    Value w = hasPanel
                  ? e.add(tile.panel, e.mul(first.column, blockOfPanel(packed)))
                  : e.add(e.add(super, packed.qOffset),
                          e.mul(first.block, packed.blockBytes()));
    Value x = e.add(e.add(in.records[0], in.layout.qOffset),
                    e.mul(first.column, dotBlock));
    exec::TileDot4Op::create(
        e.b, e.loc, tile.scratch, tile.products, in.activations, x,
        hasPanel ? tile.scratch : in.weights, w, tokens, packed.lanes,
        8 / products, together * products, in.layout.bytes);
    SmallVector<Value> next(sums);
    for (int64_t n = 0; n < together; ++n) {
      Place place = {first.superAt, e.add(first.block, n),
                     e.add(first.column, n)};
      SmallVector<Value> subScales;
      for (int64_t sub = 0; products > 1 && sub < products; ++sub)
        subScales.push_back(blocks.subScale(super, place.block, sub));
      auto total = [&](size_t t) {
        Value sum;
        for (int64_t sub = 0; sub < products; ++sub) {
          int64_t row = (n * products + sub) * tokens + t;
          Value v = e.load(e.vec(packed.lanes, e.i32()), tile.scratch,
                           e.add(tile.products, row * packed.lanes * 4));
          if (products > 1)
            v = arith::MulIOp::create(e.b, e.loc, v, subScales[sub]);
          sum = sum ? Value(arith::AddIOp::create(e.b, e.loc, sum, v)) : v;
        }
        return sum;
      };
      blocks.add(super, place, total, next);
    }
    return next;
  });
}
