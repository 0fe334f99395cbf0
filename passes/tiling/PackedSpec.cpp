// How a phase wants its weights packed.

#include "passes/tiling/PackedSpec.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

bool SegmentSpec::operator==(const SegmentSpec &other) const {
  return weight == other.weight && format == other.format &&
         first == other.first && rows == other.rows && unit == other.unit;
}

bool PackedSpec::operator==(const PackedSpec &other) const {
  return segments == other.segments && columns == other.columns &&
         lanes == other.lanes && count == other.count && plain == other.plain;
}

int64_t PackedSpec::stepBytes() const {
  int64_t sum = 0;
  for (const SegmentSpec &s : segments)
    sum += PackedLayout(s.format, lanes).groupBytes(columns);
  return sum;
}

int64_t PackedSpec::bytes() const {
  if (plain)
    return columns * llvm::alignTo(segments[0].rows, 16) * 4;
  return unitsPerSegment() * groupsPerUnit() * stepBytes();
}

lfm2::WeightOp lfm2c::lookupWeight(Operation *from, FlatSymbolRefAttr name) {
  return SymbolTable::lookupNearestSymbolFrom<lfm2::WeightOp>(from, name);
}

int64_t lfm2c::weightDim(Operation *from, FlatSymbolRefAttr name, int64_t i) {
  return cast<RankedTensorType>(lookupWeight(from, name).getType())
      .getDimSize(i);
}

SegmentSpec lfm2c::segmentOf(Operation *from, FlatSymbolRefAttr name,
                             int64_t first, int64_t rows, int64_t unit) {
  return {name, lookupWeight(from, name).getFormat(), first, rows, unit};
}

PackedSpec lfm2c::matrixSpec(Operation *from, ArrayRef<SegmentSpec> segments,
                             int64_t lanes) {
  return {SmallVector<SegmentSpec, 3>(segments),
          weightDim(from, segments[0].weight, 1), lanes, /*count=*/1};
}

PackedSpec lfm2c::plainSpec(Operation *from, FlatSymbolRefAttr name,
                            int64_t lanes) {
  lfm2::WeightOp weight = lookupWeight(from, name);
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t rows = type.getDimSize(0);
  int64_t columns = type.getRank() > 1 ? type.getDimSize(1) : 1;
  PackedSpec spec{{{name, weight.getFormat(), 0, rows, rows}},
                  columns,
                  lanes,
                  /*count=*/1};
  spec.plain = true;
  return spec;
}
