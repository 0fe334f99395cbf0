// tile_dot4 in the outer products of SME.
//
// smopa adds the products of 16 tokens with 16 rows, four columns of each, to
// 16 x 16 sums in a tile of the array ZA. Four tiles are all there are: two
// hold the sums of two products, one turns the tokens' bytes, which lie by
// token, into vectors of the same four columns of all tokens.
//
// That takes the streaming mode, in which most of NEON is missing and which
// costs tens of cycles to enter: a section becomes a function that is in it
// from start to end, and there LLVM makes SVE of its vectors. A row of sums is
// read straight from ZA.

#include "dialects/exec/IR/Exec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "targets/Intrinsics.h"
#include "targets/aarch64/Passes.h"
#include "llvm/Support/FormatVariadic.h"

namespace lfm2c {
#define GEN_PASS_DEF_AARCH64LOWERTILEDOT4PASS
#include "targets/aarch64/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// Sums in a row and in a column of a tile, which has 32-bit elements.
constexpr int64_t side = 16;
constexpr int64_t turningTile = 3;
/// Products whose sums are in tiles at the same time.
constexpr int64_t inFlight = 2;

/// The loads of the sums of a product of `op`.
struct RowLoad {
  exec::LoadOp load;
  int64_t product, row;
};

std::optional<int64_t> distance(Value offset, Value from) {
  if (offset == from)
    return 0;
  auto sum = offset.getDefiningOp<arith::AddIOp>();
  APInt more;
  if (!sum || sum.getLhs() != from ||
      !matchPattern(sum.getRhs(), m_ConstantInt(&more)))
    return std::nullopt;
  return more.getSExtValue();
}

/// Those of `op` in their order; none where it does not fit or where they come
/// in an order that tiles cannot follow.
SmallVector<RowLoad> findRows(exec::TileDot4Op op) {
  int64_t dots = op.getDots() * op.getCount();
  if (op.getTokens() != side || op.getLanes() != side ||
      (dots != side && dots != side / 2))
    return {};
  SmallVector<RowLoad> rows;
  for (Operation *at = op->getNextNode(); at && !isa<exec::TileDot4Op>(at);
       at = at->getNextNode()) {
    auto load = dyn_cast<exec::LoadOp>(at);
    if (!load || load.getBase() != op.getSums())
      continue;
    std::optional<int64_t> bytes = distance(load.getOffset(), op.getSumsAt());
    if (!bytes)
      continue;
    int64_t row = *bytes / op.dotBytes(), product = row / side;
    auto type = dyn_cast<VectorType>(load.getType());
    if (*bytes % op.dotBytes() != 0 || product >= int64_t(op.getCount()) ||
        !type || !type.getElementType().isInteger(32) ||
        type.getNumElements() != side)
      return {};
    if (!rows.empty() && product / inFlight < rows.back().product / inFlight)
      return {};
    rows.push_back({load, product, row % side});
  }
  return rows;
}

class TileLowering {
public:
  TileLowering(exec::TileDot4Op op, ArrayRef<Value> slices)
      : op(op), slices(slices), b(op), loc(op.getLoc()),
        words(vectorOf(4, b.getI32Type())) {}

  void lower(ArrayRef<RowLoad> rows) {
    allWords = truth(vectorOf(4, b.getI1Type()), vl16);
    allBytes = truth(vectorOf(16, b.getI1Type()), vl64);
    turnTokens();
    int64_t made = 0;
    for (RowLoad row : rows) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(row.load);
      for (; made <= row.product; made += inFlight)
        multiply(made, std::min<int64_t>(made + inFlight, op.getCount()));
      Value sums = readTile("horiz", row.product % inFlight, row.row);
      row.load.replaceAllUsesWith(Value(vector::ScalableExtractOp::create(
          b, loc, cast<VectorType>(row.load.getType()), sums, /*pos=*/0)));
      row.load.erase();
    }
    op.erase();
  }

private:
  VectorType vectorOf(int64_t least, Type element) {
    return VectorType::get({least}, element, {true});
  }
  Value integer(int64_t v) {
    return LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(v));
  }
  void call(StringRef name, ValueRange args) {
    LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr(name), args);
  }
  /// The first so many elements of a predicate, as SVE's instructions name it.
  enum Pattern : int64_t { vl8 = 8, vl16 = 9, vl64 = 11 };
  Value truth(VectorType type, Pattern pattern) {
    std::string name =
        llvm::formatv("llvm.aarch64.sve.ptrue.nxv{0}i1", type.getNumElements());
    return callIntrinsic(b, loc, name, type, integer(pattern));
  }
  /// Row or column `i` of a tile, in the form that instructions have of it: a
  /// register, and a number below four.
  Value slice(int64_t i) {
    return LLVM::AddOp::create(b, loc, slices[i / 4], integer(i % 4));
  }
  Value readTile(StringRef way, int64_t tile, int64_t i) {
    Value none = LLVM::PoisonOp::create(b, loc, words);
    return callIntrinsic(b, loc,
                         ("llvm.aarch64.sme.read." + way + ".nxv4i32").str(),
                         words, {none, allWords, integer(tile), slice(i)});
  }

  /// Writes the tokens' bytes into the rows of a tile: its columns are dots.
  void turnTokens() {
    bool isHalf = op.getDots() * op.getCount() < side;
    Value some = isHalf ? truth(vectorOf(4, b.getI1Type()), vl8) : allWords;
    for (int64_t t = 0; t < side; ++t)
      call("llvm.aarch64.sme.ld1w.horiz",
           {some,
            addressOf(b, loc, op.getX(), op.getXAt(), t * op.getXStride()),
            integer(turningTile), slice(t)});
  }

  /// The products from `first` to before `last`, side by side: an instruction
  /// need not wait for the one before.
  void multiply(int64_t first, int64_t last) {
    int64_t mask = 0, dots = op.getDots();
    for (int64_t p = first; p < last; ++p)
      mask |= 0x11 << p % inFlight; // Two of 64-bit elements each.
    call("llvm.aarch64.sme.zero", integer(mask));
    auto bytes = vectorOf(16, b.getI8Type());
    auto packed = VectorType::get({4 * side}, b.getI8Type());
    for (int64_t d = 0; d < dots; ++d)
      for (int64_t p = first; p < last; ++p) {
        int64_t dot = p * dots + d;
        Value x = LLVM::BitcastOp::create(b, loc, bytes,
                                          readTile("vert", turningTile, dot));
        Value w = LLVM::LoadOp::create(
            b, loc, packed,
            addressOf(b, loc, op.getW(), op.getWAt(), dot * op.dotBytes()),
            /*alignment=*/1);
        w = vector::ScalableInsertOp::create(
            b, loc, w, LLVM::PoisonOp::create(b, loc, bytes), /*pos=*/0);
        call("llvm.aarch64.sme.smopa.wide.nxv16i8",
             {integer(p % inFlight), allBytes, allBytes, x, w});
      }
  }

  exec::TileDot4Op op;
  ArrayRef<Value> slices;
  OpBuilder b;
  Location loc;
  VectorType words;
  Value allWords, allBytes;
};

