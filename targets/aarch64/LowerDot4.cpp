// dot4 in the instructions of one AArch64 CPU.
//
// FEAT_DotProd has the instruction for signed weights, which those of 7 bits
// and less are as well; for 8 unsigned bits there is usdot in FEAT_I8MM. Before
// them there are products of 16 bits: as long as the bits of the weights leave
// room, those of several dots are added there, before pairs are widened.

#include "mlir/IR/BuiltinOps.h"
#include "targets/Dot4Chains.h"
#include "targets/Intrinsics.h"
#include "targets/Lookups.h"
#include "targets/aarch64/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_AARCH64LOWERDOT4PASS
#include "targets/aarch64/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

struct Form {
  StringRef name;
  bool hasDot, hasMixed, hasSVE; ///< sdot, usdot, and both with long vectors.
};
constexpr Form forms[] = {{"sve", true, false, true},
                          {"i8mm", true, true, false},
                          {"dotprod", true, false, false},
                          {"neon", false, false, false}};

/// The vector as the low part of one of SVE's, of any length.
Value scalable(OpBuilder &b, Location loc, Value v) {
  auto type = cast<VectorType>(v.getType());
  int64_t least = 128 / type.getElementTypeBitWidth();
  auto whole = VectorType::get({least}, type.getElementType(), {true});
  Value none = LLVM::PoisonOp::create(b, loc, whole);
  return vector::ScalableInsertOp::create(b, loc, v, none, /*pos=*/0);
}

/// tbl; SVE's takes the places in its whole vector, of which the table is the
/// low part.
Value lowerLookup(OpBuilder &b, const LookupPiece &piece) {
  Location loc = piece.loc;
  Value table = repeatedTable(b, piece);
  if (piece.bytes == 16)
    return callIntrinsic(b, loc, "llvm.aarch64.neon.tbl1.v16i8",
                         table.getType(), {table, piece.index});
  Value whole = scalable(b, loc, table);
  Value found =
      callIntrinsic(b, loc, "llvm.aarch64.sve.tbl.nxv16i8", whole.getType(),
                    {whole, scalable(b, loc, piece.index)});
  return vector::ScalableExtractOp::create(b, loc, table.getType(), found,
                                           /*pos=*/0);
}

class ChainLowering {
public:
  ChainLowering(OpBuilder &b, const Form &form, const Dot4Chain &chain)
      : b(b), loc(chain.loc), form(form), chain(chain) {}

  Value lower() {
    // 8 unsigned bits: the same less 128, and 128 times the activations.
    bool shifts = !chain.isSigned && chain.bits == 8 && !form.hasMixed;
    Value acc = form.hasDot ? lowerDots(shifts) : lowerWords(shifts);
    if (shifts)
      for (const Dot4Factor &f : chain.factors)
        acc = addActivations(acc, f.x);
    return acc;
  }

private:
  VectorType vectorOf(int64_t elements, int64_t bits) {
    return VectorType::get({elements}, b.getIntegerType(bits));
  }
  Value add(Value a, Value c) { return arith::AddIOp::create(b, loc, a, c); }
  Value call(StringRef name, Type type, ValueRange args) {
    return callIntrinsic(b, loc, name, type, args);
  }
  Value flipped(Value w) {
    auto type = cast<VectorType>(w.getType());
    return arith::XOrIOp::create(b, loc, w, splatInteger(b, loc, type, -128));
  }

  Value lowerDots(bool shifts) {
    bool isLong = chain.bytes > 16;
    bool isMixed = !chain.isSigned && chain.bits == 8 && !shifts;
    StringRef name = isLong    ? "llvm.aarch64.sve.sdot.nxv4i32"
                     : isMixed ? "llvm.aarch64.neon.usdot.v4i32.v16i8"
                               : "llvm.aarch64.neon.sdot.v4i32.v16i8";
    Value acc = isLong ? scalable(chain.acc) : chain.acc;
    for (const Dot4Factor &f : chain.factors) {
      b.setInsertionPoint(f.op);
      Value w = shifts ? flipped(f.w) : f.w, x = f.x;
      if (isLong) {
        w = scalable(w);
        x = scalable(x);
      }
      acc = call(name, acc.getType(), {acc, w, x});
    }
    if (isLong)
      acc = vector::ScalableExtractOp::create(b, loc, chain.acc.getType(), acc,
                                              /*pos=*/0);
    return acc;
  }

