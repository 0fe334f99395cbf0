// lld in this process, and the runtime that the compiler carries.
#include "lib/Compiler/Link.h"
#include "lib/Compiler/RuntimeLibrary.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/TargetParser/Triple.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
TEST(Link, SaysWhatLldSays) {
  auto program = link(LinkKind::Executable, {"-m", "elf_x86_64"},
                      {{"broken.o", "this is no object file"}});
  ASSERT_FALSE(bool(program));
  const std::string text = llvm::toString(program.takeError());
  EXPECT_NE(text.find("lld cannot link the program"), std::string::npos)
      << text;
  EXPECT_NE(text.find("broken.o"), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(Link, GoesOnAfterAFailure) {
  for (int i = 0; i < 2; ++i) {
    auto program = link(LinkKind::Executable, {"-m", "elf_x86_64"},
                        {{"broken.o", "this is no object file"}});
    EXPECT_FALSE(bool(program));
    llvm::consumeError(program.takeError());
  }
}

/// An object of `triple` that refers to a function `name`.
std::vector<Image> referTo(llvm::StringRef name, llvm::StringRef targetName) {
  TargetRegistry targets;
  registerAllTargets(targets);
  const Target &target = *llvm::cantFail(targets.lookup(targetName))->target;
  llvm::LLVMContext context;
  llvm::Module module("refers", context);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), false);
  auto *start = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage,
                                       "_start", module);
  llvm::IRBuilder<> b(llvm::BasicBlock::Create(context, "entry", start));
  b.CreateCall(module.getOrInsertFunction(name, type));
  b.CreateRetVoid();
  EmitOptions options;
  options.name = "refers";
  options.pic = true;
  const auto variants = llvm::cantFail(target.select(""));
  return llvm::cantFail(
      target.emitTable(module, variants.front(), options, EmitKind::Object));
}

TEST(Link, FindsFunctionsInStubs) {
  for (llvm::StringRef name : {"vulkan-x86_64-linux", "vulkan-aarch64-linux"}) {
    TargetRegistry targets;
    registerAllTargets(targets);
    const Target &target = *llvm::cantFail(targets.lookup(name))->target;
    const ProgramLoader *loader = target.getProgramLoader();
    ASSERT_TRUE(loader);
    std::vector<std::string> arguments = target.getLinkArguments();
    arguments.push_back(std::string("--dynamic-linker=") + loader->interpreter);
    const std::vector<Image> dlopen = referTo("dlopen", name);
    auto program = link(LinkKind::LoadedProgram, arguments,
                        {{"a.o", dlopen.front().text()}}, loader->libraries,
                        target.getTriple());
    ASSERT_TRUE(bool(program)) << llvm::toString(program.takeError());
    const llvm::StringRef bytes(program->data(), program->size());
    auto file = llvm::object::ObjectFile::createELFObjectFile(
        llvm::MemoryBufferRef(bytes, "program"));
    ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
    EXPECT_EQ((*file)->getArch(), llvm::Triple(target.getTriple()).getArch());
    EXPECT_TRUE(bytes.contains(loader->interpreter));
    EXPECT_TRUE(bytes.contains("libdl.so.2"));
    // Nothing of it is used.
    EXPECT_FALSE(bytes.contains("libc.so.6"));

    const std::vector<Image> other = referTo("printf", name);
    auto refused = link(LinkKind::LoadedProgram, arguments,
                        {{"a.o", other.front().text()}}, loader->libraries,
                        target.getTriple());
    ASSERT_FALSE(bool(refused));
    const std::string text = llvm::toString(refused.takeError());
    EXPECT_NE(text.find("undefined symbol: printf"), std::string::npos) << text;
  }
}

TEST(RuntimeLibrary, IsThereForEveryForm) {
  for (llvm::StringRef name :
       {"x86_64-linux", "x86_64-libc", "x86_64-linux-device",
        "x86_64-libc-device", "aarch64-linux", "aarch64-posix",
        "aarch64-linux-device", "aarch64-posix-device", "aarch64-macos",
        "aarch64-bare"}) {
    auto bytes = getRuntimeLibrary(name);
    ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
    auto archive =
        llvm::object::Archive::create(llvm::MemoryBufferRef(*bytes, "runtime"));
    EXPECT_TRUE(bool(archive));
  }
  const std::vector<RuntimeHeader> headers = getRuntimeHeaders();
  ASSERT_EQ(headers.size(), 5u);
  EXPECT_EQ(headers[0].name, "lfm2rt.h");
  EXPECT_EQ(headers[0].purpose, "runs a model compiled by lfm2-compile");
  EXPECT_TRUE(llvm::StringRef(headers[0].text).contains("lfm2rt_model_open"));
  EXPECT_EQ(headers[2].purpose,
            "answers that have a form: a JSON schema, a grammar, a regular "
            "expression, or calls of declared tools");
  for (const RuntimeHeader &header : headers)
    EXPECT_FALSE(llvm::StringRef(header.text).contains("#include \"lfm2rt/"));
}

TEST(RuntimeLibrary, RefusesATargetWithoutOne) {
  auto bytes = getRuntimeLibrary("vax-vms");
  ASSERT_FALSE(bool(bytes));
  EXPECT_EQ(llvm::toString(bytes.takeError()),
            "this lfm2-compile was built without the runtime for vax-vms");
}
} // namespace
