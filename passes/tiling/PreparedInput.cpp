//===- PreparedInput.cpp - the input of a contraction ---------------------===//

#include "passes/tiling/PreparedInput.h"

using namespace mlir;
using namespace lfm2c;

PreparedInput lfm2c::prepareInput(PhaseContext &context,
                                  const InputSource &source) {
  Emitter &e = context.getEmitter();
  int64_t sourceBytes = source.rows.rowBytes;
  PreparedInput made;
  made.layout = ActivationLayout(source.columns, source.readers, e.facts,
                                 context.getEntry().activations);
  made.base = e.pointer("scratch");
  Value from =
      e.add(context.address(source.rows), e.mul(source.first, sourceBytes));
  // Plain f32 values are read where they are.
  if (!source.norm && made.layout.isPlain()) {
    made.offset = from;
    made.rowBytes = sourceBytes;
    return made;
  }
  NormSource normSource;
  if (lfm2::RMSNormOp norm = source.norm)
    normSource = {e.pointer("weights"),
                  context.plainWeight(norm.getWeightAttr()),
                  norm.getEps().convertToDouble()};
  const NormSource *with = source.norm ? &normSource : nullptr;
  made.rowBytes = made.layout.bytes;
  auto write = [&](Value row) {
    emitActivation(e, made.base, e.add(from, e.mul(row, sourceBytes)), with,
                   made.base, e.add(made.offset, e.mul(row, made.rowBytes)),
                   made.layout);
  };
  if (context.isSingle()) {
    made.offset =
        context.privateAddress("input", source.rowsPerToken * made.rowBytes);
    if (source.rowsPerToken == 1)
      write(e.index(0));
    else
      e.loop(e.index(0), source.count, 1, write);
    return made;
  }
  made.offset = context.address(
      context.buffer("input", made.rowBytes, source.rowsPerToken));
  auto [lo, hi] = e.share(source.count);
  e.loop(lo, hi, 1, write);
  context.meet("input");
  return made;
}
