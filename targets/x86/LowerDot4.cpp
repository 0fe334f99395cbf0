// dot4 in the instructions of one x86-64 CPU.
//
// VNNI has the instruction. Before it there is pmaddubsw, which adds two
// products in 16 bits: as long as the bits of the weights leave room, several
// of its results are added there, before one pmaddwd widens them. So a whole
// chain of dot4 is lowered together. SSE2 multiplies in 16 bits from the start.

#include "mlir/IR/BuiltinOps.h"
#include "targets/Dot4Chains.h"
#include "targets/Intrinsics.h"
#include "targets/Lookups.h"
#include "targets/x86/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_X86LOWERDOT4PASS
#include "targets/x86/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// A dot4 form: its vectors in bytes and what it is made of.
struct Form {
  StringRef name;
  int64_t bytes;   ///< Of one vector of weights.
  StringRef dot;   ///< u8 x s8 in fours, or none.
  StringRef pairs; ///< u8 x s8 in twos, saturating 16 bits, or none.
  StringRef widen; ///< s16 x s16 in twos.
  StringRef sign;  ///< a negated where b is negative, or none.
};

// Packed layouts may be narrower than the CPU's vectors.
constexpr Form narrow16 = {"",
                           16,
                           "llvm.x86.avx512.vpdpbusd.128",
                           "llvm.x86.ssse3.pmadd.ub.sw.128",
                           "llvm.x86.sse2.pmadd.wd",
                           "llvm.x86.ssse3.psign.b.128"};

constexpr Form forms[] = {
    {"avx512vnni", 64, "llvm.x86.avx512.vpdpbusd.512", "", "", ""},
    {"avxvnni", 32, "llvm.x86.avx512.vpdpbusd.256", "",
     "llvm.x86.avx2.pmadd.wd", ""},
    {"avx2", 32, "", "llvm.x86.avx2.pmadd.ub.sw", "llvm.x86.avx2.pmadd.wd",
     "llvm.x86.avx2.psign.b"},
    {"ssse3", 16, "", "llvm.x86.ssse3.pmadd.ub.sw.128",
     "llvm.x86.sse2.pmadd.wd", "llvm.x86.ssse3.psign.b.128"},
    {"sse2", 16, "", "", "llvm.x86.sse2.pmadd.wd", ""},
};

class ChainLowering {
public:
  ChainLowering(OpBuilder &b, const Form &form, const Dot4Chain &chain)
      : b(b), loc(chain.loc), form(form), bits(chain.bits),
        isSigned(chain.isSigned), bytes(chain.bytes) {}

  Value lower(Value acc, ArrayRef<Dot4Factor> factors) {
    if (!form.dot.empty())
      return lowerVNNI(acc, factors);
    // The largest sum of two products, and how many fit 16 bits.
    int64_t most = isSigned ? 128 : (int64_t(1) << bits) - 1;
    int64_t room = 32767 / (2 * 127 * most);
    if (form.pairs.empty() || room == 0)
      return lowerWords(acc, factors);
    for (size_t i = 0; i < factors.size(); i += room) {
      Value sum;
      for (const Dot4Factor &f :
           factors.slice(i, std::min<size_t>(room, factors.size() - i))) {
        b.setInsertionPoint(f.op);
        Value pair = lowerPairs(f);
        sum = sum ? Value(arith::AddIOp::create(b, loc, sum, pair)) : pair;
      }
      Value ones = constant(words(), 1);
      acc = arith::AddIOp::create(b, loc, acc,
                                  intrinsic(form.widen, lanes(), {sum, ones}));
    }
    return acc;
  }

private:
  VectorType vectorOf(int64_t bitsEach) {
    return VectorType::get({bytes * 8 / bitsEach}, b.getIntegerType(bitsEach));
  }
  VectorType words() { return vectorOf(16); }
  VectorType lanes() { return vectorOf(32); }
  Value constant(VectorType type, int64_t value) {
    return splatInteger(b, loc, type, value);
  }
  Value intrinsic(StringRef name, Type type, ValueRange args) {
    return callIntrinsic(b, loc, name, type, args);
  }

  Value lowerVNNI(Value acc, ArrayRef<Dot4Factor> factors) {
    for (const Dot4Factor &f : factors) {
      b.setInsertionPoint(f.op);
      if (!isSigned) {
        acc = intrinsic(form.dot, lanes(), {acc, f.w, f.x});
        continue;
      }
      // w = (w + 128) - 128, and the second part is a product too.
      VectorType type = cast<VectorType>(f.w.getType());
      Value flip = constant(type, -128);
      Value shifted = arith::XOrIOp::create(b, loc, f.w, flip);
      Value over =
          intrinsic(form.dot, lanes(), {constant(lanes(), 0), flip, f.x});
      acc = intrinsic(form.dot, lanes(), {acc, shifted, f.x});
      acc = arith::SubIOp::create(b, loc, acc, over);
    }
    return acc;
  }

