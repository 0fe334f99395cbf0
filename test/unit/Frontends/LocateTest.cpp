// Folders around a model, weights in unusual files, and files that are not what
// their name says.

#include "frontends/Locate.h"
#include "DirectoryFixture.h"
#include "Equality.h"
#include "TinyCheckpoint.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

class Locate : public testing::Test {
protected:
  std::string folder(llvm::StringRef name) {
    std::string path = directory.file(name);
    EXPECT_FALSE(llvm::sys::fs::create_directories(path));
    return path;
  }
  void write(llvm::StringRef name, llvm::StringRef text) {
    const std::string path = directory.file(name);
    EXPECT_FALSE(
        llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path)));
    std::error_code code;
    llvm::raw_fd_ostream(path, code) << text;
    EXPECT_FALSE(code);
  }
  void writeGGUF(llvm::StringRef name) {
    std::vector<uint8_t> bytes = GGUFBuilder().build();
    write(name, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  }
  void writeHF(llvm::StringRef name) { HFBuilder().write(folder(name)); }

  /// Below the test's folder, or the error.
  std::string find(llvm::StringRef name) {
    notes.clear();
    auto place = locateModel(directory.file(name));
    if (!place)
      return llvm::toString(place.takeError());
    notes = place->notes;
    EXPECT_EQ(errorOf(readCheckpoint(directory.file(name))), "");
    return llvm::StringRef(place->path)
        .drop_front(directory.path.size() + 1)
        .str();
  }
  std::string readError(llvm::StringRef name) {
    return errorOf(readCheckpoint(directory.file(name)));
  }

  TemporaryDirectory directory;
  std::vector<std::string> notes;
};

#define EXPECT_SAYS(text, words)                                               \
  EXPECT_NE((text).find(words), std::string::npos) << (text)

TEST_F(Locate, ModelsStandForThemselves) {
  writeHF("m");
  writeGGUF("m.gguf");
  EXPECT_EQ(find("m"), "m");
  EXPECT_EQ(find("m.gguf"), "m.gguf");
  EXPECT_TRUE(notes.empty());
}

TEST_F(Locate, ARepositoryOfTheCacheIsWhatMainNames) {
  const std::string root = "hub/models--LiquidAI--LFM2-350M/";
  // As the hub's tool leaves it: the files are links to blobs.
  HFBuilder builder;
  folder(root + "snapshots/0a1b");
  for (const auto &[name, text] : builder.files) {
    write(root + "blobs/" + name + "-hash", text);
    ASSERT_EQ(symlink(("../../blobs/" + name + "-hash").c_str(),
                      directory.file(root + "snapshots/0a1b/" + name).c_str()),
              0);
  }
  write(root + "refs/main", "0a1b");
  folder(root + "snapshots/9999");
  const std::string found = root + "snapshots/0a1b";
  EXPECT_EQ(find(root), root + "snapshots/0a1b");
  EXPECT_EQ(find("hub"), found);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0], "the model is in models--LiquidAI--LFM2-350M, the only "
                      "repository in the cache");
  auto read = readCheckpoint(directory.file("hub"));
  ASSERT_TRUE(bool(read));
  EXPECT_EQ((*read)->config.name, "LFM2-350M");
  // A commit is no path.
  write(root + "refs/main", "../../elsewhere");
  EXPECT_SAYS(find(root), "refs/main should hold the name of a commit but "
                          "holds '../../elsewhere'");
  llvm::sys::fs::remove(directory.file(root + "refs/main"));
  EXPECT_SAYS(find(root), "has 2 snapshots and no refs/main that names one");
  folder("hub/models--a--b");
  EXPECT_SAYS(find("hub"), "holds 2 repositories; give one of them: "
                           "models--LiquidAI--LFM2-350M, models--a--b");
}

TEST_F(Locate, ACopiedRepositoryNeedsNoBlobs) {
  writeHF("models--a--b/snapshots/0a1b");
  folder("models--a--b/snapshots/9999");
  write("models--a--b/refs/main", "0a1b");
  EXPECT_EQ(find("models--a--b"), "models--a--b/snapshots/0a1b");
}

TEST_F(Locate, TheLastStepOfATrainingIsTaken) {
  for (const char *name : {"tuned/checkpoint-500", "tuned/checkpoint-1500",
                           "tuned/checkpoint-900"})
    writeHF(name);
  folder("tuned/runs");
  EXPECT_EQ(find("tuned"), "tuned/checkpoint-1500");
  EXPECT_EQ(notes, (std::vector<std::string>{"the model is in checkpoint-1500, "
                                             "the last step of the training"}));
  auto read = readCheckpoint(directory.file("tuned"));
  ASSERT_TRUE(bool(read));
  EXPECT_EQ((*read)->config.name, "tuned");
  EXPECT_EQ(find("tuned/checkpoint-500"), "tuned/checkpoint-500");
  // The model that a training ends with comes before its steps.
  writeHF("tuned");
  EXPECT_EQ(find("tuned"), "tuned");
}

