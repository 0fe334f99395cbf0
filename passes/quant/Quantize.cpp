// Choose the formats of matrices.
//
// What a weight is for, its readers say: no name of a tensor is looked at. The
// formats that there are to choose from are those that lib/Weights encodes.

#include "dialects/lfm2/IR/LFM2Ops.h"
#include "lib/Weights/Format.h"
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
  bool embedding = false; ///< It holds a row per token id.
  bool others = false;    ///< Something that wants it as it is.
};

std::string encodableNames() {
  std::string names;
  for (Format format : allFormats())
    if (canQuantize(format))
      names += (names.empty() ? "" : ", ") + getFormatInfo(format).name.str();
  return names;
}

struct Quantize final : lfm2c::impl::QuantizePassBase<Quantize> {
  using QuantizePassBase::QuantizePassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    std::optional<Format> wanted = formatFromName(format);
    if (!wanted || !canQuantize(*wanted)) {
      module.emitError("cannot quantize to '")
          << format << "'; expected one of " << encodableNames();
      return signalPassFailure();
    }

    llvm::DenseMap<StringAttr, Readers> readers;
    std::optional<SymbolTable::UseRange> uses =
        SymbolTable::getSymbolUses(&module.getBodyRegion());
    if (!uses) {
      module.emitError(
          "has an op of an unknown dialect, which may read weights "
          "in ways that are not seen");
      return signalPassFailure();
    }
    for (SymbolTable::SymbolUse use : *uses)
      if (!isa<lfm2::ModelOpInterface>(use.getUser()))
        readers[use.getSymbolRef().getLeafReference()].others = true;
    module.walk([&](lfm2::ModelOpInterface op) {
      for (const lfm2::WeightUse &use : op.getWeightUses()) {
        Readers &r = readers[use.weight.getAttr()];
        r.embedding |= use.isByTokenId;
        r.products |= use.isContracted && !use.isByTokenId;
        r.others |= use.isAsItIs();
      }
    });
    for (auto weight : module.getOps<lfm2::WeightOp>()) {
      Readers r = readers.lookup(weight.getSymNameAttr());
      if (r.others || (!r.products && !r.embedding))
        continue;
      choose(weight, r.embedding ? forEmbedding(*wanted) : *wanted);
    }
  }

private:
  static Format forEmbedding(Format wanted) {
    unsigned bits = getFormatInfo(wanted).bits;
    return bits != 0 && bits < 8 ? Format::Q8_0 : wanted;
  }

  void choose(lfm2::WeightOp weight, Format wanted) {
    Format found = weight.getFormat();
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
    int64_t columns = weight.getShape().back();
    if (columns % info.blockElements != 0) {
      ++numLeft;
      weight.emitRemark("'")
          << weight.getSymName() << "' stays " << getFormatInfo(found).name
          << ": its rows of " << columns << " are no whole blocks of "
          << info.blockElements << ", as " << info.name << " needs";
      return;
    }
    ++numChanged;
    weight.setType(RankedTensorType::get(
        weight.getShape(), lfm2::getElementType(&getContext(), wanted)));
  }
};

} // namespace
