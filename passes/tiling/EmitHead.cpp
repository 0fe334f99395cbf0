// Logits.
//
// The last contraction of a step, for the tokens that are asked for.

#include "passes/tiling/Contraction.h"
#include "passes/tiling/OutputRows.h"
#include "passes/tiling/PhaseEmitters.h"

using namespace mlir;
using namespace lfm2c;

namespace {

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
         std::make_unique<OutputRows>(e, e.pointer("logits"), vocabulary)});
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
  Rows rows;
  SmallVector<Contraction, 1> contractions;
};

} // namespace

std::unique_ptr<PhaseEmitter> lfm2c::createHeadEmitter(PhaseContext &context,
                                                       lfm2::HeadOp op) {
  return std::make_unique<HeadEmitter>(context, op);
}
