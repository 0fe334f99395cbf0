//===- EmitContraction.cpp - contractions with what follows on their rows -===//
//
// A contraction with what follows it on the same rows. The rows of one item
// (one lane group, or a head) belong to one thread, for all tokens of the step.
//
//===----------------------------------------------------------------------===//

#include "lfm2rt/abi.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/Contraction.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

class ContractionEmitter {
public:
  ContractionEmitter(StepBuilder &builder, Emitter &e, FunctionScope &scope,
                     exec::PhaseOp phase)
      : builder(builder), e(e), scope(scope), phase(phase),
        scratch(e.pointer("scratch")), weights(e.pointer("weights")) {}

  LogicalResult emit() {
    lfm2::HeadOp head;
    for (Operation &op : phase.getBody().front()) {
      if (auto linear = dyn_cast<lfm2::LinearOp>(op))
        linears.push_back(linear);
      if (auto h = dyn_cast<lfm2::HeadOp>(op))
        head = h;
    }
    Value input = head ? head.getX() : linears.front().getX();
    auto norm = input.getDefiningOp<lfm2::RMSNormOp>();
    source = builder.buffers.lookup(norm ? norm.getX() : input);
    int64_t columns = cast<RankedTensorType>(input.getType()).getDimSize(1);
    for (lfm2::LinearOp linear : linears)
      if (linear.getX() != input)
        return linear.emitError("reads another value than the contraction "
                                "before it; expected one input of a phase");
    lanes = builder.facts.lanes;

    // The head may be wanted for the last token only, or not at all.
    first = e.index(0);
    rows = builder.count(e);
    if (head) {
      Value mode = e.field("logits_mode");
      Value isLast = e.equal(mode, e.index(LFM2_LOGITS_LAST));
      Value isNone = e.equal(mode, e.index(LFM2_LOGITS_NONE));
      first = e.select(isLast, e.sub(rows, e.index(1)), e.index(0));
      rows = e.select(isNone, e.index(0), e.sub(rows, first));
      addHead(head);
    } else {
      addLinears();
    }
    if (failed(checked) || failed(checkAppends()))
      return failure();

    SmallVector<Format> formats;
    for (const Contraction &c : contractions)
      for (const SegmentSpec &s : c.spec.segments)
        if (!llvm::is_contained(formats, s.format))
          formats.push_back(s.format);
    auto body = [&] {
      StepBuilder::Prepared in = builder.prepare(e, scope, phase, source, norm,
                                                 columns, formats, first, rows);
      ContractionRunner runner(builder, e, in, contractions);
      for (const Contraction &c : contractions) {
        Value base = scope.weight(c.spec);
        runner.run(c, base, runner.shareOf(c), e.index(0), rows);
      }
    };
    if (head && builder.entry.isSingle())
      e.ifThen(e.less(e.index(0), rows), body);
    else
      body();
    return success();
  }

private:
  SegmentSpec segment(FlatSymbolRefAttr name, int64_t first, int64_t rows,
                      int64_t unit) {
    return {name, builder.lookupWeight(phase, name).getFormat(), first, rows,
            unit};
  }
  int64_t dim(FlatSymbolRefAttr name, int64_t i) {
    return cast<RankedTensorType>(builder.lookupWeight(phase, name).getType())
        .getDimSize(i);
  }
  PackedSpec specOf(ArrayRef<SegmentSpec> segments) {
    return {SmallVector<SegmentSpec, 3>(segments), dim(segments[0].weight, 1),
            lanes, 1};
  }

  Value rowAddress(const BufferRef &ref, Value at, Value t, Value row) {
    return e.add(e.add(at, e.mul(t, ref.rowBytes)), e.mul(row, 4));
  }

  void addHead(lfm2::HeadOp op) {
    int64_t vocabulary = dim(op.getWeightAttr(), 0);
    Value logits = e.pointer("logits");
    Contraction c{
        specOf(segment(op.getWeightAttr(), 0, vocabulary, vocabulary)), nullptr,
        nullptr};
    c.finish = [=](Value t, Value row, ArrayRef<Value> v) {
      Value at = e.mul(e.add(e.mul(t, vocabulary), row), 4);
      if (vocabulary % lanes == 0)
        return e.store(v[0], logits, at);
      // The last group of each token is stored lane by lane.
      Value whole = e.index(vocabulary / lanes * lanes);
      e.ifThen(e.less(row, whole), [&] { e.store(v[0], logits, at); });
      e.ifThen(e.equal(row, whole), [&] {
        for (int64_t i = 0; i < vocabulary % lanes; ++i)
          e.store(e.extract(v[0], i), logits, e.add(at, 4 * i));
      });
    };
    contractions.push_back(c);
  }

