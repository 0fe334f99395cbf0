// What a step does between its barriers.

#include "passes/tiling/StretchList.h"
#include "mlir/IR/Builders.h"
#include "passes/tiling/CacheForm.h"

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
  for (auto op : phase.getBody().front().getOps<lfm2::ModelOpInterface>())
    used = std::max(used, op.getExpertsUsed());
  return used;
}

} // namespace

int16_t StretchList::note(const Phase &phase) {
  exec::PhaseOp op = phase.op;
  Stretch made;
  made.phase = op.getName().str();
  if (std::optional<StringRef> part = op.getPart())
    made.phase += (" " + *part).str();
  made.near = phase.nearBytes;
  for (Operation &inner : op.getBody().front()) {
    if (auto attend = dyn_cast<exec::AttendOp>(inner)) {
      auto cache = cast<RankedTensorType>(attend.getKeys().getType());
      made.cacheBytes = 2 * cache.getDimSize(1) * CacheForm(cache).headBytes();
      made.cacheMacs = 2 * attend.getHeads() * attend.getHeadSize();
    }
    auto prepare = dyn_cast<exec::PrepareOp>(inner);
    made.logits |= isa<lfm2::HeadOp>(inner) || (prepare && prepare.getLogits());
  }
  // A token reads one row of the embedding: nothing beside all else.
  bool isEmbedding = !op.getBody().front().getOps<lfm2::EmbedOp>().empty();
  for (auto [i, spec] : llvm::enumerate(phase.reads))
    if (!isEmbedding && !llvm::is_contained(phase.reads.take_front(i), spec))
      made.add(spec, usedExperts(op));
  stretches.push_back(exec::StretchAttr::get(
      op.getContext(), phase.layer, made.phase, made.weights, made.expertBytes,
      made.experts, made.used, made.macs, made.cacheBytes, made.cacheMacs,
      made.logits, made.near, op.getScheduleAttr()));
  return static_cast<int16_t>(stretches.size() - 1);
}

void StretchList::run(ArrayRef<int16_t> these, int16_t number) {
  order.append(these.begin(), these.end());
  orderLayers.append(these.size(), number);
}

exec::EntryAttr StretchList::makeEntry(MLIRContext *context, StringRef name,
                                       int64_t tokens, StringRef symbol) const {
  Builder b(context);
  return exec::EntryAttr::get(
      context, name, tokens, symbol, /*scratch=*/std::nullopt, /*near=*/0,
      b.getArrayAttr(stretches), b.getDenseI16ArrayAttr(order),
      b.getDenseI16ArrayAttr(orderLayers));
}
