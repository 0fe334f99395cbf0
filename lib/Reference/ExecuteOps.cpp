// What each op of the lfm2 dialect does when it is executed.

#include "dialects/lfm2/IR/Caches.h"
#include "lib/Reference/Executor.h"
#include "lib/Reference/Kernels.h"
#include "lib/Support/Error.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::lfm2;
using namespace lfm2c::reference;
using llvm::Error;
using llvm::Expected;

static int64_t columns(Value value) {
  return cast<RankedTensorType>(value.getType()).getDimSize(1);
}

Error ReferenceExecutor::execute(Operation &op) {
  return llvm::TypeSwitch<Operation *, Error>(&op)
      .Case<EmbedOp, RMSNormOp, ShortConvOp, CentredConvOp, HeadNormRopeOp,
            AttentionOp, SwiGLUOp, RouteOp, ExpertsOp, PoolOp>(
          [&](auto op) { return execute(op); })
      .Case<LinearOp, HeadOp>([&](auto op) {
        return product(op.getX(), op.getWeightAttr(), op.getOutput());
      })
      .Case([&](arith::AddFOp op) {
        Floats sum = floats(op.getLhs());
        Span other = floats(op.getRhs());
        for (size_t i = 0; i < sum.size(); ++i)
          sum[i] += other[i];
        values[op.getResult()].floats = std::move(sum);
        return Error::success();
      })
      .Default([](Operation *op) {
        return makeError("the reference executor runs modules as they are "
                         "imported, but @forward holds a '{0}'; run it on the "
                         "module before that was made",
                         op->getName().getStringRef());
      });
}

Error ReferenceExecutor::product(Value x, FlatSymbolRefAttr weight,
                                 Value output) {
  Expected<Floats> y = multiply(floats(x), weight, 0, columns(output));
  if (!y)
    return y.takeError();
  values[output].floats = std::move(*y);
  return Error::success();
}

Error ReferenceExecutor::execute(EmbedOp op) {
  WeightOp weight = lookup(op.getWeightAttr());
  const int64_t channels = columns(op.getOutput());
  std::vector<int32_t> ids = values[op.getIds()].ints;
  Span given = op.getEmbeddings() ? floats(op.getEmbeddings()) : Span();
  const int64_t givenRows = given.size() / channels;
  Floats rows(ids.size() * channels);
  for (auto [t, id] : llvm::enumerate(ids)) {
    if (id < 0 && op.getEmbeddings()) {
      const int64_t row = -1 - int64_t(id);
      if (row >= givenRows)
        return makeError("expects ids below 0 to name one of {0} embeddings, "
                         "-1 the first, but got {1}",
                         givenRows, id);
      llvm::copy(given.slice(row * channels, channels),
                 rows.begin() + t * channels);
      continue;
    }
    if (id < 0 || id >= weight.getShape()[0])
      return makeError("expects token ids from 0 to {0}, but got {1}",
                       weight.getShape()[0] - 1, id);
    if (Error error =
            reader(weight, id, MutableSpan(rows).slice(t * channels, channels)))
      return error;
  }
  values[op.getOutput()].floats = std::move(rows);
  return Error::success();
}

Error ReferenceExecutor::execute(RMSNormOp op) {
  Expected<Floats> weight = readWhole(op.getWeightAttr());
  if (!weight)
    return weight.takeError();
  values[op.getOutput()].floats =
      rmsNorm(floats(op.getX()), *weight, op.getEps().convertToDouble());
  return Error::success();
}

Error ReferenceExecutor::execute(ShortConvOp op) {
  Expected<Floats> filter = readWhole(op.getFilterAttr());
  if (!filter)
    return filter.takeError();
  Floats next = floats(op.getState());
  Span gates = floats(op.getGates());
  values[op.getOutput()].floats =
      shortConv(gates, *filter, next, op.getChannels());
  values[op.getNextState()].floats = std::move(next);
  return Error::success();
}

Error ReferenceExecutor::execute(CentredConvOp op) {
  Expected<Floats> filter = readWhole(op.getFilterAttr());
  if (!filter)
    return filter.takeError();
  values[op.getOutput()].floats =
      centredConv(floats(op.getGates()), *filter, columns(op.getOutput()));
  return Error::success();
}

Error ReferenceExecutor::execute(HeadNormRopeOp op) {
  Expected<Floats> weight = readWhole(op.getWeightAttr());
  if (!weight)
    return weight.takeError();
  Floats y = rmsNorm(floats(op.getX()), *weight, op.getEps().convertToDouble());
  const double theta = op.getTheta().convertToDouble();
  if (RopeScalingAttr scaling = op.getScalingAttr())
    rope(y, op.getHeads(), op.getHeadSize(), position, theta,
         scaling.getScales(), scaling.getMagnitude().convertToDouble());
  else
    rope(y, op.getHeads(), op.getHeadSize(), position, theta);
  values[op.getOutput()].floats = std::move(y);
  return Error::success();
}