TEST_F(Locate, TheOneGGUFOfAFolderIsTaken) {
  writeGGUF("m/LFM2-Q4_0.gguf");
  write("m/config.json", "{}"); // As repositories of GGUF files have it.
  write("m/README.md", "");
  writeGGUF("m/mmproj-LFM2-VL.gguf");
  EXPECT_EQ(find("m"), "m/LFM2-Q4_0.gguf");
  EXPECT_EQ(notes[0],
            "the model is in LFM2-Q4_0.gguf, the only one in the folder");
  writeGGUF("m/LFM2-Q8_0.gguf");
  EXPECT_SAYS(find("m"), "holds 2 models; give one of them: LFM2-Q4_0.gguf, "
                         "LFM2-Q8_0.gguf");
}

TEST_F(Locate, OfAModelInPartsTheFirstIsTaken) {
  for (const char *part : {"1", "2"})
    write(std::string("m/big-0000") + part + "-of-00002.gguf", "GGUF");
  auto place = locateModel(directory.file("m"));
  ASSERT_TRUE(bool(place)) << llvm::toString(place.takeError());
  EXPECT_EQ(place->path, directory.file("m/big-00001-of-00002.gguf"));
}

TEST_F(Locate, OtherFormsOfWeightsAreNamed) {
  const struct {
    const char *file, *says;
  } cases[] = {
      {"pytorch_model.bin",
       "pytorch_model.bin is PyTorch's; save the model with "
       "save_pretrained() of transformers"},
      {"model.pt", "PyTorch's; save the model with save_pretrained()"},
      {"model.onnx", "ONNX; get the model as safetensors or GGUF"},
      {"weights.npz", "NumPy's, as older MLX wrote them"},
      {"x.gguf.incomplete", "a download that has not ended"},
  };
  for (const auto &entry : cases) {
    std::string name = std::string("m-") + entry.file + "/";
    write(name + "config.json", "{}");
    write(name + "training_args.bin", "");
    write(name + entry.file, "");
    EXPECT_SAYS(find(name), entry.says);
  }
  folder("empty");
  EXPECT_SAYS(find("empty"), "is an empty folder; expected a GGUF file or");
  write("config/config.json", "{}");
  EXPECT_SAYS(find("config"), "has a config.json but no weights");
  write("a.bin", "PK\3\4");
  EXPECT_SAYS(readError("a.bin"), "it is a ZIP archive, as PyTorch");
  writeHF("hf");
  EXPECT_SAYS(readError("hf/model.safetensors"),
              "give the folder that it is in");
}

TEST_F(Locate, NothingIsNoModel) {
  EXPECT_SAYS(find("missing"), "missing: No such file or directory");
  ASSERT_EQ(mkfifo(directory.file("pipe").c_str(), 0600), 0);
  EXPECT_SAYS(readError("pipe"), "expected a regular file");
  EXPECT_SAYS(errorOf(readCheckpoint("/dev/zero")), "expected a regular file");
  ASSERT_EQ(mkfifo(directory.file("pipe.gguf").c_str(), 0600), 0);
  EXPECT_SAYS(readError("pipe.gguf"), "expected a regular file");
  writeHF("m");
  llvm::sys::fs::remove(directory.file("m/tokenizer.json"));
  ASSERT_EQ(mkfifo(directory.file("m/tokenizer.json").c_str(), 0600), 0);
  EXPECT_SAYS(readError("m"), "tokenizer.json: expected a regular file");
}

TEST_F(Locate, ShardsNeedNoIndex) {
  HFBuilder builder;
  builder.packShards(8);
  builder.files.erase("model.safetensors.index.json");
  std::map<std::string, std::string> files;
  unsigned shards = 0;
  for (auto &[name, text] : builder.files)
    shards += llvm::StringRef(name).ends_with(".safetensors");
  unsigned number = 0;
  for (auto &[name, text] : builder.files) {
    std::string as = name;
    if (llvm::StringRef(name).ends_with(".safetensors"))
      as = llvm::formatv("model-{0:D5}-of-{1:D5}.safetensors", ++number, shards)
               .str();
    write("m/" + as, text);
  }
  ASSERT_GE(shards, 2u);
  auto whole = [&] {
    writeHF("whole");
    return llvm::cantFail(readCheckpoint(directory.file("whole")));
  }();
  auto read = readCheckpoint(directory.file("m"));
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->tensors.size(), whole->tensors.size());
  // The steps of its download show that it is to be continued.
  const std::string lost =
      llvm::formatv("m/model-00002-of-{0:D5}.safetensors", shards).str();
  llvm::sys::fs::remove(directory.file(lost));
  EXPECT_SAYS(readError("m"), "is missing, though other parts are there; get "
                              "the whole checkpoint");
  write(lost + ".incomplete", "");
  EXPECT_SAYS(readError("m"), "its download has not ended");
}

