// Heads, normed and turned.

#include "passes/tiling/CacheLayout.h"
#include "passes/tiling/RowFollowUps.h"

using namespace mlir;
using namespace lfm2c;

namespace {

class HeadRows final : public StoredRows {
public:
  /// The turned heads go to `turned`, which may be `out`. With `append`, the op
  /// that they are keys of, they go to its cache alone.
  HeadRows(PhaseContext &context, const RowBases &bases, const BufferRef &out,
           const BufferRef &turned, exec::HeadNormRopeOp op,
           exec::CacheAppendOp append)
      : StoredRows(context, bases, out), turned(turned),
        turnedAt(context.address(turned)), size(op.getHeadSize()),
        eps(op.getEps().convertToDouble()),
        normWeights(context.plainWeight(op.getWeightAttr())),
        rope(context.getBuffers().lookup(op.getTable())),
        ropeAt(context.address(rope)) {
    if (append)
      cache.emplace(context, context.getScope().state(append.getKeys()),
                    CacheForm(append.getKeys().getType()));
  }

  bool hasUnits() const override { return true; }
  void finishUnit(const Run &run, Value t, Value head) override {
    Value z = headAddress(t, head), scratch = bases.scratch;
    VectorType half = e.vec(size / 2, e.f32());
    Value a = e.load(half, scratch, z);
    Value d = e.load(half, scratch, e.add(z, size * 2));
    Value sum = e.reduceAdd(e.fma(a, a, e.fmul(d, d)));
    auto [first, second] = turn(t, a, d, inverseRms(sum), e.index(0));
    if (!cache) {
      e.store(first, scratch, z);
      e.store(second, scratch, e.add(z, size * 2));
      return;
    }
    cache->storeKeys(run, t, head, first, e.index(0));
    cache->storeKeys(run, t, head, second, e.index(size / 2));
  }

  /// A part is a pair of channels that turn together, or a block of pairs. Each
  /// sums all channels: that takes no longer than to wait for a sum.
  int64_t partsOfUnit() const override { return size / 2 / pairsOfPart(); }
  void finishPart(const Run &run, Value t, Value head, Value part) override {
    const int64_t pairs = pairsOfPart();
    Value pair = e.mul(part, pairs);
    Type type = e.f32();
    if (pairs > 1)
      type = e.vec(pairs, type);
    Value z = headAddress(t, head), scratch = bases.scratch;
    Value at = e.mul(pair, 4), own = e.add(z, at);
    Value a = e.load(type, scratch, own);
    Value d = e.load(type, scratch, e.add(own, size * 2));
    auto [first, second] = turn(t, a, d, inverseRms(sumOfSquares(z)), at);
    if (!cache) {
      Value to = e.add(addressIn(turned, turnedAt, t, head), at);
      e.store(first, scratch, to);
      e.store(second, scratch, e.add(to, size * 2));
      return;
    }
    Value behind = e.add(pair, size / 2);
    if (pairs > 1) {
      cache->storeKeys(run, t, head, first, pair);
      return cache->storeKeys(run, t, head, second, behind);
    }
    cache->storeKey(run, t, head, first, pair);
    cache->storeKey(run, t, head, second, behind);
  }

private:
  /// What shares a scale is one part.
  int64_t pairsOfPart() const {
    return cache && cache->getForm().isQuantized() ? cache->getForm().block : 1;
  }
  Value inverseRms(Value sum) {
    return e.rsqrt(e.fadd(e.fdiv(sum, e.constant(e.f32(), size)),
                          e.constant(e.f32(), eps)));
  }

  /// Of the head at `z`, some channels at a time. Heads begin at whole groups
  /// of lanes.
  Value sumOfSquares(Value z) {
    int64_t width = 1;
    while (width < 16 && size % (2 * width) == 0)
      width *= 2;
    VectorType some = e.vec(width, e.f32());
    Value sums =
        e.reduce(e.index(0), e.index(size), width, {e.constant(some, 0)},
                 [&](Value i, ValueRange in) -> SmallVector<Value> {
                   Value x = e.load(some, bases.scratch, e.add(z, e.mul(i, 4)),
                                    std::min<int64_t>(width, 4) * 4);
                   return {e.fma(x, x, in[0])};
                 })[0];
    return e.reduceAdd(sums);
  }

  /// Some channels `a` of the first half and `d` of the second, `bytes` from
  /// where their halves begin.
  std::pair<Value, Value> turn(Value t, Value a, Value d, Value inverse,
                               Value bytes) {
    Type type = a.getType();
    Value scratch = bases.scratch, weights = e.add(normWeights, bytes);
    a = e.fmul(e.loadWeight(type, bases.weights, weights), e.fmul(a, inverse));
    d = e.fmul(e.loadWeight(type, bases.weights, e.add(weights, size * 2)),
               e.fmul(d, inverse));
    Value table = e.add(e.add(ropeAt, e.mul(t, rope.rowBytes)), bytes);
    Value cosine = e.load(type, scratch, table);
    Value sine = e.load(type, scratch, e.add(table, size * 2));
    Value first = e.fsub(e.fmul(a, cosine), e.fmul(d, sine));
    return {first, e.fma(d, cosine, e.fmul(a, sine))};
  }

  BufferRef turned;
  Value turnedAt;
  int64_t size;
  double eps;
  Value normWeights;
  BufferRef rope;
  Value ropeAt;
  std::optional<CacheWriter> cache;
};

} // namespace

FailureOr<Contraction> lfm2c::makeHeadRows(PhaseContext &context,
                                           const RowBases &bases,
                                           const Product &product,
                                           exec::HeadNormRopeOp op) {
  if (!context.getBuffers().contains(op.getTable()))
    return op.emitError("expects 'table' to be an exec.rope_table of a phase "
                        "before it");
  int64_t heads = op.getHeads(), size = op.getHeadSize();
  exec::CacheAppendOp append;
  for (Operation *user : op->getUsers())
    if (auto a = dyn_cast<exec::CacheAppendOp>(user))
      if (a.getK() == op.getOutput())
        append = a;
  BufferRef out =
      headsBuffer(context, append ? "keys" : "queries", heads, size);
  // A workgroup turns a channel while it still sums the others.
  BufferRef turned = context.getEmitter().isWorkgroup() && !append
                         ? headsBuffer(context, "turned", heads, size)
                         : out;
  if (append) // What is turned goes to the cache alone.
    context.getBuffers().bind(op.getOutput(), out);
  else
    context.bindResult(op.getOutput(), turned);
  auto rows =
      std::make_unique<HeadRows>(context, bases, out, turned, op, append);
  return Contraction{product.pack(size, context.getEmitter().facts.lanes),
                     std::move(rows)};
}
