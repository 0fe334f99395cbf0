// The program table as LLVM IR: what abi.h says, byte by byte.
#include "lib/Compiler/ProgramTable.h"

#include "lfm2rt/abi.h"
#include "lfm2rt/packed_kernels.h"
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
  program.stateHeadBytes = 128;
  program.weightsBytes = 123456;
  program.hidden = 1024;
  program.vector = 128;
  program.outputs = LFM2_OUTPUT_HIDDEN;
  program.flags = LFM2_PROGRAM_BIDIRECTIONAL;
  program.identity[0] = 7;
  auto entry = [](int64_t tokens, int64_t scratchBytes, const char *symbol) {
    ProgramEntry made;
    made.tokens = tokens;
    made.scratchBytes = scratchBytes;
    made.symbol = symbol;
    return made;
  };
  program.variants = {
      {"best",
       {3, 5},
       {entry(1, 100, "one_best"), entry(128, 200, "many_best")}},
      {"base", {}, {entry(1, 100, "one_base"), entry(128, 200, "many_base")}}};
  for (ProgramVariant &variant : program.variants)
    for (ProgramEntry &entry : variant.entries) {
      entry.stretches = {{"", "embed"},
                         {"conv_moe", "up", 7, 6, 5, 4, 3, 8, 2}};
      entry.places = {{0, -1}, {1, 0}, {1, 1}};
      entry.nearBytes = 384;
    }
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
                            offsetof(lfm2_program, state_bytes_per_token),
                            offsetof(lfm2_program, weights_bytes),
                            offsetof(lfm2_program, hidden),
                            offsetof(lfm2_program, vector),
                            offsetof(lfm2_program, outputs),
                            offsetof(lfm2_program, flags),
                            offsetof(lfm2_program, state_head_bytes)};
  for (auto [i, offset] : llvm::enumerate(offsets))
    EXPECT_EQ(fields->getElementOffset(i), offset) << "field " << i;
  const auto *table =
      llvm::cast<llvm::ConstantStruct>(global->getInitializer());
  for (auto [field, value] : {std::pair<unsigned, uint64_t>{8, 123456},
                              {9, 1024},
                              {10, 128},
                              {11, LFM2_OUTPUT_HIDDEN},
                              {12, LFM2_PROGRAM_BIDIRECTIONAL},
                              {13, 128}})
    EXPECT_EQ(
        llvm::cast<llvm::ConstantInt>(table->getOperand(field))->getZExtValue(),
        value)
        << "field " << field;
}

