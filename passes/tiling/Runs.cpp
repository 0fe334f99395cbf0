// The sequences that a step has tokens of.

#include "passes/tiling/Runs.h"
#include "lfm2rt/abi.h"
#include <cstddef>

using namespace mlir;
using namespace lfm2c;

Value Run::load(size_t at, Type type) const {
  return e.toIndex(e.loadWeight(type, e.pointer("runs"), e.add(record, at)));
}

Value Run::getFirst() const {
  return record ? load(offsetof(lfm2_run, first), e.i32()) : e.index(0);
}

Value Run::getCount() const {
  return record ? load(offsetof(lfm2_run, count), e.i32()) : e.field("count");
}

Value Run::getPosition() const {
  return record ? load(offsetof(lfm2_run, position), e.i32())
                : e.field("position");
}

Value Run::positionOf(Value t) const {
  return e.add(getPosition(), record ? e.sub(t, getFirst()) : t);
}

Value Run::getContext() const {
  return record ? load(offsetof(lfm2_run, context), e.i32())
                : e.field("context");
}

Value Run::inState(Value at) const {
  if (!record)
    return at;
  return e.add(load(offsetof(lfm2_run, state), e.b.getI64Type()), at);
}

Value Runs::getNumber() const {
  return areListed ? e.field("num_runs") : e.index(1);
}

Run Runs::at(Value index) const {
  return areListed ? Run(e, e.mul(index, sizeof(lfm2_run))) : Run(e);
}

Run Runs::of(Value t) const {
  if (!areListed)
    return Run(e);
  return at(
      e.toIndex(e.loadWeight(e.i32(), e.pointer("token_runs"), e.mul(t, 4))));
}

void Runs::forEach(llvm::function_ref<void(const Run &)> body) const {
  if (!areListed)
    return body(Run(e));
  e.loop(e.index(0), getNumber(), 1, [&](Value i) { body(at(i)); });
}

void Runs::forTokens(Value lo, Value hi,
                     llvm::function_ref<void(const Run &, Value)> body) const {
  forEach([&](const Run &run) {
    Value from = lo, to = hi;
    if (areListed) {
      Value first = run.getFirst();
      from = e.max(lo, first);
      to = e.min(hi, e.add(first, run.getCount()));
    }
    e.loop(from, to, 1, [&](Value t) { body(run, t); });
  });
}

void Runs::forShare(int64_t most,
                    llvm::function_ref<Value(const Run &)> itemsOf,
                    llvm::function_ref<void(const Run &)> enter,
                    llvm::function_ref<void(const Run &, Value)> body) const {
  if (!areListed) {
    Run run(e);
    enter(run);
    auto [lo, hi] = e.share(itemsOf(run), most);
    return e.loop(lo, hi, 1, [&](Value item) { body(run, item); });
  }
  Value none = e.index(0), number = getNumber();
  Value all = e.reduce(none, number, 1, {none}, [&](Value i, ValueRange in) {
    return SmallVector<Value>{e.add(in[0], itemsOf(at(i)))};
  })[0];
  Value lo, hi;
  std::tie(lo, hi) = e.share(all, most);
  // Items of the runs before this one.
  e.reduce(none, number, 1, {none}, [&](Value i, ValueRange in) {
    Run run = at(i);
    Value before = in[0], end = e.add(before, itemsOf(run));
    Value from = e.sub(e.max(lo, before), before);
    Value to = e.sub(e.max(e.min(hi, end), before), before);
    e.ifThen(e.less(from, to), [&] {
      enter(run);
      e.loop(from, to, 1, [&](Value item) { body(run, item); });
    });
    return SmallVector<Value>{end};
  });
}
