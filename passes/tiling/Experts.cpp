// Parts of the experts' phases.

#include "passes/tiling/Experts.h"

using namespace mlir;
using namespace lfm2c;

ContractionRunner::Share lfm2c::runExperts(PhaseContext &context,
                                           const PreparedInput &in,
                                           ExpertChoices &choices,
                                           const Contraction &c) {
  Emitter &e = context.getEmitter();
  Value base = context.weight(c.spec);
  ContractionRunner runner(context, in, c);
  ContractionRunner::Share share = runner.shareOf(c);
  choices.forExperts([&](Value expert, Value first, Value last) {
    runner.run(c, e.add(base, e.mul(expert, c.spec.bytes())), share, first,
               last);
  });
  return share;
}

LogicalResult lfm2c::checkRoute(Operation *op, lfm2::RouteOp route,
                                FlatSymbolRefAttr weight) {
  int64_t scored = lookupWeight(route, route.getGateAttr()).getShape()[0];
  int64_t experts = lookupWeight(op, weight).getShape()[0];
  if (scored == experts)
    return success();
  return op->emitError("expects as many experts as ")
         << route.getGateAttr() << " chooses from, " << scored << ", but "
         << weight << " has " << experts;
}

PackedSpec lfm2c::expertsSpec(Operation *op, ArrayRef<FlatSymbolRefAttr> names,
                              int64_t lanes) {
  PackedSpec spec{
      {}, weightDim(op, names[0], 2), lanes, weightDim(op, names[0], 0)};
  int64_t rows = weightDim(op, names[0], 1);
  for (FlatSymbolRefAttr name : names)
    spec.segments.push_back(segmentOf(op, name, 0, rows, rows));
  return spec;
}