TEST(ProgramTable, StretchesLayOutAsTheHeaderSays) {
  llvm::LLVMContext context;
  auto module = buildProgramTable(context, twoVariants());
  const llvm::DataLayout layout("e-m:e-i64:64-i128:128-n8:16:32:64-S128");
  for (auto [name, size] :
       {std::pair<const char *, size_t>{"stretches", 2 * sizeof(lfm2_stretch)},
        {"places", 3 * sizeof(lfm2_place)},
        {"entries", 2 * sizeof(lfm2_entry)}})
    EXPECT_EQ(
        layout.getTypeAllocSize(module->getNamedGlobal(name)->getValueType()),
        size)
        << name;
  const auto *list = llvm::cast<llvm::ConstantArray>(
      module->getNamedGlobal("stretches")->getInitializer());
  const auto *up = llvm::cast<llvm::ConstantStruct>(list->getOperand(1));
  const llvm::StructLayout *fields =
      layout.getStructLayout(llvm::cast<llvm::StructType>(up->getType()));
  const std::pair<size_t, uint64_t> expected[] = {
      {offsetof(lfm2_stretch, weight_bytes), 7},
      {offsetof(lfm2_stretch, expert_bytes), 6},
      {offsetof(lfm2_stretch, macs), 5},
      {offsetof(lfm2_stretch, cache_bytes), 4},
      {offsetof(lfm2_stretch, cache_macs), 3},
      {offsetof(lfm2_stretch, experts), 8},
      {offsetof(lfm2_stretch, experts_used), 2},
      {offsetof(lfm2_stretch, flags), 0}};
  for (auto [i, field] : llvm::enumerate(expected)) {
    EXPECT_EQ(fields->getElementOffset(i + 2), field.first) << "field " << i;
    EXPECT_EQ(
        llvm::cast<llvm::ConstantInt>(up->getOperand(i + 2))->getZExtValue(),
        field.second)
        << "field " << i;
  }
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
  const auto *entries = llvm::cast<llvm::ConstantArray>(
      llvm::cast<llvm::GlobalVariable>(best->getOperand(4))->getInitializer());
  const auto *one = llvm::cast<llvm::ConstantStruct>(entries->getOperand(0));
  const auto *many = llvm::cast<llvm::ConstantStruct>(entries->getOperand(1));
  EXPECT_EQ(llvm::cast<llvm::ConstantInt>(one->getOperand(1))->getZExtValue(),
            3u);
  EXPECT_EQ(llvm::cast<llvm::ConstantInt>(one->getOperand(6))->getZExtValue(),
            2u);
  const auto *near = llvm::cast<llvm::ConstantInt>(one->getOperand(7));
  EXPECT_EQ(near->getZExtValue(), 384u);
  // What is equal is there once.
  EXPECT_EQ(one->getOperand(4), many->getOperand(4));
  EXPECT_EQ(one->getOperand(5), many->getOperand(5));
  const auto *places = llvm::cast<llvm::ConstantArray>(
      llvm::cast<llvm::GlobalVariable>(one->getOperand(5))->getInitializer());
  const auto *place = llvm::cast<llvm::ConstantStruct>(places->getOperand(0));
  EXPECT_EQ(llvm::cast<llvm::ConstantInt>(place->getOperand(1))->getSExtValue(),
            -1);
  const auto *base = llvm::cast<llvm::ConstantStruct>(list->getOperand(1));
  EXPECT_TRUE(llvm::cast<llvm::Constant>(base->getOperand(1))->isNullValue());
}

/// The fields of element `index` of the array that `pointer` points to.
const llvm::ConstantStruct *element(const llvm::Value *pointer,
                                    unsigned index) {
  return llvm::cast<llvm::ConstantStruct>(
      llvm::cast<llvm::ConstantAggregate>(
          llvm::cast<llvm::GlobalVariable>(pointer)->getInitializer())
          ->getOperand(index));
}

std::vector<uint64_t> numbers(const llvm::ConstantStruct *record,
                              llvm::ArrayRef<unsigned> fields) {
  std::vector<uint64_t> values;
  for (unsigned field : fields)
    values.push_back(llvm::cast<llvm::ConstantInt>(record->getOperand(field))
                         ->getZExtValue());
  return values;
}

ProgramVariant device() {
  ProgramVariant variant;
  variant.name = "vulkan";
  variant.code = CodeKind::Vulkan;
  // Headers of modules, one with an instruction behind it.
  variant.kernels = {
      {"up", {lfm2rt::spirvMagic, 0, 0, 9, 0, 0x20011, 3}, 256, 512, 1},
      {"down", {lfm2rt::spirvMagic, 0, 0, 4, 0}, 64, 0, 2}};
  ProgramEntry one;
  one.tokens = 1;
  one.symbol = "step_1";
  one.dispatches = {{"down", 9, {5, 6}}, {"up", 8, {7}}, {"down", 9, {8, 4}}};
  variant.entries = {one};
  return variant;
}

