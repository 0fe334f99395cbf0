// The order of a layer is that of the model's own code: norm, token mixer,
// residual, norm, feed-forward, residual. What differs between the models of
// the family (map of layers, sizes, experts) is read from the config; the
// shapes of the weights are those of the tensors.

#include "frontends/ImportModel.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "dialects/lfm2/IR/Roles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::lfm2;
using llvm::Twine;

namespace {

class Importer {
public:
  Importer(const Checkpoint &checkpoint, MLIRContext &context)
      : checkpoint(checkpoint), config(checkpoint.config), builder(&context),
        module(ModuleOp::create(builder.getUnknownLoc())),
        here(builder.getUnknownLoc()) {}

  OwningOpRef<ModuleOp> run() {
    describeModel();
    openFunction();

    here = nameLoc("token_embd");
    Value x = EmbedOp::create(builder, here, activations(config.hidden),
                              function.getArgument(0),
                              weight("token_embd.weight"), embeddings());
    for (size_t i = 0; i < config.layers.size(); ++i) {
      Operation *before = &function.back().back();
      x = layer(i, config.layers[i], x);
      markLayer(before, i);
    }

    here = nameLoc("output");
    x = norm(x, "token_embd_norm.weight");
    closeFunction(x);
    return std::move(module);
  }

private:
  // Module, function, weights.

  void describeModel() {
    SmallVector<lfm2::LayerKind> kinds;
    for (const LayerConfig &layer : config.layers)
      kinds.push_back(layer.kind == lfm2c::LayerKind::Conv
                          ? lfm2::LayerKind::conv
                          : lfm2::LayerKind::attention);
    (*module)->setAttr(
        kModelAttrName,
        ModelAttr::get(builder.getContext(), config.name, config.architecture,
                       config.hidden, config.vocab, config.heads,
                       config.headSize, config.convTaps, config.contextLength,
                       llvm::APFloat(config.normEps),
                       llvm::APFloat(config.ropeTheta), config.causal, kinds,
                       ropeScaling()));
    (*module)->setAttr(kSourceAttrName, builder.getStringAttr(checkpoint.path));
  }

  /// A function of the arguments alone; its results are known at its end.
  void openFunction() {
    builder.setInsertionPointToEnd(module->getBody());
    function = func::FuncOp::create(builder, here, "forward",
                                    builder.getFunctionType({}, {}));
    builder.setInsertionPointToEnd(function.addEntryBlock());
    addArgument(
        RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type()),
        Role::tokens);
    addArgument(builder.getIndexType(), Role::position);
    addArgument(activations(config.hidden), Role::embeddings);
  }

  /// What is made of the hidden states, then the states for the next call.
  void closeFunction(Value hidden) {
    SmallVector<std::pair<Value, Role>> all;
    if (config.causal || config.embedding.hasLogits)
      all.push_back(
          {HeadOp::create(
               builder, here, activations(config.vocab), hidden,
               weight(config.tiedHead ? "token_embd.weight" : "output.weight")),
           Role::logits});
    all.push_back({hidden, Role::hidden});
    if (config.embedding.hasVectors)
      all.push_back({vectors(hidden), config.embedding.perToken
                                          ? Role::token_vectors
                                          : Role::vectors});
    all.append(nextStates);

    auto values = llvm::to_vector(llvm::make_first_range(all));
    func::ReturnOp::create(builder, here, values);
    function.setType(builder.getFunctionType(function.getArgumentTypes(),
                                             TypeRange(ValueRange(values))));
    for (auto [i, result] : llvm::enumerate(all))
      setResultRole(function, i, result.second);
  }

  /// What a model for search makes of the hidden states of a text.
  Value vectors(Value x) {
    const EmbeddingConfig &embedding = config.embedding;
    here = nameLoc("vectors");
    if (!embedding.perToken)
      x = PoolOp::create(builder, here, x.getType(), x, poolKind());
    prefix = "";
    for (auto [i, outputs] : llvm::enumerate(embedding.projections))
      x = linear(x, projectionName(i), outputs);
    return x;
  }