  Value scalable(Value v) { return ::scalable(b, loc, v); }

  /// Products of neighbouring dots are added in 16 bits, while two of each fit.
  Value lowerWords(bool shifts) {
    int64_t most =
        chain.isSigned || shifts ? 128 : (int64_t(1) << chain.bits) - 1;
    size_t room = std::max<int64_t>(1, 32767 / (2 * 127 * most));
    VectorType words = vectorOf(8, 16), lanes = vectorOf(4, 32);
    Value acc = chain.acc;
    for (size_t first = 0; first < chain.factors.size(); first += room) {
      Value sums[2];
      for (const Dot4Factor &f : chain.factors.slice(
               first, std::min(room, chain.factors.size() - first))) {
        b.setInsertionPoint(f.op);
        Value w = shifts ? flipped(f.w) : f.w;
        for (int64_t half : {0, 1}) {
          Value product = call("llvm.aarch64.neon.smull.v8i16", words,
                               {sliceOf(b, loc, w, 8 * half, 8),
                                sliceOf(b, loc, f.x, 8 * half, 8)});
          sums[half] = sums[half] ? add(sums[half], product) : product;
        }
      }
      Value pairs =
          call("llvm.aarch64.neon.addp.v8i16", words, {sums[0], sums[1]});
      acc =
          add(acc, call("llvm.aarch64.neon.saddlp.v4i32.v8i16", lanes, pairs));
    }
    return acc;
  }

  /// acc + 128 times the sums of four bytes.
  Value addActivations(Value acc, Value x) {
    auto type = cast<VectorType>(acc.getType());
    Value sums;
    for (int64_t at = 0; at < chain.bytes; at += 16) {
      Value part = call("llvm.aarch64.neon.saddlp.v4i32.v8i16", vectorOf(4, 32),
                        call("llvm.aarch64.neon.saddlp.v8i16.v16i8",
                             vectorOf(8, 16), sliceOf(b, loc, x, at, 16)));
      if (chain.bytes == 16) {
        sums = part;
        break;
      }
      if (!sums)
        sums = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
      sums = vector::InsertStridedSliceOp::create(
          b, loc, part, sums, ArrayRef<int64_t>{at / 4}, ArrayRef<int64_t>{1});
    }
    return add(acc, arith::ShLIOp::create(b, loc, sums,
                                          splatInteger(b, loc, type, 7)));
  }

  OpBuilder &b;
  Location loc;
  const Form &form;
  const Dot4Chain &chain;
};

struct LowerDot4 final : lfm2c::impl::AArch64LowerDot4PassBase<LowerDot4> {
  using AArch64LowerDot4PassBase::AArch64LowerDot4PassBase;

  void runOnOperation() override {
    const Form *found = llvm::find_if(
        forms, [&](const Form &f) { return f.name == form.getValue(); });
    if (found == std::end(forms)) {
      getOperation().emitError("unknown form '")
          << form << "' of dot4; expected sve, i8mm, dotprod or neon";
      return signalPassFailure();
    }
    int64_t bytes = found->hasSVE ? int64_t(vectorBytes) : 16;
    WalkResult checked = getOperation().walk([&](exec::Dot4Op op) {
      int64_t lanes = cast<VectorType>(op.getAcc().getType()).getNumElements();
      if (lanes % 4 == 0 && 4 * lanes % std::min(4 * lanes, bytes) == 0)
        return WalkResult::advance();
      op.emitError("expected a number of lanes that AArch64 has vectors of ")
          << bytes << " bytes for, but found " << lanes;
      return WalkResult::interrupt();
    });
    if (checked.wasInterrupted())
      return signalPassFailure();
    lowerLookups(getOperation(), bytes, lowerLookup);
    lowerDot4Chains(getOperation(), bytes,
                    [&](OpBuilder &b, const Dot4Chain &chain) {
                      return ChainLowering(b, *found, chain).lower();
                    });
  }
};

} // namespace
