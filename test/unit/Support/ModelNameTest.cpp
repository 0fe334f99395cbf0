// What a model is called after the place that it is in.
#include "lib/Support/ModelName.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

TEST(ModelName, IsThatOfThePlace) {
  const struct {
    const char *path, *name;
  } cases[] = {
      {"/m/LFM2-350M", "LFM2-350M"},
      {"/m/LFM2-350M//", "LFM2-350M"},
      {"LFM2-350M/.", "LFM2-350M"},
      {"/m/LFM2-350M/../LFM2-1.2B", "LFM2-1.2B"},
      {"LFM2-350M-Q4_0.gguf", "LFM2-350M-Q4_0"},
      {"LFM2-350M.GGUF", "LFM2-350M"},
      {"/m/big-00001-of-00003.gguf", "big"},
      {"/m/big-00001-of-00003", "big-00001-of-00003"}, // A folder.
      {"-00001-of-00003.gguf", "-00001-of-00003"},
      {"model.mlir", "model"},
      {".gguf", "model"},
      {"/", "model"},
      {"/hub/models--LiquidAI--LFM2-350M/snapshots/0a1b2c", "LFM2-350M"},
      {"/hub/models--LiquidAI--LFM2-350M/snapshots/0a1b2c/", "LFM2-350M"},
      {"/hub/models--gpt2/snapshots/0a1b2c", "gpt2"},
      {"/m/snapshots/0a1b2c", "0a1b2c"},
      {"/hub/models--a--b/snapshots/0a1b2c/m-Q4.gguf", "m-Q4"},
      {"/out/tuned/checkpoint-500", "tuned"},
      {"/out/tuned/checkpoint-500/", "tuned"},
      {"/checkpoint-500", "checkpoint-500"},
      {"/out/checkpoint-last", "checkpoint-last"},
      {"/hub/models--a--b/snapshots/0a1b2c/checkpoint-500", "b"},
  };
  for (const auto &entry : cases)
    EXPECT_EQ(modelNameOf(entry.path), entry.name) << entry.path;
}

TEST(ModelName, OfTheWorkingFolderIsItsOwn) {
  llvm::SmallString<256> here;
  ASSERT_FALSE(llvm::sys::fs::current_path(here));
  EXPECT_EQ(modelNameOf("."), llvm::sys::path::filename(here));
  EXPECT_EQ(modelNameOf("./"), llvm::sys::path::filename(here));
}

TEST(ModelName, KnowsPartsAndSteps) {
  llvm::StringRef name = "model-00002-of-00003";
  unsigned number = 0, count = 0;
  EXPECT_TRUE(consumePart(name, number, count));
  EXPECT_EQ(name, "model");
  EXPECT_EQ(number, 2u);
  EXPECT_EQ(count, 3u);
  for (llvm::StringRef other : {"model", "model-2-of-3", "model-0000x-of-00003",
                                "model_00002-of-00003", ""})
    EXPECT_FALSE(consumePart(other, number, count)) << other.str();
  uint64_t step = 0;
  EXPECT_TRUE(isTrainingStep("checkpoint-1500", step));
  EXPECT_EQ(step, 1500u);
  EXPECT_FALSE(isTrainingStep("checkpoint-", step));
  EXPECT_FALSE(isTrainingStep("checkpoint-best", step));
}

} // namespace