TEST(ProgramTable, HoldsKernelsAndLists) {
  llvm::LLVMContext context;
  ProgramDescription program = twoVariants();
  program.variants.insert(program.variants.begin(), device());
  auto module = buildProgramTable(context, program);
  ASSERT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  // A device's step is no function.
  EXPECT_FALSE(module->getFunction("step_1"));
  const auto *variant =
      element(llvm::cast<llvm::ConstantStruct>(
                  module->getNamedGlobal("car_program")->getInitializer())
                  ->getOperand(5),
              0);
  EXPECT_EQ(numbers(variant, {6, 7}),
            (std::vector<uint64_t>{2, LFM2_CODE_VULKAN}));
  const auto *up = element(variant->getOperand(5), 0);
  EXPECT_EQ(numbers(up, {3, 4, 5}), (std::vector<uint64_t>{256, 512, 1}));
  const llvm::StringRef code =
      llvm::cast<llvm::ConstantDataArray>(
          llvm::cast<llvm::GlobalVariable>(up->getOperand(1))->getInitializer())
          ->getRawDataValues();
  EXPECT_EQ(numbers(up, {2}), (std::vector<uint64_t>{code.size()}));
  auto model = std::make_unique<lfm2rt::KernelModel>();
  model->reset();
  std::vector<uint32_t> words(7);
  EXPECT_TRUE(lfm2rt::unpackKernel(*model, code.bytes_begin(), code.size(),
                                   words.data()));
  EXPECT_EQ(words, device().kernels[0].code);
  const auto *entry = element(variant->getOperand(4), 0);
  EXPECT_TRUE(llvm::cast<llvm::Constant>(entry->getOperand(3))->isNullValue());
  const std::vector<uint64_t> expected[] = {
      {1, 9, 0, 0}, {0, 8, 2, 0}, {1, 9, 3, 0}};
  for (auto [i, dispatch] : llvm::enumerate(expected))
    EXPECT_EQ(numbers(element(entry->getOperand(8), i), {0, 1, 2, 3}),
              dispatch);
  const auto *arguments = llvm::cast<llvm::ConstantDataArray>(
      llvm::cast<llvm::GlobalVariable>(entry->getOperand(9))->getInitializer());
  ASSERT_EQ(arguments->getNumElements(), 5u);
  EXPECT_EQ(arguments->getElementAsInteger(3), 8u);
  const llvm::DataLayout layout("e-m:e-i64:64-i128:128-n8:16:32:64-S128");
  for (auto [name, size] :
       {std::pair<const char *, size_t>{"kernels", 2 * sizeof(lfm2_kernel)},
        {"dispatches", 3 * sizeof(lfm2_dispatch)}})
    EXPECT_EQ(
        layout.getTypeAllocSize(module->getNamedGlobal(name)->getValueType()),
        size)
        << name;
}

TEST(Dispatches, OfKernelsThatDoTheSameRunOne) {
  ProgramVariant variant = device();
  variant.kernels.push_back(variant.kernels[1]);
  variant.kernels.back().name = "down again";
  variant.kernels.push_back(variant.kernels[1]);
  variant.kernels.back().name = "down in another memory";
  variant.kernels.back().nearBytes = 4;
  variant.entries[0].dispatches[0].kernel = "down again";
  mergeKernels(variant);
  std::vector<std::string> kernels, dispatched;
  for (const Kernel &kernel : variant.kernels)
    kernels.push_back(kernel.name);
  for (const ProgramDispatch &dispatch : variant.entries[0].dispatches)
    dispatched.push_back(dispatch.kernel);
  EXPECT_EQ(kernels,
            (std::vector<std::string>{"up", "down", "down in another memory"}));
  EXPECT_EQ(dispatched, (std::vector<std::string>{"down", "up", "down"}));
}

std::string refusal(const ProgramVariant &variant) {
  llvm::Error error = checkDispatches(variant);
  EXPECT_TRUE(bool(error));
  return llvm::toString(std::move(error));
}

TEST(Dispatches, FitTheKernels) {
  llvm::cantFail(checkDispatches(device()));
  for (const ProgramVariant &variant : twoVariants().variants)
    llvm::cantFail(checkDispatches(variant));
  ProgramVariant variant = device();
  variant.entries[0].dispatches[1].arguments = {7, 7};
  EXPECT_EQ(refusal(variant), "the step '@step_1' dispatches '@up' with 2 "
                              "arguments, and the target made no such kernel");
  variant.entries[0].dispatches[1] = {"sideways", 8, {7}};
  EXPECT_EQ(refusal(variant),
            "the step '@step_1' dispatches '@sideways' with 1 "
            "arguments, and the target made no such kernel");
}

TEST(Dispatches, AreTheStepsOfDevicesAlone) {
  ProgramVariant variant = device();
  variant.code = CodeKind::Cpu;
  EXPECT_EQ(refusal(variant), "the step '@step_1' of the CPU vulkan has 3 "
                              "dispatches; a CPU runs code");
  variant.code = CodeKind::Vulkan;
  variant.entries[0].dispatches.clear();
  EXPECT_EQ(refusal(variant), "the step '@step_1' of the device vulkan has no "
                              "dispatches; expected a list of them");
}
} // namespace
