// lld in this process, and the runtime that the compiler carries.
#include "lib/Compiler/Link.h"
#include "lib/Compiler/RuntimeLibrary.h"

#include "llvm/Object/Archive.h"
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

TEST(RuntimeLibrary, IsThereForEveryForm) {
  for (llvm::StringRef name :
       {"x86_64-linux", "x86_64-libc", "aarch64-linux", "aarch64-posix",
        "aarch64-macos", "aarch64-bare"}) {
    auto bytes = getRuntimeLibrary(name);
    ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
    auto archive =
        llvm::object::Archive::create(llvm::MemoryBufferRef(*bytes, "runtime"));
    EXPECT_TRUE(bool(archive));
  }
  auto header = getRuntimeHeader("lfm2rt.h");
  ASSERT_TRUE(bool(header));
  EXPECT_TRUE(header->contains("lfm2rt_model_open"));
}

TEST(RuntimeLibrary, RefusesATargetWithoutOne) {
  auto bytes = getRuntimeLibrary("vax-vms");
  ASSERT_FALSE(bool(bytes));
  EXPECT_EQ(llvm::toString(bytes.takeError()),
            "this lfm2-compile was built without the runtime for vax-vms");
}
} // namespace
