// The input of products.

#include "passes/tiling/PreparedInput.h"
#include "passes/tiling/PhaseEmitters.h"
#include "passes/tiling/Product.h"

using namespace mlir;
using namespace lfm2c;

/// Rows that a token has: its choices where these are of rank 3.
static int64_t rowsPerToken(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getRank() == 3 ? type.getDimSize(1) : 1;
}

static int64_t columnsOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getDimSize(type.getRank() - 1);
}

/// Whether the value has a row for each text, and not for each token.
static bool isOfTexts(Value value) {
  for (;;) {
    Operation *maker = makerOf(value);
    if (isa_and_nonnull<lfm2::PoolOp>(maker))
      return true;
    if (Product product(maker); product)
      value = product.getInput();
    else if (auto prepare = dyn_cast_or_null<exec::PrepareOp>(maker))
      value = prepare.getX();
    else
      return false;
  }
}

Rows lfm2c::allRows(PhaseContext &context, Value value) {
  Emitter &e = context.getEmitter();
  if (isOfTexts(value))
    return {context.getRuns().getNumber()};
  return {e.mul(context.count(), rowsPerToken(value))};
}

Rows lfm2c::rowsWithLogits(PhaseContext &context) {
  return {context.getEmitter().field("num_logits"),
          /*areLogits=*/!context.isSingle()};
}

static ActivationLayout layoutOf(PhaseContext &context, exec::PrepareOp op) {
  SmallVector<Format, 3> readers;
  for (StringRef name : op.getReaders().getAsValueRange<StringAttr>())
    readers.push_back(*formatFromName(name)); // Verified.
  return ActivationLayout(columnsOf(op.getX()), readers,
                          context.getEmitter().facts,
                          context.getEntry().activations);
}

namespace {

/// Writes the records of an exec.prepare.
class Preparation {
public:
  Preparation(PhaseContext &context, exec::PrepareOp op, const Rows &rows)
      : context(context), e(context.getEmitter()), op(op), rows(rows),
        layout(layoutOf(context, op)), scratch(e.pointer("scratch")) {
    auto norm = op.getX().getDefiningOp<lfm2::RMSNormOp>();
    BufferRef source =
        context.getBuffers().lookup(norm ? norm.getX() : op.getX());
    sourceBytes = source.rowBytes;
    from = context.address(source);
    fromBase = context.base(source);
    if (norm)
      normSource = {e.pointer("weights"),
                    context.plainWeight(norm.getWeightAttr()),
                    norm.getEps().convertToDouble()};
  }

  /// By each thread for itself.
  PreparedInput forThread() {
    int64_t perToken = rowsPerToken(op.getX());
    BufferRef own =
        context.getBuffers().perThread("input", perToken * layout.bytes);
    Value to = context.base(own), at = context.address(own);
    if (perToken == 1)
      write(to, at, e.index(0));
    else
      e.loop(e.index(0), rows.count, 1, [&](Value row) { write(to, at, row); });
    e.join();
    return {layout, to, at, layout.bytes};
  }

  /// By all threads, for all; they have yet to meet.
  void forAll() {
    BufferRef records =
        context.buffer("input", layout.bytes, rowsPerToken(op.getX()));
    context.bindResult(op.getOutput(), records);
    Value at = context.address(records);
    auto [lo, hi] = e.share(rows.count, context.getEntry().tokens *
                                            rowsPerToken(op.getX()));
    e.loop(lo, hi, 1, [&](Value row) { write(scratch, at, row); });
  }

private:
  void write(Value to, Value at, Value row) {
    Value source = row;
    if (rows.areLogits)
      source = e.toIndex(
          e.loadWeight(e.i32(), e.pointer("logit_tokens"), e.mul(row, 4)));
    emitActivation(e, fromBase, e.add(from, e.mul(source, sourceBytes)),
                   normSource ? &*normSource : nullptr, to,
                   e.add(at, e.mul(row, layout.bytes)), layout);
  }

  PhaseContext &context;
  Emitter &e;
  exec::PrepareOp op;
  const Rows rows;
  const ActivationLayout layout;
  const Value scratch;
  int64_t sourceBytes;
  Value fromBase, from;
  std::optional<NormSource> normSource;
};

} // namespace

LogicalResult lfm2c::emitPrepare(PhaseContext &context, exec::PrepareOp op) {
  Rows rows =
      op.getLogits() ? rowsWithLogits(context) : allRows(context, op.getX());
  Preparation(context, op, rows).forAll();
  return success();
}

PreparedInput lfm2c::inputOf(PhaseContext &context, Value x, const Rows &rows) {
  Emitter &e = context.getEmitter();
  auto inside = x.getDefiningOp<exec::PrepareOp>();
  if (inside)
    return Preparation(context, inside, rows).forThread();
  BufferRef ref = context.getBuffers().lookup(x);
  Operation *maker = makerOf(x);
  if (auto gather = dyn_cast_or_null<exec::GatherOp>(maker))
    maker = makerOf(gather.getX());
  if (auto prepare = dyn_cast_or_null<exec::PrepareOp>(maker))
    return {layoutOf(context, prepare), context.base(ref), context.address(ref),
            ref.rowBytes};
  // Plain f32 values are read where they are.
  ActivationLayout plain(columnsOf(x), Format::F32, e.facts,
                         context.getEntry().activations);
  return {plain, context.base(ref), context.address(ref), ref.rowBytes};
}