TEST_F(Locate, OneFileOfWeightsMayBeCalledAnything) {
  HFBuilder builder;
  builder.write(folder("m"));
  llvm::sys::fs::rename(directory.file("m/model.safetensors"),
                        directory.file("m/consolidated.safetensors"));
  EXPECT_EQ(find("m"), "m");
  write("m/other.safetensors", "");
  EXPECT_SAYS(readError("m"), "has 2 files of weights, "
                              "consolidated.safetensors and other.safetensors "
                              "among them, and none is called");
}

TEST_F(Locate, PointersAndPagesAreNamed) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\n"
                              "oid sha256:0123\nsize 1\n";
  const std::string says =
      "it is a pointer of git-lfs, not the file itself; run 'git lfs pull'";
  for (const auto &[name, text] : HFBuilder().files) {
    writeHF("m");
    write("m/" + name, pointer);
    EXPECT_SAYS(readError("m"), name);
    EXPECT_SAYS(readError("m"), says);
    write("m/" + name, text);
  }
  write("m/chat_template.jinja", pointer);
  EXPECT_SAYS(readError("m"), says);
  write("p.gguf", pointer);
  EXPECT_SAYS(readError("p.gguf"), says);
  write("p", pointer);
  EXPECT_SAYS(readError("p"), says);
  write("page.gguf", "<!DOCTYPE html><html>");
  EXPECT_SAYS(readError("page.gguf"), "it is a web page");
  write("m/chat_template.jinja", "");
  write("m/model.safetensors", std::string(5000, '\0'));
  EXPECT_SAYS(readError("m"), "begins with zeros only");
  write("m/model.safetensors", "");
  EXPECT_SAYS(readError("m"), "is empty");
}

TEST_F(Locate, NamesInAnIndexAreNamesOfFiles) {
  for (const char *name : {"a\\u0000b.safetensors", "a\\u001b[2J.safetensors",
                           "a\\nb.safetensors", "../a.safetensors", ""}) {
    HFBuilder builder;
    builder.files.erase("model.safetensors");
    builder.files["model.safetensors.index.json"] =
        std::string("{\"weight_map\": {\"t\": \"") + name + "\"}}";
    builder.write(folder("m"));
    std::string error = readError("m");
    EXPECT_SAYS(error, "tensor 't' should be mapped to the name of a file in "
                       "this directory but is mapped to '");
    EXPECT_EQ(error.find('\x1b'), std::string::npos);
  }
}

/// Calls `test` as a user whom permissions hold for; true where it returned
/// true.
bool asNobody(llvm::function_ref<bool()> test) {
  pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
      _exit(2);
    _exit(test() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(Locate, WhatMayNotBeReadIsNamed) {
  writeHF("m");
  writeGGUF("m.gguf");
  writeGGUF("g/m.gguf");
  for (llvm::StringRef open : {"", "m", "g"})
    ASSERT_EQ(chmod(directory.file(open).c_str(), 0755), 0);
  auto says = [&](llvm::StringRef name, llvm::StringRef expected) {
    return asNobody([&] {
      std::string error = readError(name);
      if (error == expected)
        return true;
      llvm::errs() << error << "\n";
      return false;
    });
  };
  auto denied = [&](llvm::StringRef name) {
    return "cannot read " + directory.file(name) + ": Permission denied";
  };
  if (!says("m", "") || !says("m.gguf", ""))
    GTEST_SKIP() << "needs a folder that everybody may read";
  chmod(directory.file("m.gguf").c_str(), 0);
  EXPECT_TRUE(says("m.gguf", denied("m.gguf")));
  for (const char *file :
       {"m/config.json", "m/model.safetensors", "m/tokenizer.json"}) {
    chmod(directory.file(file).c_str(), 0);
    EXPECT_TRUE(says("m", denied(file)));
    chmod(directory.file(file).c_str(), 0644);
  }
  // Who may not list a folder may still go through it, but not the reverse.
  chmod(directory.file("m").c_str(), 0111);
  EXPECT_TRUE(says("m", ""));
  chmod(directory.file("m").c_str(), 0444);
  EXPECT_TRUE(says("m", denied("m/config.json")));
  chmod(directory.file("m").c_str(), 0);
  EXPECT_TRUE(says("m", denied("m")));
  chmod(directory.file("m").c_str(), 0755);
  chmod(directory.file("g").c_str(), 0);
  EXPECT_TRUE(says("g/m.gguf", denied("g/m.gguf")));
  EXPECT_TRUE(says("g", denied("g")));
  chmod(directory.file("g").c_str(), 0755);
}

} // namespace
