//===- Stretches.cpp - what a step does between its barriers --------------===//
//
// Notes for the profile, in bytes and products: which weights a phase asked its
// scope for while it was emitted, and what its attention reads. A phase has one
// stretch, or several where threads meet within it; a stretch that ends at an
// inner barrier is named after the part of the work that the barrier ends.
//
//===----------------------------------------------------------------------===//

#include "passes/tiling/StepBuilder.h"

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

void StepBuilder::noteStretches(exec::PhaseOp phase, StringRef layer,
                                ArrayRef<std::string> parts,
                                SmallVectorImpl<int16_t> &into) {
  SmallVector<Stretch, 3> found(parts.size() + 1);
  for (auto [stretch, part] : llvm::zip(found, parts))
    stretch.phase = (phase.getName() + " " + part).str();
  Stretch &last = found.back();
  last.phase = phase.getName().str();
  last.near = phaseNear;
  // Where a weight was asked for is not where it is read: what prepares the
  // input is read by the first stretch, the choice of experts by its own.
  llvm::StringMap<Stretch *> readers;
  for (Operation &op : phase.getBody().front()) {
    if (auto norm = dyn_cast<lfm2::RMSNormOp>(op))
      readers[norm.getWeight()] = &found.front();
    if (auto route = dyn_cast<lfm2::RouteOp>(op))
      for (auto [stretch, part] : llvm::zip(found, parts))
        if (part == "route") {
          readers[route.getGate()] = &stretch;
          if (route.getBias())
            readers[*route.getBias()] = &stretch;
        }
    // A token reads one row of the embedding: nothing beside all else.
    if (auto embed = dyn_cast<lfm2::EmbedOp>(op))
      readers[embed.getWeight()] = nullptr;
    if (auto attend = dyn_cast<exec::AttendOp>(op)) {
      auto cache = cast<RankedTensorType>(attend.getKeys().getType());
      last.cacheBytes = 2 * cache.getDimSize(1) * cache.getDimSize(2) *
                        cache.getElementTypeBitWidth() / 8;
      last.cacheMacs = 2 * attend.getHeads() * attend.getHeadSize();
    }
    if (isa<lfm2::HeadOp>(op))
      for (Stretch &stretch : found)
        stretch.logits = true;
  }
  llvm::StringMap<bool> seen;
  for (const PackedSpec &spec : phaseReads) {
    StringRef name = spec.segments[0].weight.getValue();
    if (!seen.try_emplace(name).second)
      continue;
    auto reader = readers.find(name);
    if (reader == readers.end())
      last.add(spec, usedExperts(phase));
    else if (reader->second)
      reader->second->add(spec, 0);
  }
  for (const Stretch &s : found) {
    into.push_back(static_cast<int16_t>(stretches.size()));
    stretches.push_back(exec::StretchAttr::get(
        module.getContext(), layer, s.phase, s.weights, s.expertBytes,
        s.experts, s.used, s.macs, s.cacheBytes, s.cacheMacs, s.logits, s.near,
        phase.getScheduleAttr()));
  }
}

void StepBuilder::runStretches(ArrayRef<int16_t> these, int16_t number) {
  order.append(these.begin(), these.end());
  orderLayers.append(these.size(), number);
}

void StepBuilder::listStretches(NamedAttrList &to) {
  Builder b(module.getContext());
  to.set("stretches", b.getArrayAttr(stretches));
  to.set("order", b.getDenseI16ArrayAttr(order));
  to.set("layers", b.getDenseI16ArrayAttr(orderLayers));
}
