// The list of phases, and what is said of a phase that fails.
#include "lib/Pipeline/Pipeline.h"
#include "lib/Compiler/LoadModel.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
TEST(Phases, AreOneListInOrder) {
  size_t position = 0;
  for (const PhaseInfo &info : getPhases()) {
    EXPECT_EQ(static_cast<size_t>(info.phase), position++);
    EXPECT_EQ(llvm::cantFail(parsePhase(info.name)), info.phase);
    EXPECT_EQ(getPhaseInfo(info.phase).name, info.name);
    EXPECT_FALSE(info.description.empty());
  }
  auto unknown = parsePhase("fusse");
  ASSERT_FALSE(bool(unknown));
  EXPECT_EQ(llvm::toString(unknown.takeError()),
            "unknown phase 'fusse'; expected one of import, quantize, fuse, "
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

TEST(Pipeline, TheMarkOfAPhaseIsRead) {
  mlir::DialectRegistry registry;
  registerModelDialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>("module {}", &context);
  EXPECT_EQ(llvm::cantFail(getPhase(*module)), Phase::Import);
  markPhase(*module, Phase::Tile);
  EXPECT_EQ(llvm::cantFail(getPhase(*module)), Phase::Tile);
}

TEST(Pipeline, AFailingPhaseNamesItselfAndThePlace) {
  mlir::DialectRegistry registry;
  registerModelDialects(registry);
  mlir::MLIRContext context(registry);
  // There is no @forward to cut.
  auto module = mlir::parseSourceString<mlir::ModuleOp>("module {}", &context);
  PipelineOptions options;
  llvm::Error error = runPhase(*module, Phase::Tile, options);
  ASSERT_TRUE(bool(error));
  const std::string text = llvm::toString(std::move(error));
  EXPECT_EQ(text.find("phase 'tile' failed: "), 0u) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}
} // namespace
