// The program table as LLVM IR: what abi.h says, byte by byte.
#include "lib/Compiler/ProgramTable.h"

#include "lfm2rt/abi.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "gtest/gtest.h"
#include <cstddef>

using namespace lfm2c;

namespace {
ProgramDescription twoVariants() {
  ProgramDescription program;
  program.symbol = "car_program";
  program.vocabulary = 65536;
  program.contextMax = 2048;
  program.stateFixedBytes = 81920;
  program.stateBytesPerToken = 12288;
  program.identity[0] = 7;
  program.variants = {
      {"best", {3, 5}, {{1, 100, "one_best"}, {128, 200, "many_best"}}},
      {"base", {}, {{1, 100, "one_base"}, {128, 200, "many_base"}}}};
  return program;
}

TEST(ProgramTable, LaysOutAsTheHeaderSays) {
  llvm::LLVMContext context;
  auto module = buildProgramTable(context, twoVariants());
  ASSERT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  auto *global = module->getNamedGlobal("car_program");
  ASSERT_TRUE(global && global->isConstant());
  auto *type = llvm::cast<llvm::StructType>(global->getValueType());
  const llvm::DataLayout layout("e-m:e-i64:64-i128:128-n8:16:32:64-S128");
  EXPECT_EQ(layout.getTypeAllocSize(type), sizeof(lfm2_program));
  const llvm::StructLayout *fields = layout.getStructLayout(type);
  const size_t offsets[] = {offsetof(lfm2_program, abi_version),
                            offsetof(lfm2_program, vocabulary),
                            offsetof(lfm2_program, identity),
                            offsetof(lfm2_program, context_max),
                            offsetof(lfm2_program, num_variants),
                            offsetof(lfm2_program, variants),
                            offsetof(lfm2_program, state_fixed_bytes),
                            offsetof(lfm2_program, state_bytes_per_token)};
  for (auto [i, offset] : llvm::enumerate(offsets))
    EXPECT_EQ(fields->getElementOffset(i), offset) << "field " << i;
}

TEST(ProgramTable, HoldsEveryVariantAndEntry) {
  llvm::LLVMContext context;
  auto module = buildProgramTable(context, twoVariants());
  for (const char *symbol :
       {"one_best", "many_best", "one_base", "many_base"}) {
    const llvm::Function *fn = module->getFunction(symbol);
    ASSERT_TRUE(fn) << symbol;
    EXPECT_TRUE(fn->isDeclaration());
    EXPECT_EQ(fn->arg_size(), 2u);
  }
  const auto *table = llvm::cast<llvm::ConstantStruct>(
      module->getNamedGlobal("car_program")->getInitializer());
  const auto *variants = llvm::cast<llvm::GlobalVariable>(table->getOperand(5));
  const auto *list =
      llvm::cast<llvm::ConstantArray>(variants->getInitializer());
  ASSERT_EQ(list->getNumOperands(), 2u);
  const auto *best = llvm::cast<llvm::ConstantStruct>(list->getOperand(0));
  EXPECT_EQ(llvm::cast<llvm::ConstantInt>(best->getOperand(2))->getZExtValue(),
            2u);
  const auto *base = llvm::cast<llvm::ConstantStruct>(list->getOperand(1));
  EXPECT_TRUE(llvm::cast<llvm::Constant>(base->getOperand(1))->isNullValue());
}
} // namespace
