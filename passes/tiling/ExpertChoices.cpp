// Choices of experts, sorted by expert.

#include "passes/tiling/ExpertChoices.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace lfm2c;

ExpertChoices::ExpertChoices(PhaseContext &context, int64_t experts,
                             int64_t used, const BufferRef &ids)
    : context(context), e(context.getEmitter()), experts(experts), used(used),
      idBytes(ids.rowBytes), scratch(e.pointer("scratch")),
      ids(context.address(ids)) {}

ExpertChoices::Tables ExpertChoices::declareTables(PhaseContext &context,
                                                   int64_t experts,
                                                   int64_t used) {
  Buffers &buffers = context.getBuffers();
  auto declare = [&](StringRef role, int64_t bytes) {
    return context.getEmitter().isWorkgroup() ? buffers.shared(role, bytes, 1)
                                              : buffers.perThread(role, bytes);
  };
  BufferRef starts = declare("route.starts", (experts + 2) * 4);
  BufferRef places =
      declare("route.places", context.getEntry().tokens * used * 4);
  return {places, starts};
}

void ExpertChoices::use(const Tables &tables) {
  starts = context.address(tables.starts);
  places = context.address(tables.places);
}

ExpertChoices lfm2c::choicesOf(PhaseContext &context, int64_t experts,
                               Value ids, ValueRange tables) {
  Buffers &buffers = context.getBuffers();
  int64_t used = cast<RankedTensorType>(ids.getType()).getDimSize(1);
  ExpertChoices choices(context, experts, used, buffers.lookup(ids));
  if (!tables.empty())
    choices.use({buffers.lookup(tables[0]), buffers.lookup(tables[1])});
  return choices;
}

Value ExpertChoices::at(Value table, Value i) {
  return e.toIndex(e.load(e.i32(), scratch, e.add(table, e.mul(i, 4))));
}

void ExpertChoices::set(Value table, Value i, Value value) {
  e.store(e.toI32(value), scratch, e.add(table, e.mul(i, 4)));
}

Value ExpertChoices::idOf(Value t, Value j) {
  return at(e.add(ids, e.mul(t, idBytes)), j);
}

Value ExpertChoices::count() { return e.mul(context.count(), used); }

void ExpertChoices::forChoices(llvm::function_ref<void(Value, Value)> body) {
  e.loop(e.index(0), context.count(), 1, [&](Value t) {
    e.loop(e.index(0), e.index(used), 1, [&](Value j) { body(t, j); });
  });
}

void ExpertChoices::sort() {
  if (e.isWorkgroup())
    return sortByCounting();
  // starts[x + 2] counts the choices of expert x, then starts[x + 1] is the
  // place of its next, and in the end that of the first of x + 1.
  e.loop(e.index(0), e.index(experts + 2), 1,
         [&](Value i) { set(starts, i, e.index(0)); });
  forChoices([&](Value t, Value j) {
    Value next = e.add(idOf(t, j), 2);
    set(starts, next, e.add(at(starts, next), 1));
  });
  e.loop(e.index(1), e.index(experts), 1, [&](Value x) {
    Value next = e.add(x, 1);
    set(starts, next, e.add(at(starts, next), at(starts, x)));
  });
  forChoices([&](Value t, Value j) {
    Value next = e.add(idOf(t, j), 1), place = at(starts, next);
    set(starts, next, e.add(place, 1));
    set(places, e.add(e.mul(t, used), j), place);
  });
}

/// The same, by invocations that each count the choices before their own.
void ExpertChoices::sortByCounting() {
  Value all = count();
  auto countBefore = [&](Value expert, Value choice) {
    // In order of the experts, then of the choices.
    Value last = e.add(e.mul(expert, all), choice);
    return e.reduce(
        e.index(0), context.count(), 1, {e.index(0)},
        [&](Value t, ValueRange in) -> SmallVector<Value> {
          Value sum = in[0];
          for (int64_t j = 0; j < used; ++j) {
            Value other = e.add(e.mul(t, used), j);
            Value key = e.add(e.mul(idOf(t, e.index(j)), all), other);
            sum =
                e.add(sum, e.select(e.less(key, last), e.index(1), e.index(0)));
          }
          return {sum};
        })[0];
  };
  auto [lo, hi] = share();
  e.spread(lo, hi, 1, [&](Value i) {
    Value expert = idOf(e.div(i, used), e.rem(i, used));
    set(places, i, countBefore(expert, i));
  });
  Value number = e.index(experts + 1);
  auto [first, last] = e.share(number, experts + 1);
  e.spread(first, last, 1,
           [&](Value x) { set(starts, x, countBefore(x, e.index(0))); });
  e.join();
}

std::pair<Value, Value> ExpertChoices::share() {
  return e.share(count(), context.getEntry().tokens * used);
}

void ExpertChoices::forShare(llvm::function_ref<void(Value, Value)> body) {
  auto [lo, hi] = share();
  e.loop(lo, hi, 1, [&](Value i) { body(e.div(i, used), e.rem(i, used)); });
}

Value ExpertChoices::placeOf(Value t, Value j) {
  return !places ? j : at(places, e.add(e.mul(t, used), j));
}

void ExpertChoices::forExperts(
    llvm::function_ref<void(Value, Value, Value)> body) {
  if (!places)
    return e.loop(e.index(0), e.index(used), 1,
                  [&](Value j) { body(idOf(e.index(0), j), j, e.add(j, 1)); });
  e.loop(e.index(0), e.index(experts), 1, [&](Value x) {
    Value first = at(starts, x), last = at(starts, e.add(x, 1));
    e.ifThen(e.less(first, last), [&] { body(x, first, last); });
  });
}
