// The least that a target is: the facts of one CPU, and no lowering yet.
#include "targets/Target.h"

#include "lib/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {
class EmptyTarget final : public Target {
  StringRef getDescription() const override { return "nothing, for a test"; }
  StringRef getTriple() const override { return "empty-none-none"; }
  bool isHost() const override { return false; }

  llvm::Expected<std::vector<TargetVariant>> select(StringRef cpu,
                                                    int64_t) const override {
    if (!cpu.empty() && cpu != "hollow")
      return makeError("unknown CPU {0}; expected hollow", quoted(cpu));
    TargetVariant variant;
    variant.name = variant.cpu = "hollow";
    TargetFacts &facts = variant.facts;
    facts.arch = "empty";
    facts.dot = "abacus";
    facts.streams = 2;
    facts.tileTokens = 2;
    return std::vector<TargetVariant>{variant};
  }
  void listCpus(llvm::raw_ostream &os) const override { os << "  hollow\n"; }
  llvm::ArrayRef<Emit> getOutputs() const override {
    static constexpr Emit outputs[] = {Emit::Assembly};
    return outputs;
  }

  void registerDialects(mlir::DialectRegistry &registry) const override {}
  void buildCodegenPipeline(mlir::OpPassManager &pm,
                            const TargetVariant &variant,
                            CodeUse use) const override {}
  llvm::Expected<Code> emit(mlir::ModuleOp module, const TargetVariant &variant,
                            const EmitOptions &options,
                            EmitKind kind) const override {
    return makeError("this target writes no modules");
  }
  llvm::Expected<std::vector<Image>> emitTable(llvm::Module &module,
                                               const TargetVariant &variant,
                                               const EmitOptions &options,
                                               EmitKind kind) const override {
    return makeError("this target writes no tables");
  }

  std::vector<std::string> getLinkArguments() const override { return {}; }
  StringRef getProgramRuntime() const override { return ""; }
  StringRef getLibraryRuntime() const override { return ""; }
};
} // namespace

namespace lfm2c {
// Called by the generated registerAllTargets().
void registerTarget_empty(TargetRegistry &registry) {
  registry.add("empty", std::make_unique<EmptyTarget>());
}
} // namespace lfm2c