  PoolKind poolKind() {
    switch (config.embedding.pooling) {
    case Pooling::Mean:
      return PoolKind::mean;
    case Pooling::CLS:
      return PoolKind::cls;
    case Pooling::Last:
      return PoolKind::last;
    case Pooling::None:
      break;
    }
    llvm_unreachable("importModel() takes verified checkpoints");
  }

  Value addArgument(Type type, Role role) {
    unsigned at = function.getNumArguments();
    if (failed(function.insertArgument(at, type, {}, here)))
      llvm_unreachable("a function takes any argument");
    setArgumentRole(function, at, role);
    return function.getArgument(at);
  }

  /// The symbol of a weight, which is declared at its first use.
  FlatSymbolRefAttr weight(const Twine &name) {
    std::string text = name.str();
    auto symbol = FlatSymbolRefAttr::get(builder.getContext(), text);
    if (!declared.insert(text).second)
      return symbol;
    const Tensor *tensor = checkpoint.find(text);
    assert(tensor && "importModel() takes verified checkpoints");
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(function);
    auto type = RankedTensorType::get(
        tensor->shape, getElementType(builder.getContext(), tensor->format));
    WeightOp::create(builder, here, symbol.getAttr(), TypeAttr::get(type));
    return symbol;
  }

  Location nameLoc(const Twine &name) {
    return NameLoc::get(builder.getStringAttr(name));
  }

  Type activations(int64_t channels) {
    return RankedTensorType::get({ShapedType::kDynamic, channels},
                                 builder.getF32Type());
  }

  Type cacheType(const LayerConfig &layer) {
    // Full precision where the checkpoint has it; else the cache of f16 loses
    // less than the weights have lost.
    const Tensor *table = checkpoint.find("token_embd.weight");
    Type element = table && table->format == Format::F32
                       ? Type(builder.getF32Type())
                       : builder.getF16Type();
    return RankedTensorType::get(
        {ShapedType::kDynamic, layer.kvHeads, config.headSize}, element);
  }

  // One layer.

  Value layer(size_t index, const LayerConfig &layer, Value x) {
    prefix = ("blk." + Twine(index) + ".").str();
    here = nameLoc("blk." + Twine(index));
    Value u = norm(x, prefix + "attn_norm.weight");
    Value mixed = layer.kind == lfm2c::LayerKind::Conv ? shortConv(u)
                                                       : attention(layer, u);
    x = arith::AddFOp::create(builder, here, x, mixed);
    u = norm(x, prefix + "ffn_norm.weight");
    Value fed = layer.isMoE() ? experts(layer, u) : feedForward(layer, u);
    return arith::AddFOp::create(builder, here, x, fed);
  }

  /// Marks the ops behind `before` as those of layer `index`.
  void markLayer(Operation *before, size_t index) {
    const LayerConfig &layer = config.layers[index];
    std::string kind = layer.kind == lfm2c::LayerKind::Conv ? "conv" : "attn";
    kind += layer.isMoE() ? "_moe" : "_ffn";
    auto mark = LayerAttr::get(builder.getContext(), index, kind);
    while ((before = before->getNextNode()))
      setLayer(before, mark);
  }

  Value shortConv(Value u) {
    Value gates = linear(u, "shortconv.in_proj.weight", 3 * config.hidden);
    FlatSymbolRefAttr filter = weight(prefix + "shortconv.conv.weight");
    Value y;
    if (config.causal) {
      Type state = RankedTensorType::get({config.convTaps - 1, config.hidden},
                                         builder.getF32Type());
      auto op = ShortConvOp::create(builder, here, activations(config.hidden),
                                    state, gates, filter,
                                    addArgument(state, Role::conv_state));
      nextStates.push_back({op.getNextState(), Role::conv_state});
      y = op.getOutput();
    } else {
      y = CentredConvOp::create(builder, here, activations(config.hidden),
                                gates, filter);
    }
    return linear(y, "shortconv.out_proj.weight", config.hidden);
  }