/// 0, 4, 8 and 12 in registers, hidden from LLVM: it would take another
/// register for every row, and these four are all that rows are counted with.
SmallVector<Value> makeSlices(exec::TileSectionOp section) {
  OpBuilder b = OpBuilder::atBlockBegin(&section.getBody().front());
  Location loc = section.getLoc();
  SmallVector<Value> slices;
  for (int32_t i = 0; i < side; i += 4) {
    Value known = LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(i));
    slices.push_back(LLVM::InlineAsmOp::create(
                         b, loc, b.getI32Type(), known, /*asm_string=*/"",
                         /*constraints=*/"=r,0", /*has_side_effects=*/false,
                         /*is_align_stack=*/false,
                         LLVM::tailcallkind::TailCallKind::None,
                         LLVM::AsmDialectAttr(), ArrayAttr())
                         .getResult(0));
  }
  return slices;
}

/// Whether all products of the section are lowered.
bool lowerProducts(exec::TileSectionOp section) {
  SmallVector<std::pair<exec::TileDot4Op, SmallVector<RowLoad>>> products;
  section.walk(
      [&](exec::TileDot4Op op) { products.push_back({op, findRows(op)}); });
  if (products.empty() ||
      llvm::any_of(products, [](auto &p) { return p.second.empty(); }))
    return false;
  SmallVector<Value> slices = makeSlices(section);
  for (auto &[op, rows] : products)
    TileLowering(op, slices).lower(rows);
  return true;
}

/// Puts a call of a function `name` in the place of `section`. It gets what the
/// section needs from around it; constants go with it.
void outline(exec::TileSectionOp section, StringRef name) {
  llvm::SetVector<Value> needed;
  getUsedValuesDefinedAbove(section.getBody(), needed);
  SmallVector<Value> args;
  SmallVector<Type> types;
  for (Value v : needed)
    if (!matchPattern(v, m_Constant())) {
      args.push_back(v);
      types.push_back(v.getType());
    }
  OpBuilder b(section->getParentOfType<func::FuncOp>());
  Location loc = section.getLoc();
  auto function =
      func::FuncOp::create(b, loc, name, b.getFunctionType(types, {}));
  function.setPrivate();
  for (StringRef word : {"arm_locally_streaming", "arm_new_za"})
    function->setAttr(word, b.getUnitAttr());
  b.setInsertionPointToStart(function.addEntryBlock());
  IRMapping inside;
  inside.map(args, function.getArguments());
  for (Value v : needed)
    if (!inside.contains(v))
      b.clone(*v.getDefiningOp(), inside);
  for (Operation &op : section.getBody().front())
    b.clone(op, inside);
  func::ReturnOp::create(b, loc);
  b.setInsertionPoint(section);
  func::CallOp::create(b, loc, function, args);
  section.erase();
}

void inlineSection(exec::TileSectionOp section) {
  Block *body = &section.getBody().front();
  section->getBlock()->getOperations().splice(section->getIterator(),
                                              body->getOperations());
  section.erase();
}

struct LowerTileDot4 final
    : lfm2c::impl::AArch64LowerTileDot4PassBase<LowerTileDot4> {
  using AArch64LowerTileDot4PassBase::AArch64LowerTileDot4PassBase;

  void runOnOperation() override {
    SmallVector<exec::TileSectionOp> sections;
    getOperation().walk(
        [&](exec::TileSectionOp section) { sections.push_back(section); });
    for (auto [i, section] : llvm::enumerate(sections)) {
      if (!lowerProducts(section)) {
        inlineSection(section);
        continue;
      }
      auto parent = section->getParentOfType<func::FuncOp>();
      outline(section, ("tiles_" + Twine(i) + "_" + parent.getSymName()).str());
    }
  }
};

} // namespace
