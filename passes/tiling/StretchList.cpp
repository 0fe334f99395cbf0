//===- StretchList.cpp - what a step does between its barriers ------------===//

#include "passes/tiling/StretchList.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// The parameters of an #exec.stretch while they are summed up.
struct Stretch {
  std::string phase;
  int64_t weights = 0, expertBytes = 0, experts = 0, used = 0, macs = 0,
          cacheBytes = 0, cacheMacs = 0, near = 0;
  bool logits = false;

  void add(const PackedSpec &spec, int64_t usedOfCount) {
    int64_t products = 0;
    for (const SegmentSpec &s : spec.segments)
      products += spec.plain ? 0 : s.rows * spec.columns;
    if (spec.count == 1) {
      weights += spec.bytes();
      macs += products;
      return;
    }
    expertBytes += spec.bytes();
    experts = spec.count;
    used = usedOfCount;
    macs += products * usedOfCount;
  }
};

/// Experts of a token, where the phase has some.
int64_t usedExperts(exec::PhaseOp phase) {
  int64_t used = 0;
  for (Operation &op : phase.getBody().front()) {
    if (auto up = dyn_cast<exec::ExpertGateUpOp>(op))
      used = cast<RankedTensorType>(up.getIds().getType()).getDimSize(1);
    if (auto down = dyn_cast<exec::ExpertDownOp>(op))
      used = cast<RankedTensorType>(down.getIds().getType()).getDimSize(1);
  }
  return used;
}

} // namespace

/// Which stretch reads a weight, where that is not the last. Where a weight was
/// asked for is not where it is read: what prepares the input is read by the
/// first stretch, the choice of experts by its own. Null: no stretch.
static llvm::StringMap<Stretch *> findReaders(const StretchList::Phase &phase,
                                              MutableArrayRef<Stretch> found) {
  llvm::StringMap<Stretch *> readers;
  exec::PhaseOp of = phase.op;
  for (Operation &op : of.getBody().front()) {
    if (auto norm = dyn_cast<lfm2::RMSNormOp>(op))
      readers[norm.getWeight()] = &found.front();
    if (auto route = dyn_cast<lfm2::RouteOp>(op))
      for (auto [stretch, part] : llvm::zip(found, phase.parts))
        if (part == "route") {
          readers[route.getGate()] = &stretch;
          if (route.getBias())
            readers[*route.getBias()] = &stretch;
        }
    // A token reads one row of the embedding: nothing beside all else.
    if (auto embed = dyn_cast<lfm2::EmbedOp>(op))
      readers[embed.getWeight()] = nullptr;
  }
  return readers;
}

SmallVector<int16_t> StretchList::note(const Phase &phase) {
  SmallVector<Stretch, 3> found(phase.parts.size() + 1);
  exec::PhaseOp op = phase.op;
  for (auto [stretch, part] : llvm::zip(found, phase.parts))
    stretch.phase = (op.getName() + " " + part).str();
  Stretch &last = found.back();
  last.phase = op.getName().str();
  last.near = phase.nearBytes;
  for (Operation &inner : op.getBody().front()) {
    if (auto attend = dyn_cast<exec::AttendOp>(inner)) {
      auto cache = cast<RankedTensorType>(attend.getKeys().getType());
      last.cacheBytes = 2 * cache.getDimSize(1) * cache.getDimSize(2) *
                        cache.getElementTypeBitWidth() / 8;
      last.cacheMacs = 2 * attend.getHeads() * attend.getHeadSize();
    }
    if (isa<lfm2::HeadOp>(inner))
      for (Stretch &stretch : found)
        stretch.logits = true;
  }
  llvm::StringMap<Stretch *> readers = findReaders(phase, found);
  for (auto [i, spec] : llvm::enumerate(phase.reads)) {
    if (llvm::is_contained(phase.reads.take_front(i), spec))
      continue;
    auto reader = readers.find(spec.segments[0].weight.getValue());
    if (reader == readers.end())
      last.add(spec, usedExperts(op));
    else if (reader->second)
      reader->second->add(spec, 0);
  }
  SmallVector<int16_t> numbers;
  for (const Stretch &s : found) {
    numbers.push_back(static_cast<int16_t>(stretches.size()));
    stretches.push_back(exec::StretchAttr::get(
        op.getContext(), phase.layer, s.phase, s.weights, s.expertBytes,
        s.experts, s.used, s.macs, s.cacheBytes, s.cacheMacs, s.logits, s.near,
        op.getScheduleAttr()));
  }
  return numbers;
}

void StretchList::run(ArrayRef<int16_t> these, int16_t number) {
  order.append(these.begin(), these.end());
  orderLayers.append(these.size(), number);
}

void StretchList::list(MLIRContext *context, NamedAttrList &to) const {
  Builder b(context);
  to.set("stretches", b.getArrayAttr(stretches));
  to.set("order", b.getDenseI16ArrayAttr(order));
  to.set("layers", b.getDenseI16ArrayAttr(orderLayers));
}