  Value lowerPairs(const Dot4Factor &f) {
    if (!isSigned)
      return intrinsic(form.pairs, words(), {f.w, f.x});
    // |w| * (x with w's sign); |-128| is 128 as an unsigned byte.
    VectorType type = cast<VectorType>(f.w.getType());
    Value magnitude = LLVM::AbsOp::create(b, loc, type, f.w, false);
    Value x = intrinsic(form.sign, type, {f.x, f.w});
    return intrinsic(form.pairs, words(), {magnitude, x});
  }

  /// Exact for any byte: even and odd bytes as words of their own.
  Value lowerWords(Value acc, ArrayRef<Dot4Factor> factors) {
    Value eight = constant(words(), 8), low = constant(words(), 255);
    auto bitcast = [&](Value v) {
      return Value(vector::BitCastOp::create(b, loc, words(), v));
    };
    auto odd = [&](Value v, bool withSign) {
      return withSign ? Value(arith::ShRSIOp::create(b, loc, v, eight))
                      : Value(arith::ShRUIOp::create(b, loc, v, eight));
    };
    auto even = [&](Value v, bool withSign) {
      if (!withSign)
        return Value(arith::AndIOp::create(b, loc, v, low));
      return odd(arith::ShLIOp::create(b, loc, v, eight), true);
    };
    for (const Dot4Factor &f : factors) {
      b.setInsertionPoint(f.op);
      Value w = bitcast(f.w), x = bitcast(f.x);
      for (Value sum :
           {intrinsic(form.widen, lanes(), {even(w, isSigned), even(x, true)}),
            intrinsic(form.widen, lanes(), {odd(w, isSigned), odd(x, true)})})
        acc = arith::AddIOp::create(b, loc, acc, sum);
    }
    return acc;
  }

  OpBuilder &b;
  Location loc;
  const Form &form;
  int64_t bits;
  bool isSigned;
  int64_t bytes;
};

/// pshufb, of whose 16 bytes each part of a vector has its own.
Value lowerLookup(OpBuilder &b, const LookupPiece &piece) {
  StringRef name = piece.bytes == 64   ? "llvm.x86.avx512.pshuf.b.512"
                   : piece.bytes == 32 ? "llvm.x86.avx2.pshuf.b"
                                       : "llvm.x86.ssse3.pshuf.b.128";
  return callIntrinsic(b, piece.loc, name, piece.index.getType(),
                       {repeatedTable(b, piece), piece.index});
}

/// The same form for vectors of `piece` bytes.
Form narrowed(const Form &form, int64_t piece) {
  Form used = form;
  if (!form.dot.empty() && piece == 32)
    used.dot = "llvm.x86.avx512.vpdpbusd.256";
  if (piece == 16) {
    used.dot = form.dot.empty() ? "" : narrow16.dot;
    used.pairs = form.pairs.empty() ? "" : narrow16.pairs;
    used.widen = narrow16.widen;
    used.sign = form.sign.empty() ? "" : narrow16.sign;
  }
  return used;
}

struct LowerDot4 final : lfm2c::impl::X86LowerDot4PassBase<LowerDot4> {
  using X86LowerDot4PassBase::X86LowerDot4PassBase;

  void runOnOperation() override {
    const Form *found = llvm::find_if(
        forms, [&](const Form &f) { return f.name == form.getValue(); });
    if (found == std::end(forms)) {
      getOperation().emitError("unknown form '")
          << form
          << "' of dot4; expected avx512vnni, avxvnni, avx2, ssse3 or sse2";
      return signalPassFailure();
    }
    WalkResult checked = getOperation().walk([&](exec::Dot4Op op) {
      int64_t lanes = cast<VectorType>(op.getAcc().getType()).getNumElements();
      if (lanes == 4 || lanes == 8 || lanes % 16 == 0)
        return WalkResult::advance();
      op.emitError("expected 4, 8 or a multiple of 16 lanes, which x86-64 has "
                   "vectors for, but found ")
          << lanes;
      return WalkResult::interrupt();
    });
    if (checked.wasInterrupted())
      return signalPassFailure();
    lowerLookups(getOperation(), found->bytes, lowerLookup);
    lowerDot4Chains(
        getOperation(), found->bytes,
        [&](OpBuilder &b, const Dot4Chain &chain) {
          Form used = narrowed(*found, chain.bytes);
          return ChainLowering(b, used, chain).lower(chain.acc, chain.factors);
        });
  }
};

} // namespace
