// Which files a compilation writes.
#include "lib/Compiler/OutputPaths.h"

#include "lib/Support/InputFiles.h"
#include "lib/Support/MappedFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {
OutputPaths choose(const char *model, const char *output, Emit emit) {
  CompileOptions options;
  options.model = model;
  options.output = output;
  options.emit = emit;
  return llvm::cantFail(chooseOutputs(options));
}

TEST(Outputs, AreNamedAfterTheModel) {
  EXPECT_EQ(choose("dir/LFM2-350M-Q4_0.gguf", "", Emit::Executable).main,
            "LFM2-350M-Q4_0");
  EXPECT_EQ(choose("dir/LFM2-350M/", "", Emit::StaticLibrary).main,
            "LFM2-350M.a");
  EXPECT_EQ(choose("m.gguf", "", Emit::SharedLibrary).main, "m.so");
  EXPECT_EQ(choose("m.gguf", "", Emit::Object).main, "m.o");
  EXPECT_EQ(choose("m.gguf", "", Emit::Assembly).main, "-");
}

TEST(Outputs, OfALibraryStandSideBySide) {
  for (const char *out : {"./libcar-1", "./libcar-1.a"}) {
    const OutputPaths paths = choose("m.gguf", out, Emit::StaticLibrary);
    EXPECT_EQ(paths.main, "./libcar-1.a");
    EXPECT_EQ(paths.header, "./libcar-1.h");
    EXPECT_EQ(paths.weights, "./libcar-1.weights");
    EXPECT_EQ(paths.prefix, "libcar_1");
  }
  EXPECT_EQ(choose("m.gguf", "7up", Emit::StaticLibrary).prefix, "lfm2_7up");
}

TEST(Outputs, AFolderIsRefused) {
  CompileOptions options;
  options.model = "m.gguf";
  options.output = "/";
  auto folder = chooseOutputs(options);
  ASSERT_FALSE(bool(folder));
  EXPECT_EQ(llvm::toString(folder.takeError()),
            "cannot write /: it is a directory; name a file");
  options.output = "nowhere/m";
  auto missing = chooseOutputs(options);
  ASSERT_FALSE(bool(missing));
  EXPECT_EQ(llvm::toString(missing.takeError()),
            "cannot write nowhere/m: there is no folder nowhere");
  options.output = "-";
  auto stream = chooseOutputs(options);
  ASSERT_FALSE(bool(stream));
  EXPECT_EQ(llvm::toString(stream.takeError()),
            "a program is no text for standard output; name a file with -o");
}

// Before the model is read, and of everything that it reads.
TEST(Outputs, AFileThatWasReadIsRefused) {
  llvm::SmallString<128> model;
  int file;
  ASSERT_FALSE(
      llvm::sys::fs::createTemporaryFile("lfm2-outputs", "gguf", file, model));
  llvm::FileRemover remover(model);
  CompileOptions options;
  options.model = model.c_str();
  options.output = model.c_str();
  OutputPaths paths = llvm::cantFail(chooseOutputs(options));
  InputFiles inputs;
  llvm::cantFail(MappedFile::open(model));
  EXPECT_EQ(llvm::toString(checkOutputs(options, paths)),
            ("the output " + model + " would replace " + model +
             ", which was read; name another file")
                .str());
  paths.main = "m";
  options.reportPath = model.c_str();
  EXPECT_NE(llvm::toString(checkOutputs(options, paths)), "");
  options.reportPath = "";
  paths.header = model.c_str();
  EXPECT_EQ(llvm::toString(checkOutputs(options, paths)), "");
  options.emit = Emit::StaticLibrary;
  EXPECT_NE(llvm::toString(checkOutputs(options, paths)), "");
}

std::string refusal(const CompileOptions &options) {
  auto paths = chooseOutputs(options);
  return paths ? "" : llvm::toString(paths.takeError());
}

TEST(Outputs, AreDifferentFiles) {
  CompileOptions options;
  options.model = "m.gguf";
  options.output = "car";
  options.reportPath = "./car";
  EXPECT_EQ(refusal(options),
            "two outputs, car and ./car, are one file; name "
            "another with -o, --report, --depfile or --save-importance");
  options.emit = Emit::StaticLibrary;
  EXPECT_EQ(refusal(options), "");
  for (const char *report : {"car.h", "car.a", "car.weights"}) {
    options.reportPath = report;
    EXPECT_NE(refusal(options).find("are one file"), std::string::npos)
        << report;
  }
  options.weights = WeightsPlace::Join;
  EXPECT_EQ(refusal(options), "");
}
} // namespace
