// Stages by the engine that copies for a thread, from v68 on.
//
// What it is to do stands in a descriptor in memory, of 16 bytes for bytes in a
// row: the next descriptor; the number of bytes in 24 bits, with flags above
// them; where from; where to. Of the flags only the highest is used, which the
// engine sets when it is done. The caches are not passed by: near memory may be
// any memory.

#include "dialects/exec/IR/Exec.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "targets/hexagon/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_HEXAGONLOWERSTAGESPASS
#include "targets/hexagon/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

constexpr int64_t descriptorBytes = 16, mostBytes = (1 << 24) - 1;
constexpr int32_t isDone = INT32_MIN;

class Engine {
public:
  explicit Engine(func::FuncOp func) : func(func) {}

  void start(exec::StageStartOp op) {
    exec::LocalOp at = descriptor();
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto address = [&](Value base, Value offset) {
      return Value(arith::AddIOp::create(
          b, loc,
          LLVM::PtrToIntOp::create(b, loc, b.getI32Type(),
                                   pointer(b, loc, base)),
          arith::IndexCastOp::create(b, loc, b.getI32Type(), offset)));
    };
    write(b, at, 1, integer(b, loc, op.getBytes()));
    write(b, at, 2, address(op.getFrom(), op.getFromAt()));
    write(b, at, 3, address(op.getTo(), op.getToAt()));
    // What was written is to be seen by the engine.
    run(b, loc, "release($0):at\n\tdmstart($0)", "r,~{memory}", {},
        pointer(b, loc, at));
    op.erase();
  }

  /// An engine may rest before it is done, where addresses have yet to be
  /// looked up.
  void wait(exec::StageWaitOp op) {
    exec::LocalOp at = descriptor();
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto loop = scf::WhileOp::create(b, loc, TypeRange(), ValueRange());
    b.createBlock(&loop.getBefore());
    run(b, loc, "$0 = dmwait", "=r,~{memory}", b.getI32Type(), {});
    Value state = exec::LoadOp::create(b, loc, b.getI32Type(), at,
                                       index(b, loc, /*word=*/1));
    scf::ConditionOp::create(b, loc,
                             arith::CmpIOp::create(b, loc,
                                                   arith::CmpIPredicate::sge,
                                                   state, integer(b, loc, 0)),
                             ValueRange());
    b.createBlock(&loop.getAfter());
    scf::YieldOp::create(b, loc);
    op.erase();
  }

private:
  /// The thread's descriptor, which at first is one that is done.
  exec::LocalOp descriptor() {
    if (made)
      return made;
    OpBuilder b = OpBuilder::atBlockBegin(&func.getBody().front());
    Location loc = func.getLoc();
    made = exec::LocalOp::create(b, loc, descriptorBytes);
    write(b, made, 0, integer(b, loc, 0));
    write(b, made, 1, integer(b, loc, isDone));
    return made;
  }

  static Value integer(OpBuilder &b, Location loc, int64_t value) {
    return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
  }
  static Value pointer(OpBuilder &b, Location loc, Value base) {
    auto type = LLVM::LLVMPointerType::get(b.getContext());
    return UnrealizedConversionCastOp::create(b, loc, type, base).getResult(0);
  }
  static Value index(OpBuilder &b, Location loc, int64_t word) {
    return arith::ConstantIndexOp::create(b, loc, 4 * word);
  }
  static void write(OpBuilder &b, exec::LocalOp to, int64_t word, Value value) {
    exec::StoreOp::create(b, to.getLoc(), value, to,
                          index(b, to.getLoc(), word));
  }
  static void run(OpBuilder &b, Location loc, StringRef text,
                  StringRef constraints, TypeRange result, ValueRange inputs) {
    auto yes = b.getUnitAttr();
    LLVM::InlineAsmOp::create(
        b, loc, result, inputs, b.getStringAttr(text),
        b.getStringAttr(constraints), /*has_side_effects=*/yes,
        /*is_align_stack=*/UnitAttr(),
        LLVM::TailCallKindAttr::get(b.getContext(),
                                    LLVM::tailcallkind::TailCallKind::None),
        LLVM::AsmDialectAttr(), ArrayAttr());
  }

  func::FuncOp func;
  exec::LocalOp made;
};

struct LowerStages final
    : lfm2c::impl::HexagonLowerStagesPassBase<LowerStages> {
  using HexagonLowerStagesPassBase::HexagonLowerStagesPassBase;

  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      Engine engine(func);
      func.walk([&](Operation *op) {
        if (auto start = dyn_cast<exec::StageStartOp>(op)) {
          if (int64_t(start.getBytes()) <= mostBytes)
            engine.start(start);
        } else if (auto wait = dyn_cast<exec::StageWaitOp>(op)) {
          engine.wait(wait);
        }
      });
    }
  }
};

} // namespace
