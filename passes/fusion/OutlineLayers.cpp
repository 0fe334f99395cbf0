// Alike layers become one function.
//
// The importer marked the ops of each layer. Two layers are alike when their
// phases are equivalent once weights are named by what they are in the layer
// and values by their order. What remains different, the weights and the state,
// is what a call passes.

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"
#include "passes/fusion/Passes.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

namespace lfm2c {
#define GEN_PASS_DEF_OUTLINELAYERSPASS
#include "passes/fusion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// The phases of one layer, in order.
struct Layer {
  lfm2::LayerAttr mark;
  SmallVector<exec::PhaseOp> phases;
};

/// The layers of `block` by the marks of its phases; fails where one is cut in
/// two.
FailureOr<SmallVector<Layer>> findLayers(Block &block) {
  SmallVector<Layer> layers;
  llvm::SmallDenseSet<int64_t> seen;
  lfm2::LayerAttr before;
  for (auto phase : block.getOps<exec::PhaseOp>()) {
    lfm2::LayerAttr mark = lfm2::getLayer(phase);
    if (mark && mark != before) {
      if (!seen.insert(mark.getIndex()).second)
        return phase.emitError("phase '")
               << phase.getName() << "' is of layer " << mark.getIndex()
               << ", which ended before; expected the phases of a layer "
                  "behind each other, with one kind";
      layers.push_back({mark, {}});
    }
    if (mark)
      layers.back().phases.push_back(phase);
    before = mark;
  }
  return layers;
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
    return llvm::any_of(layer.phases,
                        [&](exec::PhaseOp p) { return p->isAncestor(op); });
  };
  for (exec::PhaseOp phase : layer.phases) {
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
  for (exec::PhaseOp phase : layer.phases) {
    Operation *copy = inside.clone(*phase, mapping);
    lfm2::setLayer(copy, nullptr);
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
    FailureOr<SmallVector<Layer>> layers =
        findLayers(forward.getBody().front());
    if (failed(layers))
      return signalPassFailure();
    SmallVector<exec::LayerOp> kinds;
    OpBuilder top(forward);
    for (const Layer &layer : *layers) {
      Interface interface = findInterface(layer, symbols);
      exec::LayerOp made = outline(layer, interface, top, "layer");
      auto kind = llvm::find_if(kinds, [&](exec::LayerOp other) {
        return OperationEquivalence::isRegionEquivalentTo(
            &other.getBody(), &made.getBody(),
            OperationEquivalence::IgnoreLocations);
      });
      if (kind == kinds.end()) {
        StringRef kindName = layer.mark.getKind();
        std::string name = kindName.str();
        for (int n = 1; symbols.lookup(name); ++n)
          name = (kindName + "_" + Twine(n)).str();
        made.setSymName(name);
        symbols.insert(made);
        kinds.push_back(made);
        kind = std::prev(kinds.end());
        ++numKinds;
      } else {
        made.erase();
      }
      ++numLayers;
      replace(layer, interface, *kind);
    }
  }

  void replace(const Layer &layer, const Interface &interface,
               exec::LayerOp kind) {
    exec::PhaseOp first = layer.phases.front();
    OpBuilder b(first);
    SmallVector<Attribute> weights;
    for (auto [symbol, weight] : interface.weights)
      weights.push_back(FlatSymbolRefAttr::get(symbol));
    auto call = exec::CallOp::create(
        b, first.getLoc(), TypeRange(ValueRange(interface.outputs)),
        kind.getSymName(), interface.inputs.getArrayRef(),
        b.getArrayAttr(weights));
    for (auto [inner, outer] : llvm::zip(interface.outputs, call.getResults()))
      Value(inner).replaceAllUsesWith(outer);
    for (exec::PhaseOp phase : llvm::reverse(layer.phases))
      phase.erase();
  }
};

} // namespace
