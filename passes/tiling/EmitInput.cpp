//===- EmitInput.cpp - the input of a contraction
//--------------------------===//

#include "passes/tiling/StepBuilder.h"

using namespace mlir;
using namespace lfm2c;

StepBuilder::Prepared
StepBuilder::prepare(Emitter &e, FunctionScope &scope, exec::PhaseOp phase,
                     const BufferRef &source, lfm2::RMSNormOp norm,
                     int64_t columns, ArrayRef<Format> readers, Value firstRow,
                     Value rows, int64_t rowsPerToken) {
  Prepared made;
  made.layout = ActivationLayout(columns, readers, facts, entry.activations);
  made.base = e.pointer("scratch");
  Value from =
      e.add(bufferAddress(e, source), e.mul(firstRow, source.rowBytes));
  // Plain f32 values are read where they are.
  if (!norm && made.layout.isPlain()) {
    made.offset = from;
    made.rowBytes = source.rowBytes;
    return made;
  }
  NormSource normSource;
  if (norm)
    normSource = {e.pointer("weights"),
                  scope.weight(plainSpec(norm, norm.getWeightAttr())),
                  norm.getEps().convertToDouble()};
  const NormSource *with = norm ? &normSource : nullptr;
  made.rowBytes = made.layout.bytes;
  auto write = [&](Value row) {
    emitActivation(e, made.base, e.add(from, e.mul(row, source.rowBytes)), with,
                   made.base, e.add(made.offset, e.mul(row, made.rowBytes)),
                   made.layout);
  };
  if (entry.isSingle()) {
    made.offset = privateAddress(e, "input", rowsPerToken * made.rowBytes);
    if (rowsPerToken == 1)
      write(e.index(0));
    else
      e.loop(e.index(0), rows, 1, write);
    return made;
  }
  made.offset = bufferAddress(e, buffer("input", made.rowBytes, rowsPerToken));
  auto [lo, hi] = e.share(rows);
  e.loop(lo, hi, 1, write);
  e.barrier();
  return made;
}