  void addLinears() {
    for (Operation &op : phase.getBody().front()) {
      if (auto conv = dyn_cast<lfm2::ShortConvOp>(op)) {
        if (takesAll(conv, conv.getGates()))
          addShortConv(conv);
        return;
      }
      if (auto glu = dyn_cast<lfm2::SwiGLUOp>(op)) {
        if (takesAll(glu, {glu.getGate(), glu.getUp()}))
          addSwiGLU(glu);
        return;
      }
    }
    for (lfm2::LinearOp linear : linears)
      if (succeeded(checked))
        addLinear(linear);
  }

  /// Checks that `op`, which reads `products`, reads all that the phase has of
  /// them and no others.
  bool takesAll(Operation *op, ValueRange products) {
    if (llvm::all_of(products,
                     [&](Value product) {
                       return llvm::is_contained(linears,
                                                 product.getDefiningOp());
                     }) &&
        llvm::all_of(linears, [&](lfm2::LinearOp linear) {
          return llvm::is_contained(products, linear.getOutput());
        }))
      return true;
    checked = op->emitError("expects to read the results of all lfm2.linear of "
                            "its phase, and no others");
    return false;
  }

  /// Every cache must have got both its parts.
  LogicalResult checkAppends() {
    for (auto append : phase.getBody().front().getOps<exec::CacheAppendOp>()) {
      RankedTensorType type = append.getKeys().getType();
      if (!keysOf.contains(append))
        return append.emitError("expects 'k' to be the ")
               << type.getDimSize(1) << " heads of " << type.getDimSize(2)
               << " that a lfm2.head_norm_rope made of a lfm2.linear of the "
                  "same phase";
      if (!valuesOf.contains(append))
        return append.emitError("expects 'v' from a lfm2.linear of the same "
                                "phase that nothing else reads");
    }
    return success();
  }

  void addLinear(lfm2::LinearOp linear) {
    for (Operation *user : linear->getUsers()) {
      if (auto norm = dyn_cast<lfm2::HeadNormRopeOp>(user))
        return addHeads(linear, norm);
      if (auto append = dyn_cast<exec::CacheAppendOp>(user))
        if (append.getV() == linear.getOutput())
          return addValues(linear, append);
      if (auto add = dyn_cast<arith::AddFOp>(user))
        return addResidual(linear, add);
    }
    int64_t n = dim(linear.getWeightAttr(), 0);
    BufferRef out = ownBuffer(phase.getName(), (n + lanes) * 4);
    builder.bindResult(phase, linear.getOutput(), out);
    Value at = builder.bufferAddress(e, out);
    contractions.push_back({specOf(segment(linear.getWeightAttr(), 0, n, n)),
                            storeRows(out, at), nullptr});
  }

  /// x += W a, in place.
  void addResidual(lfm2::LinearOp linear, arith::AddFOp add) {
    Value x = add.getLhs() == linear.getOutput() ? add.getRhs() : add.getLhs();
    checked = builder.checkResidual(phase, x, source);
    if (failed(checked))
      return;
    int64_t n = dim(linear.getWeightAttr(), 0);
    BufferRef ref = builder.buffers.lookup(x);
    builder.bindResult(phase, add.getResult(), ref);
    Value at = builder.bufferAddress(e, ref);
    contractions.push_back({specOf(segment(linear.getWeightAttr(), 0, n, n)),
                            [=](Value t, Value row, ArrayRef<Value> v) {
                              Value address = rowAddress(ref, at, t, row);
                              Value old =
                                  e.load(e.lanesF32(), scratch, address);
                              e.store(e.fadd(old, v[0]), scratch, address);
                            },
                            nullptr});
  }

  /// Rows i of B, C and x belong to one thread, and so does their state.
  void addShortConv(lfm2::ShortConvOp conv) {
    auto linear = conv.getGates().getDefiningOp<lfm2::LinearOp>();
    FlatSymbolRefAttr name = linear.getWeightAttr();
    int64_t h = dim(name, 0) / 3, taps = dim(conv.getFilterAttr(), 1);
    BufferRef out = ownBuffer(phase.getName(), llvm::alignTo(h, lanes) * 4);
    builder.bindResult(phase, conv.getOutput(), out);
    Value at = builder.bufferAddress(e, out);
    Value filter = scope.weight(builder.plainSpec(phase, conv.getFilterAttr()));
    Value columns = scope.state(conv.getState());
    Value states = e.pointer("state");
    int64_t tapBytes = llvm::alignTo(h, 16) * 4;
    int64_t columnBytes = llvm::alignTo(h, lanes) * 4;
    Contraction c{specOf({segment(name, 0, h, h), segment(name, h, h, h),
                          segment(name, 2 * h, h, h)}),
                  nullptr, nullptr};
    c.finish = [=](Value t, Value row, ArrayRef<Value> v) {
      Value bytes = e.mul(row, 4);
      auto tap = [&](int64_t k) {
        return e.loadWeight(e.lanesF32(), weights,
                            e.add(e.add(filter, k * tapBytes), bytes));
      };
      auto column = [&](int64_t k) {
        return e.add(e.add(columns, k * columnBytes), bytes);
      };
      Value g = e.fmul(v[0], v[2]);
      Value sum = e.fmul(tap(taps - 1), g);
      for (int64_t k = 0; k + 1 < taps; ++k) {
        Value old = e.load(e.lanesF32(), states, column(k));
        sum = e.fma(tap(k), old, sum);
        if (k > 0)
          e.store(old, states, column(k - 1));
      }
      if (taps > 1)
        e.store(g, states, column(taps - 2));
      e.store(e.fmul(v[1], sum), scratch, rowAddress(out, at, t, row));
    };
    contractions.push_back(c);
  }