  Value attention(const LayerConfig &layer, Value u) {
    int64_t width = config.heads * config.headSize;
    int64_t kvWidth = layer.kvHeads * config.headSize;
    Value q = linear(u, "attn_q.weight", width);
    Value k = linear(u, "attn_k.weight", kvWidth);
    Value v = linear(u, "attn_v.weight", kvWidth);
    q = headNormRope(q, "attn_q_norm.weight", config.heads);
    k = headNormRope(k, "attn_k_norm.weight", layer.kvHeads);
    Value keys = addArgument(cacheType(layer), Role::keys);
    Value values = addArgument(cacheType(layer), Role::values);
    auto op = AttentionOp::create(builder, here, q.getType(), keys.getType(),
                                  values.getType(), q, k, v, keys, values,
                                  position(), config.heads, layer.kvHeads,
                                  config.headSize, config.causal);
    nextStates.push_back({op.getNextKeys(), Role::keys});
    nextStates.push_back({op.getNextValues(), Role::values});
    return linear(op.getOutput(), "attn_output.weight", config.hidden);
  }

  Value feedForward(const LayerConfig &layer, Value u) {
    Value gate = linear(u, "ffn_gate.weight", layer.ffnSize);
    Value up = linear(u, "ffn_up.weight", layer.ffnSize);
    Value active = SwiGLUOp::create(builder, here, gate.getType(), gate, up);
    return linear(active, "ffn_down.weight", config.hidden);
  }

  Value experts(const LayerConfig &layer, Value u) {
    FlatSymbolRefAttr router = weight(prefix + "ffn_gate_inp.weight"), bias;
    if (layer.hasExpertBias)
      bias = weight(prefix + "exp_probs_b.bias");
    Type ids = RankedTensorType::get({ShapedType::kDynamic, layer.expertsUsed},
                                     builder.getI32Type());
    auto route = RouteOp::create(
        builder, here, activations(layer.expertsUsed), ids, u, router, bias,
        builder.getI64IntegerAttr(layer.expertsUsed),
        config.normTopK ? builder.getUnitAttr() : UnitAttr(),
        builder.getF64FloatAttr(config.routedScale));
    FlatSymbolRefAttr gate = weight(prefix + "ffn_gate_exps.weight");
    FlatSymbolRefAttr up = weight(prefix + "ffn_up_exps.weight");
    FlatSymbolRefAttr down = weight(prefix + "ffn_down_exps.weight");
    return ExpertsOp::create(builder, here, u.getType(), u, route.getWeights(),
                             route.getExperts(), gate, up, down);
  }

  // Ops used in several places.

  Value position() { return function.getArgument(1); }
  Value embeddings() { return function.getArgument(2); }

  Value norm(Value x, const Twine &name) {
    return RMSNormOp::create(builder, here, x.getType(), x, weight(name),
                             builder.getF64FloatAttr(config.normEps));
  }

  Value linear(Value x, const Twine &leaf, int64_t outputs) {
    return LinearOp::create(builder, here, activations(outputs), x,
                            weight(prefix + leaf));
  }

  Value headNormRope(Value x, const Twine &leaf, int64_t heads) {
    return HeadNormRopeOp::create(
        builder, here, x.getType(), x, weight(prefix + leaf), position(),
        builder.getI64IntegerAttr(heads),
        builder.getI64IntegerAttr(config.headSize),
        builder.getF64FloatAttr(config.normEps),
        builder.getF64FloatAttr(config.ropeTheta), ropeScaling());
  }

  /// Null where the rotary positions are not scaled.
  RopeScalingAttr ropeScaling() {
    const RopeScaling &scaling = config.ropeScaling;
    if (scaling.isNeutral())
      return nullptr;
    return RopeScalingAttr::get(
        builder.getContext(), llvm::APFloat(scaling.magnitude),
        builder.getDenseF64ArrayAttr(
            ropeScales(scaling, config.headSize, config.ropeTheta)));
  }

  const Checkpoint &checkpoint;
  const ModelConfig &config;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  llvm::StringSet<> declared;
  // In the order of the layers.
  SmallVector<std::pair<Value, Role>> nextStates;
  std::string prefix; // "blk.N." of the layer at hand.
  Location here;
};

} // namespace

OwningOpRef<ModuleOp> lfm2c::importModel(const Checkpoint &checkpoint,
                                         MLIRContext &context) {
  context.loadDialect<LFM2Dialect, func::FuncDialect, arith::ArithDialect>();
  return Importer(checkpoint, context).run();
}
