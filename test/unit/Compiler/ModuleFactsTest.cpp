// What a planned module says of its steps, and lists that are none.
#include "lib/Compiler/ModuleFacts.h"

#include "dialects/exec/IR/Exec.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
class ModuleFacts : public testing::Test {
protected:
  ModuleFacts() {
    context.loadDialect<exec::ExecDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect, mlir::ub::UBDialect>();
  }

  /// Entries of a module whose step of one token, of two places, is `body`.
  llvm::Expected<std::vector<ProgramEntry>> read(const std::string &body) {
    const std::string text =
        R"(module attributes {exec.entries = [#exec.entry<name = "decode",
             tokens = 1, symbol = "step_1", scratch = 64,
             stretches = [#exec.stretch<layer = "", phase = "embed">,
                          #exec.stretch<layer = "", phase = "head">],
             order = [0, 1], layers = [-1, -1]>]} {
             func.func @embed(%s: !exec.ptr<step>, %t: i32, %a: index) {
               return
             }
             func.func @head(%s: !exec.ptr<step>, %t: i32) {
               return
             }
             func.func @step_1(%s: !exec.ptr<step>, %t: i32) {
               %w = arith.constant 4096 : index
           )" +
        body + " return } }";
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return readEntries(*module, "_v");
  }
  std::string refusal(const std::string &body) {
    auto entries = read(body);
    EXPECT_FALSE(bool(entries));
    return entries ? "" : llvm::toString(entries.takeError());
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(ModuleFacts, StepsOfCpusAreNoLists) {
  auto entries = read("");
  ASSERT_TRUE(bool(entries)) << llvm::toString(entries.takeError());
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_TRUE(entries->front().dispatches.empty());
  EXPECT_EQ(entries->front().symbol, "step_1_v");
}

TEST_F(ModuleFacts, ListsAreRead) {
  auto entries = read("exec.dispatch @embed(%w) threads 3\n"
                      "exec.dispatch @head() threads 5");
  ASSERT_TRUE(bool(entries)) << llvm::toString(entries.takeError());
  const auto &list = entries->front().dispatches;
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].kernel, "embed");
  EXPECT_EQ(list[0].groups, 3);
  EXPECT_EQ(list[0].arguments, std::vector<uint64_t>{4096});
  EXPECT_EQ(list[1].kernel, "head");
  EXPECT_TRUE(list[1].arguments.empty());
}

TEST_F(ModuleFacts, ListsHaveADispatchForEachPlace) {
  EXPECT_EQ(refusal("exec.dispatch @head() threads 5"),
            "the step '@step_1' has 1 dispatches, and 'exec.entries' lists 2 "
            "places; each needs one");
}

TEST_F(ModuleFacts, ListsHoldNothingElse) {
  EXPECT_EQ(refusal("exec.dispatch @head() threads 5\n"
                    "exec.barrier %s, %t"),
            "the step '@step_1' has 'exec.barrier' among its dispatches; the "
            "step of a device is a list of these and their constants");
}

TEST_F(ModuleFacts, ArgumentsAreNumbers) {
  EXPECT_EQ(refusal("%p = ub.poison : index\n"
                    "exec.dispatch @embed(%p) threads 3"),
            "the step '@step_1' dispatches '@embed' with an argument that is "
            "no number");
  EXPECT_EQ(refusal("%i = arith.index_cast %t : i32 to index\n"
                    "exec.dispatch @embed(%i) threads 3"),
            "the step '@step_1' has 'arith.index_cast' among its dispatches; "
            "the step of a device is a list of these and their constants");
}
} // namespace