  void addSwiGLU(lfm2::SwiGLUOp glu) {
    auto gate = glu.getGate().getDefiningOp<lfm2::LinearOp>();
    auto up = glu.getUp().getDefiningOp<lfm2::LinearOp>();
    int64_t n = dim(gate.getWeightAttr(), 0);
    BufferRef out = ownBuffer(phase.getName(), llvm::alignTo(n, lanes) * 4);
    builder.bindResult(phase, glu.getOutput(), out);
    Value at = builder.bufferAddress(e, out);
    contractions.push_back({specOf({segment(gate.getWeightAttr(), 0, n, n),
                                    segment(up.getWeightAttr(), 0, n, n)}),
                            [=](Value t, Value row, ArrayRef<Value> v) {
                              e.store(e.fmul(e.silu(v[0]), v[1]), scratch,
                                      rowAddress(out, at, t, row));
                            },
                            nullptr});
  }

  /// A buffer for what one contraction of the phase makes.
  BufferRef ownBuffer(StringRef role, int64_t rowBytes) {
    return builder.buffer(builder.freeRole(phase, role), rowBytes);
  }

  /// Per-head rows with room for whole lane groups.
  BufferRef headsBuffer(StringRef role, int64_t heads, int64_t headSize) {
    int64_t stride = llvm::alignTo(headSize, lanes) * 4;
    BufferRef ref = ownBuffer(role, heads * stride);
    ref.elementStride = stride;
    return ref;
  }

  void addHeads(lfm2::LinearOp linear, lfm2::HeadNormRopeOp norm) {
    int64_t heads = norm.getHeads(), size = norm.getHeadSize();
    exec::CacheAppendOp append;
    for (Operation *user : norm->getUsers())
      if (auto a = dyn_cast<exec::CacheAppendOp>(user))
        if (a.getK() == norm.getOutput())
          append = a;
    BufferRef out = headsBuffer(append ? "keys" : "queries", heads, size);
    if (append) { // What is rotated goes to the cache alone.
      builder.buffers[norm.getOutput()] = out;
      if (append.getKeys().getType().getDimSize(1) == heads &&
          append.getKeys().getType().getDimSize(2) == size)
        keysOf.insert(append);
    } else {
      builder.bindResult(phase, norm.getOutput(), out);
    }
    Value at = builder.bufferAddress(e, out);
    Value normWeights =
        scope.weight(builder.plainSpec(phase, norm.getWeightAttr()));
    BufferRef rope = builder.buffer(builder.ropeName(norm), size * 4);
    Value ropeAt = builder.bufferAddress(e, rope);
    Value cache = append ? scope.state(append.getKeys()) : Value();
    Type element = append ? cacheElement(append.getKeys()) : Type();
    double eps = norm.getEps().convertToDouble();
    Contraction c{
        specOf(segment(linear.getWeightAttr(), 0, heads * size, size)),
        storeRows(out, at), nullptr};
    c.finishUnit = [=](Value t, Value head) {
      Value z = headAddress(out, at, t, head);
      VectorType half = e.vec(size / 2, e.f32());
      Value a = e.load(half, scratch, z);
      Value d = e.load(half, scratch, e.add(z, size * 2));
      Value sum = e.reduceAdd(e.fma(a, a, e.fmul(d, d)));
      Value inverse = e.rsqrt(e.fadd(e.fdiv(sum, e.constant(e.f32(), size)),
                                     e.constant(e.f32(), eps)));
      a = e.fmul(e.loadWeight(half, weights, normWeights), e.fmul(a, inverse));
      d = e.fmul(e.loadWeight(half, weights, e.add(normWeights, size * 2)),
                 e.fmul(d, inverse));
      Value table = e.add(ropeAt, e.mul(t, rope.rowBytes));
      Value cosine = e.load(half, scratch, table);
      Value sine = e.load(half, scratch, e.add(table, size * 2));
      Value first = e.fsub(e.fmul(a, cosine), e.fmul(d, sine));
      Value second = e.fma(d, cosine, e.fmul(a, sine));
      if (!append) {
        e.store(first, scratch, z);
        e.store(second, scratch, e.add(z, size * 2));
        return;
      }
      storeKeys(cache, element, t, head, size, first, 0);
      storeKeys(cache, element, t, head, size, second, size / 2);
    };
    contractions.push_back(c);
  }

