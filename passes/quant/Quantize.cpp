// Choose the formats of matrices.
//
// Which weights may change, their readers say; which of those are the embedding
// and the head, too. All else is the recipe's (lib/Quantize/Recipe.h).

#include "dialects/lfm2/IR/LFM2Ops.h"
#include "lib/Quantize/Recipe.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "passes/quant/Passes.h"
#include "llvm/ADT/DenseMap.h"

namespace lfm2c {
#define GEN_PASS_DEF_QUANTIZEPASS
#include "passes/quant/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// What reads a weight.
struct Readers {
  bool products = false;  ///< Something multiplies by it.
  bool embedding = false; ///< A row of it is read for each token.
  bool head = false;      ///< It makes logits of its product.
  bool others = false;    ///< Something wants it as it is.
};

struct Quantize final : lfm2c::impl::QuantizePassBase<Quantize> {
  using QuantizePassBase::QuantizePassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto found =
        rules.empty() ? findRecipe(format) : parseRecipe(rules, format);
    if (!found) {
      module.emitError(llvm::toString(found.takeError()));
      return signalPassFailure();
    }
    llvm::DenseMap<StringAttr, Readers> readers;
    if (failed(findReaders(readers)))
      return signalPassFailure();

    std::vector<lfm2::WeightOp> weights;
    std::vector<WeightFacts> facts;
    for (auto weight : module.getOps<lfm2::WeightOp>()) {
      const Readers r = readers.lookup(weight.getSymNameAttr());
      if (r.others || (!r.products && !r.embedding && !r.head))
        continue;
      weights.push_back(weight);
      facts.push_back({weight.getSymName().str(), r.embedding, r.head});
    }
    auto chosen = applyRecipe(*found, facts);
    if (!chosen) {
      module.emitError(llvm::toString(chosen.takeError()));
      return signalPassFailure();
    }
    for (auto [weight, rule] : llvm::zip(weights, *chosen))
      if (rule)
        choose(weight, rule->format);
  }

private:
  LogicalResult findReaders(llvm::DenseMap<StringAttr, Readers> &readers) {
    ModuleOp module = getOperation();
    std::optional<SymbolTable::UseRange> uses =
        SymbolTable::getSymbolUses(&module.getBodyRegion());
    if (!uses)
      return module.emitError(
          "has an op of an unknown dialect, which may read weights "
          "in ways that are not seen");
    for (SymbolTable::SymbolUse use : *uses)
      if (!isa<lfm2::ModelOpInterface>(use.getUser()))
        readers[use.getSymbolRef().getLeafReference()].others = true;
    module.walk([&](lfm2::ModelOpInterface op) {
      for (const lfm2::WeightUse &use : op.getWeightUses()) {
        Readers &r = readers[use.weight.getAttr()];
        r.embedding |= use.isByTokenId && !use.isContracted;
        r.head |= use.isByTokenId && use.isContracted;
        r.products |= use.isContracted && !use.isByTokenId;
        r.others |= use.isAsItIs();
      }
    });
    return success();
  }

  void choose(lfm2::WeightOp weight, Format wanted) {
    const Format found = weight.getFormat();
    if (found == wanted)
      return;
    const FormatInfo &info = getFormatInfo(wanted);
    if (getFormatInfo(found).isQuantized()) {
      ++numLeft;
      weight.emitRemark("'")
          << weight.getSymName() << "' stays " << getFormatInfo(found).name
          << ": it is quantized already";
      return;
    }
    const int64_t columns = weight.getShape().back();
    Format taken = fallBack(wanted, columns);
    // Nothing is gained by other floats of as many bytes.
    if (taken != wanted && !getFormatInfo(taken).isQuantized() &&
        getFormatInfo(found).blockBytes <= getFormatInfo(taken).blockBytes)
      taken = found;
    if (taken != wanted) {
      ++numOthers;
      weight.emitRemark("'")
          << weight.getSymName() << "' "
          << (taken == found ? "stays " : "becomes ")
          << getFormatInfo(taken).name << ": its rows of " << columns
          << " are no whole blocks of " << info.blockElements << ", as "
          << info.name << " needs";
    }
    if (taken == found)
      return;
    ++numChanged;
    weight.setType(RankedTensorType::get(
        weight.getShape(), lfm2::getElementType(&getContext(), taken)));
  }
};

} // namespace
