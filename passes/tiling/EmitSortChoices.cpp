// Choices by expert, and their inputs.

#include "passes/tiling/ExpertChoices.h"
#include "passes/tiling/PhaseEmitters.h"
#include "passes/tiling/PreparedInput.h"

using namespace mlir;
using namespace lfm2c;

/// Copies records, one a token, to the places of its choices.
static void emitGather(PhaseContext &context, exec::GatherOp op,
                       ExpertChoices &choices) {
  Emitter &e = context.getEmitter();
  PreparedInput in = inputOf(context, op.getX(), allRows(context, op.getX()));
  BufferRef gathered = context.buffer("sorted", in.rowBytes, choices.getUsed());
  context.bindResult(op.getOutput(), gathered);
  Value at = context.address(gathered);
  VectorType line = e.vec(16, e.i32());
  choices.forShare([&](Value t, Value j) {
    Value from = e.add(in.offset, e.mul(t, in.rowBytes));
    Value to = e.add(at, e.mul(choices.placeOf(t, j), gathered.rowBytes));
    e.spread(e.index(0), e.index(in.rowBytes), 64, [&](Value byte) {
      e.store(e.load(line, in.base, e.add(from, byte), /*align=*/16), in.base,
              e.add(to, byte), /*align=*/16);
    });
  });
}

LogicalResult lfm2c::emitSortChoices(PhaseContext &context,
                                     exec::SortChoicesOp op) {
  ExpertChoices choices(context, op.getExperts(), op.getUsed(),
                        context.getBuffers().lookup(op.getIds()));
  ExpertChoices::Tables tables =
      ExpertChoices::declareTables(context, op.getExperts(), op.getUsed());
  context.bindResult(op.getPlaces(), tables.places);
  context.bindResult(op.getStarts(), tables.starts);
  choices.use(tables);
  choices.sort();
  for (auto gather :
       context.getPhase().getBody().front().getOps<exec::GatherOp>())
    emitGather(context, gather, choices);
  return success();
}