  /// Keys lie [head][position / 16][channel][position % 16].
  void storeKeys(Value cache, Type element, Value t, Value head, int64_t size,
                 Value values, int64_t channel) {
    constexpr int64_t tile = LFM2_CONTEXT_GRANULE;
    int64_t bytes = element.getIntOrFloatBitWidth() / 8;
    Value position = e.add(e.field("position"), t);
    Value context = e.field("context");
    Value block =
        e.add(e.mul(head, e.div(context, tile)), e.div(position, tile));
    Value at = e.add(
        e.add(builder.cacheBase(e, cache), e.mul(block, size * tile * bytes)),
        e.mul(e.rem(position, tile), bytes));
    int64_t n = cast<VectorType>(values.getType()).getNumElements();
    Value rounded = roundTo(values, element);
    Value states = e.pointer("state");
    for (int64_t i = 0; i < n; ++i)
      e.store(e.extract(rounded, i), states,
              e.add(at, (channel + i) * tile * bytes));
  }

  Type cacheElement(Value cache) {
    return cast<RankedTensorType>(cache.getType()).getElementType();
  }
  /// The f32 vector as elements of a cache.
  Value roundTo(Value values, Type element) {
    if (element.isF32())
      return values;
    int64_t n = cast<VectorType>(values.getType()).getNumElements();
    return arith::TruncFOp::create(e.b, e.loc, e.vec(n, element), values);
  }

  /// Values lie [head][position][channel].
  void addValues(lfm2::LinearOp linear, exec::CacheAppendOp append) {
    auto type = cast<RankedTensorType>(append.getValues().getType());
    int64_t heads = type.getDimSize(1), size = type.getDimSize(2);
    BufferRef out = headsBuffer("values", heads, size);
    builder.buffers[linear.getOutput()] = out;
    valuesOf.insert(append);
    Value at = builder.bufferAddress(e, out);
    Value cache = scope.state(append.getKeys());
    Type element = cacheElement(append.getValues());
    Contraction c{
        specOf(segment(linear.getWeightAttr(), 0, heads * size, size)),
        storeRows(out, at), nullptr};
    c.finishUnit = [=](Value t, Value head) {
      Value z = headAddress(out, at, t, head);
      Value rounded =
          roundTo(e.load(e.vec(size, e.f32()), scratch, z), element);
      int64_t rowBytes = size * element.getIntOrFloatBitWidth() / 8;
      Value context = e.field("context");
      Value row = e.add(e.mul(e.add(head, heads), context),
                        e.add(e.field("position"), t));
      e.store(rounded, e.pointer("state"),
              e.add(builder.cacheBase(e, cache), e.mul(row, rowBytes)));
    };
    contractions.push_back(c);
  }

  /// Stores finished rows where `out` has them.
  Contraction::Finish storeRows(const BufferRef &out, Value at) {
    return [=](Value t, Value row, ArrayRef<Value> v) {
      e.store(v[0], scratch, rowAddress(out, at, t, row));
    };
  }
  /// The channels of one head of a token.
  Value headAddress(const BufferRef &out, Value at, Value t, Value head) {
    return e.add(e.add(at, e.mul(t, out.rowBytes)),
                 e.mul(head, out.elementStride));
  }

  StepBuilder &builder;
  Emitter &e;
  FunctionScope &scope;
  exec::PhaseOp phase;
  Value scratch, weights, first, rows;
  BufferRef source; ///< Of what the contractions read, before its norm.
  int64_t lanes = 0;
  SmallVector<lfm2::LinearOp> linears;
  SmallVector<Contraction> contractions;
  /// Appends to caches whose keys, or values, are among the contractions.
  llvm::SmallPtrSet<Operation *, 2> keysOf, valuesOf;
  LogicalResult checked = success();
};

} // namespace

LogicalResult StepBuilder::emitContraction(Emitter &e, FunctionScope &scope,
                                           exec::PhaseOp phase) {
  return ContractionEmitter(*this, e, scope, phase).emit();
}

Value StepBuilder::cacheBase(Emitter &e, Value prefix) {
  return e.add(e.mul(prefix, e.field("context")), states.fixedBytes);
}
