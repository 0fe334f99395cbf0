// Contractions with what follows on their rows.
//
// The rows of one item (one row group, or a head) belong to one thread, for
// all tokens of the step.

#include "passes/tiling/PhaseEmitters.h"
#include "passes/tiling/RowFollowUps.h"

using namespace mlir;
using namespace lfm2c;

void lfm2c::runContractions(PhaseContext &context, Value input,
                            const Rows &rows,
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

class ProductEmitter final : public PhaseEmitter {
public:
  using PhaseEmitter::PhaseEmitter;

  LogicalResult begin() override {
    exec::PhaseOp phase = context.getPhase();
    const SmallVector<Product> products = productsOf(phase);
    for (const Product &product : products) {
      if (input && product.getInput() != input)
        return product.getOp()->emitError(
            "reads another value than the contraction before it; expected one "
            "input of a phase");
      input = product.getInput();
    }
    RowBases bases(context.getEmitter());
    rows = allRows(context, input);
    skipUnlessWanted(products);
    if (Operation *joint = findJointFollowUp(phase))
      return add(makeJointContraction(context, bases, joint));
    for (const Product &product : products)
      if (failed(add(makeContraction(context, bases, product))))
        return failure();
    for (auto append : phase.getBody().front().getOps<exec::CacheAppendOp>())
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
  void skipUnlessWanted(ArrayRef<Product> products) {
    if (llvm::none_of(products, [&](const Product &product) {
          return context.isVectors(product.getResult());
        }))
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
  Rows rows;
  SmallVector<Contraction> contractions;
};

} // namespace

std::unique_ptr<PhaseEmitter>
lfm2c::createProductEmitter(PhaseContext &context) {
  return std::make_unique<ProductEmitter>(context);
}
