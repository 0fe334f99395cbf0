// A model that changes while it is compiled: it is cut to half, or written once
// more, at the start of a stage.

#include "lib/Compiler/Compiler.h"
#include "lib/Support/MappedFile.h"
#include "targets/Target.h"
#include "test/unit/Frontends/TinyCheckpoint.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace lfm2c;

namespace {

class AtStage : public CompileObserver {
public:
  AtStage(Stage stage, llvm::function_ref<void()> change)
      : stage(stage), change(change) {}
  void stageBegins(const StageInfo &info, llvm::StringRef) override {
    if (info.stage == stage)
      change();
  }

private:
  Stage stage;
  llvm::function_ref<void()> change;
};

class ChangedModel : public testing::Test {
protected:
  ChangedModel() {
    llvm::sys::fs::createUniqueDirectory("lfm2-test", directory);
    std::vector<uint8_t> bytes = test::GGUFBuilder().build();
    size = bytes.size();
    std::error_code code;
    llvm::raw_fd_ostream(model(), code)
        << llvm::StringRef(reinterpret_cast<const char *>(bytes.data()), size);
  }
  ~ChangedModel() override { llvm::sys::fs::remove_directories(directory); }

  std::string model() const { return (directory + "/m.gguf").str(); }
  std::string compileWith(Stage stage, llvm::function_ref<void()> change,
                          Emit emit = Emit::Executable) {
    TargetRegistry targets;
    registerAllTargets(targets);
    CompileOptions options;
    options.model = model();
    options.output = (directory + "/m").str();
    options.emit = emit;
    if (emit == Emit::MLIR)
      options.stopAfter = stage;
    AtStage observer(stage, change);
    return llvm::toString(compile(options, targets, observer).takeError());
  }
  size_t countFiles() const {
    size_t count = 0;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(directory, code), end; it != end;
         it.increment(code))
      ++count;
    return count;
  }

  llvm::SmallString<128> directory;
  size_t size = 0;
};

TEST_F(ChangedModel, CutShortEndsInOneLine) {
  auto compileCut = [&](Stage stage) {
    MappedFile::exitWhereFilesAreCut("tool");
    std::string error = compileWith(stage, [&] {
      if (truncate(model().c_str(), size / 2) != 0)
        _exit(2);
    });
    llvm::errs() << "tool: error: " << error << "\n";
    _exit(error.empty() ? 0 : 1);
  };
  EXPECT_EXIT(
      compileCut(Stage::Link), testing::ExitedWithCode(1),
      "^tool: error: .*m.gguf changed while it was read; run again when "
      "it is whole\n$");
  EXPECT_EQ(countFiles(), 1u);
  // Cut before it is opened, it is merely a damaged file.
  EXPECT_EXIT(compileCut(Stage::Import), testing::ExitedWithCode(1),
              "^tool: error: .*m.gguf is cut short: .*\n$");
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(ChangedModel, WrittenAgainIsRefused) {
  std::string error = compileWith(
      Stage::Plan,
      [&] {
        struct timespec times[2] = {{0, UTIME_OMIT}, {1, 1}};
        utimensat(AT_FDCWD, model().c_str(), times, 0);
      },
      Emit::MLIR);
  EXPECT_EQ(error, model() + " changed while it was read; run again when it is "
                             "whole");
  EXPECT_EQ(countFiles(), 1u);
}

} // namespace
