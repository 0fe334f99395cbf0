// Heads, normed and turned.

#include "passes/tiling/CacheLayout.h"
#include "passes/tiling/RowFollowUps.h"

using namespace mlir;
using namespace lfm2c;

namespace {

class HeadRows final : public StoredRows {
public:
  /// With `append`, the op that the turned heads are keys of, these go to its
  /// cache alone.
  HeadRows(PhaseContext &context, const RowBases &bases, const BufferRef &out,
           exec::HeadNormRopeOp op, exec::CacheAppendOp append)
      : StoredRows(context, bases, out), size(op.getHeadSize()),
        eps(op.getEps().convertToDouble()),
        normWeights(context.plainWeight(op.getWeightAttr())),
        rope(context.getBuffers().lookup(op.getTable())),
        ropeAt(context.address(rope)) {
    if (append)
      cache.emplace(context, context.getScope().state(append.getKeys()),
                    append.getKeys().getType().getElementType(), size);
  }

  bool hasUnits() const override { return true; }
  void finishUnit(const Run &run, Value t, Value head) override {
    Value z = headAddress(t, head), scratch = bases.scratch;
    VectorType half = e.vec(size / 2, e.f32());
    Value a = e.load(half, scratch, z);
    Value d = e.load(half, scratch, e.add(z, size * 2));
    Value sum = e.reduceAdd(e.fma(a, a, e.fmul(d, d)));
    Value inverse = e.rsqrt(e.fadd(e.fdiv(sum, e.constant(e.f32(), size)),
                                   e.constant(e.f32(), eps)));
    a = e.fmul(e.loadWeight(half, bases.weights, normWeights),
               e.fmul(a, inverse));
    d = e.fmul(e.loadWeight(half, bases.weights, e.add(normWeights, size * 2)),
               e.fmul(d, inverse));
    Value table = e.add(ropeAt, e.mul(t, rope.rowBytes));
    Value cosine = e.load(half, scratch, table);
    Value sine = e.load(half, scratch, e.add(table, size * 2));
    Value first = e.fsub(e.fmul(a, cosine), e.fmul(d, sine));
    Value second = e.fma(d, cosine, e.fmul(a, sine));
    if (!cache) {
      e.store(first, scratch, z);
      e.store(second, scratch, e.add(z, size * 2));
      return;
    }
    cache->storeKeys(run, t, head, first, 0);
    cache->storeKeys(run, t, head, second, size / 2);
  }

private:
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
  if (append) // What is turned goes to the cache alone.
    context.getBuffers().bind(op.getOutput(), out);
  else
    context.bindResult(op.getOutput(), out);
  auto rows = std::make_unique<HeadRows>(context, bases, out, op, append);
  return Contraction{product.pack(size, context.getEmitter().facts.lanes),
                     std::move(rows)};
}
