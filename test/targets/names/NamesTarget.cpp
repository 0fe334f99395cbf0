// A target that replaces tiling altogether: its program is a list of the
// phases' names, and it makes text of that without LLVM.
#include "dialects/exec/IR/Exec.h"
#include "lib/Support/Error.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "targets/Target.h"
#include "llvm/Support/raw_ostream.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {

/// In the place of the model, a function of one phase without results after the
/// other.
struct NamePhases final
    : mlir::PassWrapper<NamePhases, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(NamePhases)

  void runOnOperation() override {
    mlir::ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<mlir::func::FuncOp>("forward");
    mlir::OpBuilder b = mlir::OpBuilder::atBlockBegin(module.getBody());
    auto step = mlir::func::FuncOp::create(b, forward.getLoc(), "step_1",
                                           b.getFunctionType({}, {}));
    b.setInsertionPointToStart(step.addEntryBlock());
    auto add = [&](exec::PhaseOp phase) {
      auto named = exec::PhaseOp::create(
          b, phase.getLoc(), mlir::TypeRange(), phase.getNameAttr(),
          exec::ScheduleAttr(), mlir::StringAttr());
      mlir::OpBuilder inside(b.getContext());
      inside.createBlock(&named.getBody());
      exec::YieldOp::create(inside, phase.getLoc(), mlir::ValueRange());
    };
    for (mlir::Operation &op : forward.getBody().front()) {
      if (auto phase = llvm::dyn_cast<exec::PhaseOp>(op))
        add(phase);
      if (auto call = llvm::dyn_cast<exec::CallOp>(op))
        for (auto phase : module.lookupSymbol<exec::LayerOp>(call.getLayer())
                              .getBody()
                              .front()
                              .getOps<exec::PhaseOp>())
          add(phase);
    }
    mlir::func::ReturnOp::create(b, forward.getLoc());
    for (mlir::Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (&op != step)
        op.erase();
    module->setAttr(
        "exec.entries",
        b.getArrayAttr(exec::EntryAttr::get(
            b.getContext(), "decode", /*tokens=*/1, "step_1",
            /*scratch=*/std::nullopt, /*near=*/0, nullptr, nullptr, nullptr)));
    for (StringRef name :
         {"exec.state_fixed", "exec.state_per_token", "exec.state_head"})
      module->setAttr(name, b.getI64IntegerAttr(0));
  }
};

class NamesTarget final : public Target {
  StringRef getDescription() const override { return "names, for a test"; }
  StringRef getTriple() const override { return "names-none-none"; }
  bool isHost() const override { return false; }

  llvm::Expected<std::vector<TargetVariant>> select(StringRef,
                                                    int64_t) const override {
    TargetVariant variant;
    variant.name = variant.cpu = "reader";
    return std::vector<TargetVariant>{variant};
  }
  void listCpus(llvm::raw_ostream &os) const override { os << "  reader\n"; }
  llvm::ArrayRef<Emit> getOutputs() const override {
    static constexpr Emit outputs[] = {Emit::Assembly};
    return outputs;
  }

  void registerDialects(mlir::DialectRegistry &registry) const override {
    registry.insert<exec::ExecDialect>();
  }
  void buildTilePipeline(mlir::OpPassManager &pm, const TargetVariant &,
                         const TileOptions &) const override {
    pm.addPass(std::make_unique<NamePhases>());
  }
  void buildCodegenPipeline(mlir::OpPassManager &, const TargetVariant &,
                            CodeUse) const override {}
  llvm::Expected<Code> emit(mlir::ModuleOp module, const TargetVariant &,
                            const EmitOptions &options,
                            EmitKind) const override {
    Code code;
    Image &image = code.images.emplace_back();
    image.name = options.name + ".txt";
    llvm::raw_svector_ostream os(image.bytes);
    module.walk([&](exec::PhaseOp phase) { os << phase.getName() << '\n'; });
    return code;
  }
  llvm::Expected<std::vector<Image>> emitTable(llvm::Module &,
                                               const TargetVariant &,
                                               const EmitOptions &,
                                               EmitKind) const override {
    return std::vector<Image>();
  }

  std::vector<std::string> getLinkArguments() const override { return {}; }
  StringRef getProgramRuntime() const override { return ""; }
  StringRef getLibraryRuntime() const override { return ""; }
};
} // namespace

namespace lfm2c {
// Called by the generated registerAllTargets().
void registerTarget_names(TargetRegistry &registry) {
  registry.add("names", std::make_unique<NamesTarget>());
}
} // namespace lfm2c
