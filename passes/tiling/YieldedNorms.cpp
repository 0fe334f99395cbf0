// Norms that others than their phase read.
//
// The norm before a product is made with the product's input. One that a later
// phase reads, or the caller as hidden states, is written as rows of f32
// beside that. Threads share the tokens.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/tiling/Activation.h"
#include "passes/tiling/PhaseEmitters.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Writes the rows of a norm to any places.
class NormRows {
public:
  NormRows(PhaseContext &context, lfm2::RMSNormOp norm)
      : context(context), e(context.getEmitter()),
        columns(norm.getX().getType().getDimSize(1)),
        layout(columns, Format::F32, e.facts, context.getEntry().activations),
        source(context.getBuffers().lookup(norm.getX())),
        from(context.address(source)),
        weights{e.pointer("weights"), context.plainWeight(norm.getWeightAttr()),
                norm.getEps().convertToDouble()} {}

  int64_t getColumns() const { return columns; }

  /// Row `t` of this thread's share at `at + t * rowBytes`.
  void write(Value to, Value at, int64_t rowBytes) {
    Value scratch = e.pointer("scratch");
    auto [lo, hi] = e.share(context.count(), context.getEntry().tokens);
    e.loop(lo, hi, 1, [&](Value t) {
      emitActivation(e, scratch, e.add(from, e.mul(t, source.rowBytes)),
                     &weights, to, e.add(at, e.mul(t, rowBytes)), layout);
    });
  }

private:
  PhaseContext &context;
  Emitter &e;
  const int64_t columns;
  const ActivationLayout layout;
  const BufferRef source;
  const Value from;
  const NormSource weights;
};

} // namespace

LogicalResult lfm2c::emitNorm(PhaseContext &context, lfm2::RMSNormOp op) {
  return success();
}

void lfm2c::emitYieldedNorms(PhaseContext &context) {
  Emitter &e = context.getEmitter();
  for (auto norm :
       context.getPhase().getBody().front().getOps<lfm2::RMSNormOp>()) {
    bool isHidden = context.outputRoleOf(norm) == lfm2::Role::hidden;
    bool isRead = context.isReadOutside(norm);
    if (!isHidden && !isRead)
      continue;
    NormRows rows(context, norm);
    if (isRead) {
      BufferRef out = context.ownBuffer(
          "hidden", llvm::alignTo(rows.getColumns(), e.facts.lanes) * 4);
      context.bindResult(norm.getOutput(), out);
      rows.write(e.pointer("scratch"), context.address(out), out.rowBytes);
    }
    if (!isHidden)
      continue;
    Value hidden = e.pointer("hidden");
    e.ifThen(e.given(hidden),
             [&] { rows.write(hidden, e.index(0), rows.getColumns() * 4); });
  }
}
