//===- OutlineLayers.cpp - alike layers become one function ---------------===//
//
// Two layers are alike when their phases print the same once weights are named
// by their order and values by theirs. What remains different, the weights and
// the state, is what a call passes.
//
//===----------------------------------------------------------------------===//

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "passes/fusion/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace lfm2c {
#define GEN_PASS_DEF_OUTLINELAYERSPASS
#include "passes/fusion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

using Layer = SmallVector<exec::PhaseOp>;

/// Whether the phase ends a feed-forward part: it adds what a contraction made
/// of SwiGLU's or of the experts' activations to the residual.
bool endsLayer(exec::PhaseOp phase) {
  for (Operation &op : phase.getBody().front()) {
    if (isa<exec::ExpertDownOp>(op))
      return true;
    auto linear = dyn_cast<lfm2::LinearOp>(op);
    if (!linear)
      continue;
    auto result = dyn_cast<OpResult>(linear.getX());
    auto source = result ? dyn_cast<exec::PhaseOp>(result.getOwner()) : nullptr;
    if (!source)
      continue;
    auto yield = cast<exec::YieldOp>(source.getBody().front().getTerminator());
    if (yield.getValues()[result.getResultNumber()]
            .getDefiningOp<lfm2::SwiGLUOp>())
      return true;
  }
  return false;
}

SmallVector<Layer> findLayers(Block &block) {
  SmallVector<Layer> layers;
  Layer running;
  for (auto phase : block.getOps<exec::PhaseOp>()) {
    Operation &first = phase.getBody().front().front();
    if (isa<lfm2::EmbedOp>(first))
      continue;
    running.push_back(phase);
    if (endsLayer(phase)) {
      layers.push_back(std::move(running));
      running.clear();
    }
  }
  return layers; // What still runs is the head.
}

/// What a layer reads from outside and gives to the outside, in order of use.
struct Interface {
  llvm::SetVector<Value> inputs;
  SmallVector<Value> outputs;
  llvm::MapVector<StringAttr, lfm2::WeightOp> weights;
};

Interface findInterface(const Layer &layer, SymbolTable &symbols) {
  Interface found;
  auto isInside = [&](Operation *op) {
    return llvm::any_of(layer,
                        [&](exec::PhaseOp p) { return p->isAncestor(op); });
  };
  for (exec::PhaseOp phase : layer) {
    phase->walk([&](Operation *op) {
      for (Value v : op->getOperands()) {
        Operation *owner = v.getDefiningOp();
        if (!owner || !isInside(owner))
          found.inputs.insert(v);
      }
      for (NamedAttribute named : op->getAttrs())
        if (auto ref = dyn_cast<FlatSymbolRefAttr>(named.getValue()))
          found.weights.insert(
              {ref.getAttr(), symbols.lookup<lfm2::WeightOp>(ref.getValue())});
    });
    for (Value v : phase.getResults())
      if (llvm::any_of(v.getUsers(),
                       [&](Operation *user) { return !isInside(user); }))
        found.outputs.push_back(v);
  }
  return found;
}

/// `blk.3.ffn_up.weight` -> `ffn_up`; made unique by the caller.
std::string parameterName(StringRef weight) {
  weight.consume_back(".weight");
  return weight.rsplit('.').second.empty() ? weight.str()
                                           : weight.rsplit('.').second.str();
}

/// `conv_ffn`, `attn_moe`: what the layer is made of.
std::string kindName(const Layer &layer) {
  bool attention = false, experts = false;
  for (exec::PhaseOp phase : layer)
    phase->walk([&](Operation *op) {
      attention |= isa<exec::AttendOp>(op);
      experts |= isa<exec::ExpertDownOp>(op);
    });
  return std::string(attention ? "attn" : "conv") + (experts ? "_moe" : "_ffn");
}

exec::LayerOp outline(const Layer &layer, const Interface &interface,
                      OpBuilder &b, StringRef name) {
  Location loc = b.getUnknownLoc();
  auto op = exec::LayerOp::create(b, loc, name);
  Block *body = &op.getBody().emplaceBlock();
  IRMapping mapping;
  for (Value v : interface.inputs)
    mapping.map(v, body->addArgument(v.getType(), loc));
  OpBuilder inside = OpBuilder::atBlockEnd(body);
  llvm::StringSet<> taken;
  llvm::DenseMap<StringAttr, FlatSymbolRefAttr> renamed;
  for (auto [symbol, weight] : interface.weights) {
    std::string param = parameterName(symbol.getValue());
    while (!taken.insert(param).second)
      param += "_";
    lfm2::WeightOp::create(inside, loc, param, weight.getType());
    renamed[symbol] = FlatSymbolRefAttr::get(b.getContext(), param);
  }
  AttrTypeReplacer replacer;
  replacer.addReplacement(
      [&](FlatSymbolRefAttr ref) -> std::optional<Attribute> {
        auto it = renamed.find(ref.getAttr());
        if (it == renamed.end())
          return std::nullopt;
        return it->second;
      });
  SmallVector<Value> outputs;
  for (exec::PhaseOp phase : layer) {
    Operation *copy = inside.clone(*phase, mapping);
    copy->walk([&](Operation *inner) {
      replacer.replaceElementsIn(inner, /*replaceAttrs=*/true,
                                 /*replaceLocs=*/false, /*replaceTypes=*/false);
      inner->setLoc(loc);
    });
  }
  for (Value v : interface.outputs)
    outputs.push_back(mapping.lookup(v));
  exec::YieldOp::create(inside, loc, outputs);
  return op;
}

struct OutlineLayers final : lfm2c::impl::OutlineLayersPassBase<OutlineLayers> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward)
      return;
    llvm::StringMap<exec::LayerOp> kinds;
    OpBuilder top(forward);
    llvm::StringMap<int> count;
    for (Layer &layer : findLayers(forward.getBody().front())) {
      Interface interface = findInterface(layer, symbols);
      exec::LayerOp made = outline(layer, interface, top, "layer");
      std::string text;
      llvm::raw_string_ostream os(text);
      made->print(os, OpPrintingFlags().useLocalScope());
      auto [kind, isNew] = kinds.try_emplace(text, made);
      if (isNew) {
        std::string name = kindName(layer);
        if (int n = count[name]++)
          name += "_" + std::to_string(n);
        made.setSymName(name);
        ++numKinds;
      } else {
        made.erase();
      }
      ++numLayers;
      replace(layer, interface, kind->second);
    }
  }

  void replace(Layer &layer, const Interface &interface, exec::LayerOp kind) {
    OpBuilder b(layer.front());
    SmallVector<Attribute> weights;
    for (auto [symbol, weight] : interface.weights)
      weights.push_back(FlatSymbolRefAttr::get(symbol));
    auto call = exec::CallOp::create(
        b, layer.front().getLoc(), TypeRange(ValueRange(interface.outputs)),
        kind.getSymName(), interface.inputs.getArrayRef(),
        b.getArrayAttr(weights));
    for (auto [inner, outer] : llvm::zip(interface.outputs, call.getResults()))
      Value(inner).replaceAllUsesWith(outer);
    for (exec::PhaseOp phase : llvm::reverse(layer))
      phase.erase();
  }
};

} // namespace