Error ReferenceExecutor::execute(AttentionOp op) {
  auto extend = [&](Value cache, Value rows) {
    Floats next = floats(cache), added = floats(rows);
    auto type = cast<RankedTensorType>(cache.getType());
    int64_t block = getCacheBlock(type.getElementType(), type.getDimSize(2));
    if (options.roundCache && block > 0)
      roundToBlocks(added, block,
                    getFormatInfo(*getFormat(type.getElementType())).bits);
    else if (options.roundCache && type.getElementType().isF16())
      roundToHalf(added);
    // Here a cache is as long as what was run, so new rows are its end.
    next.insert(next.end(), added.begin(), added.end());
    return next;
  };
  Floats keys = extend(op.getKeys(), op.getK());
  Floats vals = extend(op.getValues(), op.getV());
  AttentionShape shape = {int64_t(op.getHeads()), int64_t(op.getKvHeads()),
                          int64_t(op.getHeadSize()), op.getCausal()};
  values[op.getOutput()].floats =
      attention(floats(op.getQ()), keys, vals, position, shape);
  values[op.getNextKeys()].floats = std::move(keys);
  values[op.getNextValues()].floats = std::move(vals);
  return Error::success();
}

Error ReferenceExecutor::execute(SwiGLUOp op) {
  Floats y = floats(op.getGate());
  Span up = floats(op.getUp());
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = silu(y[i]) * up[i];
  values[op.getOutput()].floats = std::move(y);
  return Error::success();
}

Error ReferenceExecutor::execute(RouteOp op) {
  const int64_t experts = lookup(op.getGateAttr()).getShape()[0];
  Expected<Floats> scores =
      multiply(floats(op.getU()), op.getGateAttr(), 0, experts);
  if (!scores)
    return scores.takeError();
  for (float &score : *scores)
    score = 1 / (1 + std::exp(-double(score)));
  Floats bias(experts);
  if (op.getBiasAttr()) {
    Expected<Floats> read = readWhole(op.getBiasAttr());
    if (!read)
      return read.takeError();
    bias = std::move(*read);
  }

  Data weights, chosen;
  for (size_t row = 0; row < scores->size(); row += experts) {
    Span own = Span(*scores).slice(row, experts);
    Floats biased(experts);
    for (int64_t e = 0; e < experts; ++e)
      biased[e] = own[e] + bias[e];
    std::vector<int32_t> order = largest(biased, op.getUsed());
    double sum = op.getNormalize() ? 1e-6 : 1;
    if (op.getNormalize())
      for (int32_t e : order)
        sum += own[e];
    for (int32_t e : order) {
      weights.floats.push_back(own[e] / sum * op.getScale().convertToDouble());
      chosen.ints.push_back(e);
    }
  }
  values[op.getWeights()] = std::move(weights);
  values[op.getExperts()] = std::move(chosen);
  return Error::success();
}

Error ReferenceExecutor::execute(ExpertsOp op) {
  const int64_t hidden = columns(op.getU()), used = columns(op.getWeights());
  const int64_t rows = lookup(op.getGateAttr()).getShape()[1];
  Span u = floats(op.getU()), weights = floats(op.getWeights());
  const std::vector<int32_t> &experts = values[op.getExperts()].ints;
  Floats y(u.size());
  for (size_t i = 0; i < experts.size(); ++i) {
    const int64_t token = i / used, expert = experts[i];
    Span input = u.slice(token * hidden, hidden);
    Expected<Floats> gate =
        multiply(input, op.getGateAttr(), expert * rows, rows);
    if (!gate)
      return gate.takeError();
    Expected<Floats> up = multiply(input, op.getUpAttr(), expert * rows, rows);
    if (!up)
      return up.takeError();
    for (int64_t r = 0; r < rows; ++r)
      (*gate)[r] = silu((*gate)[r]) * (*up)[r];
    Expected<Floats> down =
        multiply(*gate, op.getDownAttr(), expert * hidden, hidden);
    if (!down)
      return down.takeError();
    for (int64_t c = 0; c < hidden; ++c)
      y[token * hidden + c] += weights[i] * (*down)[c];
  }
  values[op.getOutput()].floats = std::move(y);
  return Error::success();
}

Error ReferenceExecutor::execute(PoolOp op) {
  const int64_t channels = columns(op.getX());
  Span x = floats(op.getX());
  Floats &y = values[op.getOutput()].floats;
  switch (op.getKind()) {
  case PoolKind::mean:
    y = meanRow(x, channels);
    break;
  case PoolKind::cls:
    y = x.take_front(channels).vec();
    break;
  case PoolKind::last:
    y = x.take_back(channels).vec();
    break;
  }
  return Error::success();
}
