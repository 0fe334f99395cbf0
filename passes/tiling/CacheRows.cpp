// Rows that go to a cache.

#include "lfm2rt/abi.h"
#include "passes/tiling/CacheLayout.h"
#include "passes/tiling/RowFollowUps.h"

using namespace mlir;
using namespace lfm2c;

//===----------------------------------------------------------------------===//
// The cache
//===----------------------------------------------------------------------===//

Value CacheWriter::rounded(Value values) {
  if (form.element.isF32())
    return values;
  Type type = form.element;
  if (auto vector = dyn_cast<VectorType>(values.getType()))
    type = e.vec(vector.getNumElements(), form.element);
  return arith::TruncFOp::create(e.b, e.loc, type, values);
}

/// Keys of a channel lie side by side.
static constexpr int64_t granule = LFM2_CONTEXT_GRANULE;

Value CacheWriter::keysAt(const Run &run, Value t, Value head) {
  Value position = run.positionOf(t);
  Value length = run.getContext();
  Value number =
      e.add(e.mul(head, e.div(length, granule)), e.div(position, granule));
  return e.add(e.add(context.getStates().cacheBase(e, run, state),
                     e.mul(number, form.granuleBytes())),
               e.mul(e.rem(position, granule), elementBytes()));
}

void CacheWriter::storeKeys(const Run &run, Value t, Value head, Value keys,
                            Value channel) {
  if (form.isQuantized())
    return storeKeyBlocks(run, t, head, keys, channel);
  Value at = keysAt(run, t, head);
  int64_t n = cast<VectorType>(keys.getType()).getNumElements();
  Value stored = rounded(keys);
  Value states = e.pointer("state");
  for (int64_t i = 0; i < n; ++i)
    e.store(e.extract(stored, i), states,
            e.add(at, e.mul(e.add(channel, i), granule * elementBytes())));
}

void CacheWriter::storeKey(const Run &run, Value t, Value head, Value key,
                           Value channel) {
  e.store(
      rounded(key), e.pointer("state"),
      e.add(keysAt(run, t, head), e.mul(channel, granule * elementBytes())));
}

void CacheWriter::storeValues(const Run &run, Value t, Value head,
                              int64_t heads, Value values, Value channel) {
  if (form.isQuantized())
    return storeValueBlocks(run, t, e.add(head, heads), values, channel);
  Value stored = rounded(values);
  Value length = run.getContext();
  Value row = e.add(e.mul(e.add(head, heads), length), run.positionOf(t));
  e.store(stored, e.pointer("state"),
          e.add(e.add(context.getStates().cacheBase(e, run, state),
                      e.mul(row, form.rowBytes())),
                e.mul(channel, elementBytes())));
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

namespace {

class ValueRows final : public StoredRows {
public:
  ValueRows(PhaseContext &context, const RowBases &bases, const BufferRef &out,
            exec::CacheAppendOp op)
      : StoredRows(context, bases, out),
        heads(op.getValues().getType().getDimSize(1)),
        size(op.getValues().getType().getDimSize(2)),
        cache(context, context.getScope().state(op.getKeys()),
              CacheForm(op.getValues().getType())) {}

  bool hasUnits() const override { return true; }
  void finishUnit(const Run &run, Value t, Value head) override {
    Value values =
        e.load(e.vec(size, e.f32()), bases.scratch, headAddress(t, head));
    cache.storeValues(run, t, head, heads, values, e.index(0));
  }
  /// A part is a channel, or a block.
  int64_t partsOfUnit() const override {
    const CacheForm &form = cache.getForm();
    return form.isQuantized() ? form.blocks() : size;
  }
  void finishPart(const Run &run, Value t, Value head, Value part) override {
    const CacheForm &form = cache.getForm();
    Value channel = form.isQuantized() ? e.mul(part, form.block) : part;
    Type type = e.f32();
    if (form.isQuantized())
      type = e.vec(form.block, type);
    Value value = e.load(type, bases.scratch,
                         e.add(headAddress(t, head), e.mul(channel, 4)));
    cache.storeValues(run, t, head, heads, value, channel);
  }

private:
  int64_t heads, size;
  CacheWriter cache;
};

} // namespace

FailureOr<Contraction> lfm2c::makeValueRows(PhaseContext &context,
                                            const RowBases &bases,
                                            const Product &product,
                                            exec::CacheAppendOp op) {
  RankedTensorType type = op.getValues().getType();
  int64_t heads = type.getDimSize(1), size = type.getDimSize(2);
  BufferRef out = headsBuffer(context, "values", heads, size);
  context.getBuffers().bind(product.getResult(), out);
  auto rows = std::make_unique<ValueRows>(context, bases, out, op);
  return Contraction{product.pack(size, context.getEmitter().facts.lanes),
                     std::move(rows)};
}

LogicalResult lfm2c::checkAppend(exec::CacheAppendOp op) {
  RankedTensorType type = op.getKeys().getType();
  int64_t heads = type.getDimSize(1), size = type.getDimSize(2);
  auto isFollowUp = [&](Value value, Operation *next) {
    Product product = Product::of(value);
    return product && product.getOp()->getBlock() == op->getBlock() &&
           findFollowUp(product) == next;
  };
  auto norm = op.getK().getDefiningOp<exec::HeadNormRopeOp>();
  if (!norm || !isFollowUp(norm.getX(), norm) ||
      norm.getHeads() != uint64_t(heads) ||
      norm.getHeadSize() != uint64_t(size))
    return op.emitError("expects 'k' to be the ")
           << heads << " heads of " << size
           << " that an exec.head_norm_rope made of a product of the same "
              "phase "
              "with a weight";
  if (!isFollowUp(op.getV(), op))
    return op.emitError("expects 'v' to be a product of the same phase with a "
                        "weight that nothing else reads");
  return success();
}
