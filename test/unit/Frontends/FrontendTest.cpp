// Which front end reads what, and checkpoints in several GGUF files.

#include "DirectoryFixture.h"
#include "Equality.h"
#include "TinyCheckpoint.h"
#include "frontends/gguf/GGUFFrontend.h"
#include "llvm/Support/raw_ostream.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

void writeFile(const std::string &path, llvm::ArrayRef<uint8_t> bytes) {
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  ASSERT_FALSE(code);
  os.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

TEST(Frontend, AllAreRegistered) {
  FrontendRegistry registry;
  registerAllFrontends(registry);
  std::vector<std::string> names;
  for (const FrontendRegistry::Entry &entry : registry.getEntries())
    names.push_back(entry.name);
  EXPECT_EQ(names, (std::vector<std::string>{"gguf", "safetensors"}));
}

TEST(Frontend, GGUFIsKnownByItsFirstBytes) {
  TemporaryDirectory directory;
  writeFile(directory.file("model"), GGUFBuilder().build());
  EXPECT_EQ(errorOf(readCheckpoint(directory.file("model"))), "");
}

TEST(Frontend, OtherFilesAreNamed) {
  TemporaryDirectory directory;
  EXPECT_NE(errorOf(readCheckpoint(directory.file("missing")))
                .find("No such file or directory"),
            std::string::npos);
  writeFile(directory.file("text"), {'h', 'i'});
  EXPECT_NE(errorOf(readCheckpoint(directory.file("text")))
                .find("expected a GGUF file or a Hugging Face directory"),
            std::string::npos);
  EXPECT_NE(errorOf(readCheckpoint(directory.path)).find("has no config.json"),
            std::string::npos);
  writeFile(directory.file("empty.gguf"), {});
  EXPECT_NE(errorOf(readCheckpoint(directory.file("empty.gguf")))
                .find("is not a GGUF file"),
            std::string::npos);
}

/// The tiny model as three files: metadata, then two halves of the tensors.
class Splits : public testing::Test {
protected:
  void SetUp() override {
    GGUFBuilder whole;
    const size_t half = whole.tensors.size() / 2;
    for (int part = 0; part < 3; ++part) {
      GGUFBuilder builder;
      if (part != 0)
        builder.values.clear();
      builder.setU32("split.no", part);
      builder.setU32("split.count", 3);
      builder.setU32("split.tensors.count", whole.tensors.size());
      builder.tensors.clear();
      for (size_t i = 0; i < whole.tensors.size(); ++i)
        if (part == (i < half ? 1 : 2))
          builder.tensors.push_back(whole.tensors[i]);
      parts.push_back(std::move(builder));
    }
  }
  std::string name(int part) const {
    return directory.file("m-0000" + std::to_string(part + 1) +
                          "-of-00003.gguf");
  }
  void write() {
    for (int part = 0; part < 3; ++part)
      writeFile(name(part), parts[part].build());
  }
  std::string error() { return errorOf(readCheckpoint(name(0))); }

  TemporaryDirectory directory;
  std::vector<GGUFBuilder> parts;
};

TEST_F(Splits, AreReadAsOne) {
  write();
  auto read = readCheckpoint(name(0));
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->files.size(), 3u);
  std::vector<uint8_t> bytes = GGUFBuilder().build();
  auto whole = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(whole));
  expectSame(**whole, **read);
}

TEST_F(Splits, AMissingPartIsNamed) {
  write();
  llvm::sys::fs::remove(name(1));
  EXPECT_NE(error().find("part 2 of 3 of the checkpoint is missing: expected " +
                         name(1)),
            std::string::npos);
}

TEST_F(Splits, PartsOfDifferentCheckpointsAreRefused) {
  parts[2].setU32("split.no", 1);
  write();
  EXPECT_NE(error().find("should be part 3 of 3 but says it is part 2 of 3"),
            std::string::npos);
}

TEST_F(Splits, TheSecondPartSendsToTheFirst) {
  write();
  EXPECT_NE(errorOf(readCheckpoint(name(1))).find("give the first part"),
            std::string::npos);
}

TEST_F(Splits, ATensorInTwoPartsIsRefused) {
  parts[2].tensors.push_back(parts[1].tensors[0]);
  write();
  EXPECT_NE(error().find("occurs twice in the checkpoint"), std::string::npos);
}

TEST_F(Splits, TheTotalIsChecked) {
  parts[0].setU32("split.tensors.count", 99);
  write();
  EXPECT_NE(error().find("should hold 99 tensors together but hold"),
            std::string::npos);
}

} // namespace
