// What emission says of a back end that is not whole, and of programs that LLVM
// has no code for.
#include "targets/LLVMEmit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/TargetSelect.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

/// RISC-V, which no target of the project is, with a back end of so many parts.
class PartialTarget final : public LLVMTarget {
public:
  explicit PartialTarget(int parts) : parts(parts) {}

  llvm::StringRef getDescription() const override { return "for a test"; }
  llvm::StringRef getTriple() const override { return "riscv64-unknown-elf"; }
  bool isHost() const override { return false; }
  llvm::Expected<std::vector<TargetVariant>> select(llvm::StringRef,
                                                    int64_t) const override {
    return std::vector<TargetVariant>{variant()};
  }
  void listCpus(llvm::raw_ostream &) const override {}
  llvm::ArrayRef<Emit> getOutputs() const override { return {}; }
  std::vector<std::string> getLinkArguments() const override { return {}; }
  llvm::StringRef getProgramRuntime() const override { return ""; }
  llvm::StringRef getLibraryRuntime() const override { return ""; }

  static TargetVariant variant() {
    TargetVariant variant;
    variant.cpu = "generic-rv64";
    return variant;
  }

private:
  void initializeBackend() const override {
    if (parts > 0)
      LLVMInitializeRISCVTargetInfo();
    if (parts > 1) {
      LLVMInitializeRISCVTarget();
      LLVMInitializeRISCVTargetMC();
    }
  }
  void addDotPasses(mlir::OpPassManager &,
                    const TargetVariant &) const override {}

  const int parts;
};

std::string emitConstant(const Target &target) {
  llvm::LLVMContext context;
  llvm::Module module("table", context);
  auto *one = llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), 1);
  // The module owns it.
  new llvm::GlobalVariable(module, one->getType(), /*isConstant=*/true,
                           llvm::GlobalValue::ExternalLinkage, one, "one");
  auto images = target.emitTable(module, PartialTarget::variant(),
                                 EmitOptions(), EmitKind::Object);
  return images ? "" : llvm::toString(images.takeError());
}

TEST(LLVMEmit, SaysWhatABackEndMisses) {
  // Parts stay for the life of the process, so they come one after the other.
  const std::string none = emitConstant(PartialTarget(0));
  EXPECT_EQ(none.find("LLVM has no back end for riscv64-unknown-elf: "), 0u)
      << none;
  EXPECT_EQ(emitConstant(PartialTarget(1)),
            "LLVM cannot make code for riscv64-unknown-elf and CPU "
            "generic-rv64");
  EXPECT_EQ(emitConstant(PartialTarget(2)),
            "LLVM cannot write objects for riscv64-unknown-elf");
}

class HostEmit : public testing::Test {
protected:
  HostEmit() { registerAllTargets(targets); }
  const Target &target() {
    return *llvm::cantFail(targets.lookup("x86_64-linux"))->target;
  }
  TargetVariant variant() {
    return llvm::cantFail(target().select("x86-64")).front();
  }
  TargetRegistry targets;
};

TEST_F(HostEmit, RefusesInvalidIR) {
  llvm::LLVMContext context;
  llvm::Module module("program", context);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), false);
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, "open_ended", module);
  llvm::BasicBlock::Create(context, "entry", function);
  auto images =
      target().emitTable(module, variant(), EmitOptions(), EmitKind::Object);
  ASSERT_FALSE(bool(images));
  const std::string text = llvm::toString(images.takeError());
  EXPECT_EQ(text.find("the generated LLVM IR is invalid: "), 0u) << text;
  EXPECT_NE(text.find("open_ended"), std::string::npos) << text;
}

TEST_F(HostEmit, RefusesWhatDoesNotTranslate) {
  mlir::DialectRegistry registry;
  target().registerDialects(registry);
  registry.insert<mlir::func::FuncDialect>();
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "func.func @f() { return }", &context);
  ASSERT_TRUE(module);
  auto images =
      target().emit(*module, variant(), EmitOptions(), EmitKind::Object);
  ASSERT_FALSE(bool(images));
  const std::string text = llvm::toString(images.takeError());
  EXPECT_EQ(text.find("the program does not translate to LLVM IR: "), 0u)
      << text;
  EXPECT_NE(text.find("func.func"), std::string::npos) << text;
}

} // namespace
