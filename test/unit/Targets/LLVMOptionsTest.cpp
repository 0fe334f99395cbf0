// That options of LLVM, which are the whole process's, are a target's own only
// while it emits: in whatever order targets come, each makes the same code.
#include "targets/LLVMOptions.h"
#include "test/unit/Targets/CpuTest.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SourceMgr.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
/// A function whose code depends on each of the options that all targets have:
/// a loop that copies, and sums of products that a scheduler would bring into
/// another order.
std::string makeFunction() {
  std::string text = R"(
define void @step_1(ptr %step, i32 %thread) {
entry:
  %to = getelementptr i8, ptr %step, i64 65536
  br label %copy
copy:
  %i = phi i64 [0, %entry], [%next, %copy]
  %next = add i64 %i, 32
  %from.i = getelementptr i8, ptr %step, i64 %i
  %to.i = getelementptr i8, ptr %to, i64 %i
  %v = load <8 x i32>, ptr %from.i, align 4
  store <8 x i32> %v, ptr %to.i, align 4
  %more = icmp ult i64 %next, 4096
  br i1 %more, label %copy, label %sums
sums:
)";
  std::string sum = "zeroinitializer";
  for (int i = 0; i < 24; ++i) {
    text += llvm::formatv("  %p{0} = getelementptr i8, ptr %to, i64 {1}\n"
                          "  %x{0} = load <4 x i32>, ptr %p{0}, align 4\n"
                          "  %y{0} = mul <4 x i32> %x{0}, splat (i32 {2})\n"
                          "  %s{0} = add <4 x i32> {3}, %y{0}\n",
                          i, 64 * i, 2 * i + 3, sum);
    sum = llvm::formatv("%s{0}", i);
  }
  return text + "  store <4 x i32> " + sum + ", ptr %step, align 4\n" +
         "  ret void\n}\n";
}

class LLVMOptionsTest : public testing::Test {
protected:
  LLVMOptionsTest() { registerAllTargets(targets); }

  std::string emit(llvm::StringRef name) {
    const Target &target = *llvm::cantFail(targets.lookup(name))->target;
    const std::vector<TargetVariant> cpus =
        llvm::cantFail(target.select(target.isHost() ? "haswell" : ""));
    llvm::LLVMContext context;
    llvm::SMDiagnostic problem;
    auto module = llvm::parseAssemblyString(makeFunction(), problem, context);
    EXPECT_TRUE(module) << problem.getMessage().str();
    EmitOptions options;
    options.name = "step";
    const std::vector<Image> images = llvm::cantFail(
        target.emitTable(*module, cpus.front(), options, EmitKind::Object));
    EXPECT_EQ(images.size(), 1u);
    EXPECT_EQ(images.front().name, "step.o");
    return images.front().text().str();
  }

  TargetRegistry targets;
};

TEST_F(LLVMOptionsTest, TargetsDoNotChangeEachOthersCode) {
  const std::string x86 = emit("x86_64-linux"), hexagon = emit("hexagon"),
                    arm = emit("aarch64-linux");
  EXPECT_GT(x86.size(), 1000u);
  EXPECT_EQ(emit("x86_64-linux"), x86);
  EXPECT_EQ(emit("aarch64-linux"), arm);
  EXPECT_EQ(emit("hexagon"), hexagon);
}

TEST_F(LLVMOptionsTest, ValuesAreLLVMsOwnAgain) {
  auto *option = static_cast<llvm::cl::opt<bool> *>(
      llvm::cl::getRegisteredOptions().lookup("enable-misched"));
  ASSERT_TRUE(option);
  const bool before = option->getValue();
  const LLVMOptions options(
      {"enable-misched=true", "no-such-option=1", "enable-misched=false"});
  {
    const LLVMOptions::Scope scope(options);
    EXPECT_FALSE(option->getValue());
    EXPECT_EQ(option->getNumOccurrences(), 1);
  }
  EXPECT_EQ(option->getValue(), before);
  EXPECT_EQ(option->getNumOccurrences(), 0);
}

TEST_F(LLVMOptionsTest, WhatTheCommandLineGaveStays) {
  auto *option = static_cast<llvm::cl::opt<bool> *>(
      llvm::cl::getRegisteredOptions().lookup("enable-misched"));
  ASSERT_TRUE(option);
  option->addOccurrence(1, "enable-misched", "true");
  {
    const LLVMOptions::Scope scope(LLVMOptions({"enable-misched=false"}));
    EXPECT_TRUE(option->getValue());
  }
  EXPECT_TRUE(option->getValue());
  option->reset();
}
} // namespace
