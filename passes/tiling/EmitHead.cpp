//===- EmitHead.cpp - logits ----------------------------------------------===//
//
// The last contraction of a step, for the tokens that are asked for.
//
//===----------------------------------------------------------------------===//

#include "passes/tiling/Contraction.h"
#include "passes/tiling/PhaseEmitters.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Rows of logits, [token][vocabulary] f32 where the step wants them.
class LogitRows final : public FinishedRows {
public:
  LogitRows(Emitter &e, int64_t vocabulary)
      : e(e), vocabulary(vocabulary), logits(e.pointer("logits")) {}

  void finish(Value t, Value row, ArrayRef<Value> v) override {
    int64_t lanes = e.facts.lanes;
    Value at = e.mul(e.add(e.mul(t, vocabulary), row), 4);
    if (vocabulary % lanes == 0)
      return e.store(v[0], logits, at);
    // The last group of each token is stored lane by lane.
    Value whole = e.index(vocabulary / lanes * lanes);
    e.ifThen(e.less(row, whole), [&] { e.store(v[0], logits, at); });
    e.ifThen(e.equal(row, whole), [&] {
      for (int64_t i = 0; i < vocabulary % lanes; ++i)
        e.store(e.extract(v[0], i), logits, e.add(at, 4 * i));
    });
  }

private:
  Emitter &e;
  int64_t vocabulary;
  Value logits;
};

class HeadEmitter final : public PhaseEmitter {
public:
  HeadEmitter(PhaseContext &context, lfm2::HeadOp op)
      : PhaseEmitter(context), op(op) {}

  LogicalResult begin() override {
    Emitter &e = context.getEmitter();
    RowBases bases(e);
    rows = rowsWithLogits(context);
    FlatSymbolRefAttr weight = op.getWeightAttr();
    int64_t vocabulary = weightDim(op, weight, 0);
    contractions.push_back(
        {matrixSpec(op, segmentOf(op, weight, 0, vocabulary, vocabulary),
                    e.facts.lanes),
         std::make_unique<LogitRows>(e, vocabulary)});
    return success();
  }

  LogicalResult emit() override {
    Emitter &e = context.getEmitter();
    auto body = [&] {
      runContractions(context, op.getX(), rows, contractions);
    };
    if (context.isSingle())
      e.ifThen(e.less(e.index(0), rows.count), body);
    else
      body();
    return success();
  }

private:
  lfm2::HeadOp op;
  RowRange rows;
  SmallVector<Contraction, 1> contractions;
};

} // namespace

std::unique_ptr<PhaseEmitter> lfm2c::createHeadEmitter(PhaseContext &context,
                                                       lfm2::HeadOp op) {
  return std::make_unique<HeadEmitter>(context, op);
}
