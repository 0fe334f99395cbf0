// Contractions with what follows on their rows.
//
// The rows of one item (one row group, or a head) belong to one thread, for
// all tokens of the step.

#include "passes/tiling/PhaseEmitters.h"
#include "passes/tiling/RowFollowUps.h"

using namespace mlir;
using namespace lfm2c;

void lfm2c::runContractions(PhaseContext &context, Value input,
                            const RowRange &rows,
                            ArrayRef<Contraction> contractions) {
  PreparedInput in = inputOf(context, input, rows);
  ContractionRunner runner(context, in, contractions);
  for (const Contraction &c : contractions) {
    Value base = context.weight(c.spec);
    runner.run(c, base, runner.shareOf(c), context.getEmitter().index(0),
               rows.count);
  }
}

namespace {

class LinearEmitter final : public PhaseEmitter {
public:
  using PhaseEmitter::PhaseEmitter;

  LogicalResult begin() override {
    Block &body = context.getPhase().getBody().front();
    for (auto linear : body.getOps<lfm2::LinearOp>()) {
      if (input && linear.getX() != input)
        return linear.emitError("reads another value than the contraction "
                                "before it; expected one input of a phase");
      input = linear.getX();
    }
    RowBases bases(context.getEmitter());
    rows = allRows(context, input);
    skipUnlessWanted(body);
    if (Operation *joint = findJointFollowUp(context.getPhase()))
      return add(makeJointContraction(context, bases, joint));
    for (auto linear : body.getOps<lfm2::LinearOp>())
      if (failed(add(makeContraction(context, bases, linear))))
        return failure();
    for (auto append : body.getOps<exec::CacheAppendOp>())
      if (failed(checkAppend(append)))
        return failure();
    return success();
  }

  LogicalResult emit() override {
    runContractions(context, input, rows, contractions);
    return success();
  }

private:
  /// Vectors for the caller are made only where it gave memory for them.
  void skipUnlessWanted(Block &body) {
    auto isVectors = [&](lfm2::LinearOp linear) {
      return context.isVectors(linear);
    };
    if (llvm::none_of(body.getOps<lfm2::LinearOp>(), isVectors))
      return;
    Emitter &e = context.getEmitter();
    rows.count =
        e.select(e.given(e.pointer("vectors")), rows.count, e.index(0));
  }

  LogicalResult add(FailureOr<Contraction> made) {
    if (failed(made))
      return failure();
    contractions.push_back(std::move(*made));
    return success();
  }

  Value input;
  RowRange rows;
  SmallVector<Contraction> contractions;
};

} // namespace

std::unique_ptr<PhaseEmitter> lfm2c::createLinearEmitter(PhaseContext &context,
                                                         lfm2::LinearOp) {
  return std::make_unique<LinearEmitter>(context);
}
