// The list of stages, and what is said of a stage that fails.
#include "lib/Pipeline/Pipeline.h"
#include "lib/Compiler/LoadModel.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
TEST(Stages, AreOneListInOrder) {
  size_t position = 0;
  for (const StageInfo &info : getStages()) {
    EXPECT_EQ(static_cast<size_t>(info.stage), position++);
    EXPECT_EQ(llvm::cantFail(parseStage(info.name)), info.stage);
    EXPECT_EQ(getStageInfo(info.stage).name, info.name);
    EXPECT_FALSE(info.description.empty());
  }
  auto unknown = parseStage("fusse");
  ASSERT_FALSE(bool(unknown));
  EXPECT_EQ(llvm::toString(unknown.takeError()),
            "unknown stage 'fusse'; expected one of import, quantize, fuse, "
            "tile, plan, "
            "codegen, object, link");
}

TEST(Pipeline, AModuleRoundTripsOrIsReported) {
  mlir::DialectRegistry registry;
  registerModelDialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> { return %x : "
      "tensor<?xf32> }",
      &context);
  ASSERT_TRUE(module);
  EXPECT_FALSE(bool(checkRoundTrip(*module)));
}

/// An op that another one is parsed of than was printed.
class ForgetfulOp : public mlir::Op<ForgetfulOp, mlir::OpTrait::ZeroOperands,
                                    mlir::OpTrait::ZeroResults> {
public:
  using Op::Op;
  static llvm::StringRef getOperationName() { return "test.forgetful"; }
  static llvm::ArrayRef<llvm::StringRef> getAttributeNames() { return {}; }
  static mlir::ParseResult parse(mlir::OpAsmParser &parser,
                                 mlir::OperationState &state) {
    (void)parser.parseOptionalKeyword("again");
    state.addAttribute("parsed", parser.getBuilder().getUnitAttr());
    return mlir::success();
  }
  void print(mlir::OpAsmPrinter &printer) {
    if ((*this)->hasAttr("parsed"))
      printer << " again";
  }
};

class TestDialect : public mlir::Dialect {
public:
  explicit TestDialect(mlir::MLIRContext *context)
      : Dialect("test", context, mlir::TypeID::get<TestDialect>()) {
    addOperations<ForgetfulOp>();
  }
  static llvm::StringRef getDialectNamespace() { return "test"; }
};

TEST(Pipeline, AModuleThatChangesIsReported) {
  mlir::MLIRContext context;
  context.loadDialect<TestDialect>();
  mlir::OpBuilder builder(&context);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToStart(module->getBody());
  builder.create(mlir::OperationState(builder.getUnknownLoc(),
                                      ForgetfulOp::getOperationName()));
  EXPECT_EQ(llvm::toString(checkRoundTrip(*module)),
            "the module changes when it is printed and parsed again");
}

TEST(Pipeline, AModuleThatDoesNotParseIsReported) {
  mlir::MLIRContext context;
  context.allowUnregisteredDialects();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "\"foreign.op\"() : () -> ()", &context);
  ASSERT_TRUE(module);
  context.allowUnregisteredDialects(false);
  const std::string text = llvm::toString(checkRoundTrip(*module));
  EXPECT_EQ(text.find("the printed module does not parse: "), 0u) << text;
  EXPECT_NE(text.find("unregistered dialect"), std::string::npos) << text;
}

TEST(Pipeline, TheMarkOfAStageIsRead) {
  mlir::DialectRegistry registry;
  registerModelDialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>("module {}", &context);
  EXPECT_EQ(llvm::cantFail(getStage(*module)), Stage::Import);
  markStage(*module, Stage::Tile);
  EXPECT_EQ(llvm::cantFail(getStage(*module)), Stage::Tile);
}

TEST(Pipeline, AFailingStageNamesItselfAndThePlace) {
  mlir::DialectRegistry registry;
  registerModelDialects(registry);
  mlir::MLIRContext context(registry);
  // There is no @forward to cut.
  auto module = mlir::parseSourceString<mlir::ModuleOp>("module {}", &context);
  TargetRegistry targets;
  registerAllTargets(targets);
  const Target &target = *targets.getEntries().front().target;
  const auto variants = llvm::cantFail(target.select(""));
  const PipelineOptions options(target, variants.front());
  llvm::Error error = runStage(*module, Stage::Tile, options);
  ASSERT_TRUE(bool(error));
  const std::string text = llvm::toString(std::move(error));
  EXPECT_EQ(text.find("stage 'tile' failed: "), 0u) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}
} // namespace
