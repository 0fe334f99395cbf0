// tile_dot4 in the tile registers of AMX.
//
// A tile register has up to 16 rows of 64 bytes: tokens of activations, vectors
// of weights, tokens of sums. tdpbssd multiplies signed bytes. Which register
// is which, and the one instruction that tells the CPU their shapes
// (ldtilecfg), are LLVM's to choose; it puts that ahead of the loops, since no
// shape depends on anything.

#include "dialects/exec/IR/Exec.h"
#include "targets/Intrinsics.h"
#include "targets/x86/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_X86LOWERTILEDOT4PASS
#include "targets/x86/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

constexpr int64_t tileRows = 16, tileRowBytes = 64;

bool fits(exec::TileDot4Op op) {
  int64_t dots = op.getDots(), tokens = op.getTokens();
  return tokens <= tileRows && dots <= tileRows && 4 * dots <= tileRowBytes &&
         op.dotBytes() <= tileRowBytes;
}

void lower(exec::TileDot4Op op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto tile = LLVM::LLVMX86AMXType::get(b.getContext());
  auto shape = [&](int64_t v) {
    return Value(LLVM::ConstantOp::create(b, loc, b.getI16IntegerAttr(v)));
  };
  auto bytes = [&](int64_t v) {
    return Value(LLVM::ConstantOp::create(b, loc, b.getI64IntegerAttr(v)));
  };
  auto call = [&](StringRef name, TypeRange results, ValueRange args) {
    return LLVM::CallIntrinsicOp::create(
        b, loc, results.empty() ? Type() : results.front(),
        b.getStringAttr(name), args);
  };
  auto address = [&](Value base, Value at, int64_t more) {
    return addressOf(b, loc, base, at, more);
  };
  auto load = [&](Value rows, Value rowBytes, Value from, int64_t stride) {
    return call("llvm.x86.tileloadd64.internal", tile,
                {rows, rowBytes, from, bytes(stride)})
        .getResult(0);
  };

  int64_t dots = op.getDots(), count = op.getCount();
  Value tokens = shape(op.getTokens()), sumBytes = shape(op.dotBytes());
  Value xBytes = shape(4 * dots), wRows = shape(dots);
  // Two products at a time, each with sums of its own: the second runs while
  // the first is stored. Their other tiles may share registers: the formats of
  // a layer have shapes of their own, and eight registers are all there are.
  for (int64_t first = 0; first < count; first += 2) {
    SmallVector<std::pair<int64_t, Value>, 2> made;
    for (int64_t p = first; p < std::min(first + 2, count); ++p) {
      Value sums = call("llvm.x86.tilezero.internal", tile, {tokens, sumBytes})
                       .getResult(0);
      Value x =
          load(tokens, xBytes, address(op.getX(), op.getXAt(), 4 * dots * p),
               op.getXStride());
      Value w = load(wRows, sumBytes,
                     address(op.getW(), op.getWAt(), p * dots * op.dotBytes()),
                     op.dotBytes());
      sums = call("llvm.x86.tdpbssd.internal", tile,
                  {tokens, sumBytes, xBytes, sums, x, w})
                 .getResult(0);
      made.push_back({p, sums});
    }
    for (auto [p, sums] : made)
      call("llvm.x86.tilestored64.internal", {},
           {tokens, sumBytes,
            address(op.getSums(), op.getSumsAt(), p * op.productBytes()),
            bytes(op.dotBytes()), sums});
  }
  op.erase();
}

struct LowerTileDot4 final
    : lfm2c::impl::X86LowerTileDot4PassBase<LowerTileDot4> {
  using X86LowerTileDot4PassBase::X86LowerTileDot4PassBase;

  void runOnOperation() override {
    getOperation().walk([](exec::TileDot4Op op) {
      if (fits(op))
        lower(op);
    });
  }
};

} // namespace
