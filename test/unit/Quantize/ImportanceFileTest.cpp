// Files of importance: what was written is read again; what cannot be is told.

#include "lib/Quantize/ImportanceFile.h"
#include "lib/Support/OutputFile.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <limits>

using namespace lfm2c;
using llvm::StringRef;

namespace {

/// A file in the temporary folder, while it lives.
class Written {
public:
  explicit Written(StringRef bytes) {
    llvm::SmallString<128> made;
    int file = 0;
    EXPECT_FALSE(
        llvm::sys::fs::createTemporaryFile("importance", "bin", file, made));
    llvm::raw_fd_ostream(file, /*shouldClose=*/true) << bytes;
    path = made.str().str();
  }
  ~Written() { llvm::sys::fs::remove(path); }

  llvm::Expected<Importance> read() const { return readImportance(path); }
  std::string refusal() const {
    auto found = read();
    return found ? "" : llvm::toString(found.takeError());
  }

private:
  std::string path;
};

std::string written(const Importance &importance) {
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  writeImportance(importance, "text.txt", 4, os);
  return bytes;
}

std::string number(int32_t value) {
  std::string bytes(4, 0);
  llvm::support::endian::write32le(bytes.data(), value);
  return bytes;
}
std::string real(float value) { return number(llvm::bit_cast<int32_t>(value)); }

Importance example() {
  Importance made;
  made.weights["blk.0.ffn_up.weight"] = {1, 2, {8}, {0.5, 2}, 0, {}};
  made.weights["blk.1.ffn_up_exps.weight"] = {2, 2, {4, 0}, {1, 3, 0, 0},
                                              0, {}};
  return made;
}

Tensor tensorOf(StringRef name, llvm::SmallVector<int64_t, 4> shape) {
  Tensor tensor;
  tensor.name = name.str();
  tensor.shape = std::move(shape);
  return tensor;
}

Checkpoint model() {
  Checkpoint made;
  made.path = "model.gguf";
  made.tensors["blk.0.ffn_up.weight"] = tensorOf("blk.0.ffn_up.weight", {3, 2});
  made.tensors["blk.1.ffn_up_exps.weight"] =
      tensorOf("blk.1.ffn_up_exps.weight", {2, 3, 2});
  made.tensors["token_embd.weight"] = tensorOf("token_embd.weight", {5, 2});
  return made;
}

testing::AssertionResult says(StringRef text, StringRef part) {
  if (text.contains(part))
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "expected '" << part.str() << "' in '" << text.str() << "'";
}

std::string misfit(Importance importance) {
  const Checkpoint of = model();
  return llvm::toString(fitImportance(importance, of, "i.gguf"));
}

} // namespace

TEST(ImportanceFileTest, IsReadAsItWasWritten) {
  const Written file(written(example()));
  auto found = file.read();
  ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
  ASSERT_EQ(found->weights.size(), 2u);
  const ColumnImportance &experts = *found->find("blk.1.ffn_up_exps.weight");
  EXPECT_EQ(experts.matrices, 2);
  EXPECT_EQ(experts.tokens, (std::vector<int64_t>{4, 0}));
  EXPECT_EQ(experts.squares, (std::vector<float>{1, 3, 0, 0}));
  const ColumnImportance &up = *found->find("blk.0.ffn_up.weight");
  EXPECT_EQ(up.squares, (std::vector<float>{0.5, 2}));
  EXPECT_EQ(misfit(std::move(*found)), "");
}

TEST(ImportanceFileTest, KeepsProducts) {
  Importance made = example();
  ColumnImportance &up = made.weights["blk.0.ffn_up.weight"];
  up.runColumns = 2;
  up.products = {0.5, -1, -1, 2};
  auto found = Written(written(made)).read();
  ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
  EXPECT_EQ(found->find("blk.0.ffn_up.weight")->products, up.products);
  EXPECT_EQ(found->find("blk.0.ffn_up.weight")->runColumns, 2);
  EXPECT_TRUE(found->find("blk.1.ffn_up_exps.weight")->products.empty());
  up.runColumns = 1;
  up.products = {1, 2};
  std::string fewer = written(made);
  // A run of 2 has 4 products.
  const size_t at = fewer.find("lfm2.run_columns") + 16 + 4;
  fewer[at] = 2;
  EXPECT_TRUE(says(Written(fewer).refusal(), "expected 4 products of columns"));
}

TEST(ImportanceFileTest, ReadsTheOlderForm) {
  const std::string name = "blk.1.ffn_up_exps.weight";
  // Means times three chunks, of two experts together.
  const Written file(number(1) + number(name.size()) + name + number(3) +
                     number(4) + real(3) + real(6) + real(9) + real(0) +
                     number(3) + number(1) + "t");
  auto found = file.read();
  ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
  const Checkpoint of = model();
  ASSERT_FALSE(bool(fitImportance(*found, of, "i.dat")));
  const ColumnImportance &weight = *found->find(name);
  EXPECT_EQ(weight.matrices, 2);
  EXPECT_EQ(weight.columns, 2);
  EXPECT_EQ(weight.squaresOf(0).vec(), (std::vector<float>{1, 2}));
  EXPECT_EQ(weight.squaresOf(1).vec(), (std::vector<float>{3, 0}));
}

TEST(ImportanceFileTest, RefusesWhatIsNone) {
  EXPECT_TRUE(says(Written("").refusal(), "found other bytes"));
  EXPECT_TRUE(says(Written("Once upon a time").refusal(), "found other bytes"));
  EXPECT_TRUE(says(
      Written(number(1) + number(1) + "a" + number(0) + number(1) + real(1))
          .refusal(),
      "found other bytes"));
  EXPECT_TRUE(says(
      Written(number(2) + number(1) + "a" + number(1) + number(1) + real(1))
          .refusal(),
      "cut short inside entry 2 of 2"));
  EXPECT_TRUE(says(Written(number(1) + number(1) + "a" + number(1) +
                           number(0x7fffffff) + real(1))
                       .refusal(),
                   "cut short inside entry 1 of 1"));
  EXPECT_TRUE(says(Written(number(1) + number(1) + "a" + number(1) + number(2) +
                           real(1) + real(-1))
                       .refusal(),
                   "sums of squares of 'a', found -1.00 at column 1"));
  EXPECT_TRUE(says(Written(written({})).refusal(), "found none"));
  const std::string whole = written(example());
  EXPECT_TRUE(
      says(Written(whole.substr(0, whole.size() - 64)).refusal(), "cut short"));
  Importance broken = example();
  broken.weights.begin()->second.squares[1] =
      std::numeric_limits<float>::infinity();
  EXPECT_TRUE(says(Written(written(broken)).refusal(),
                   "sums of squares of 'blk.0.ffn_up.weight', found INF"));
  // The name of a tensor of a pair is another.
  std::string lone = whole;
  lone.replace(lone.find(".counts"), 7, ".sounts");
  EXPECT_TRUE(says(Written(lone).refusal(), "together, found one"));
}

TEST(ImportanceFileTest, RefusesThatOfAnotherModel) {
  Importance more = example();
  more.weights["blk.7.ffn_up.weight"] = {1, 2, {8}, {0.5, 2}, 0, {}};
  EXPECT_TRUE(says(misfit(more), "it has 'blk.7.ffn_up.weight', which "
                                 "model.gguf lacks"));
  Importance wide = example();
  wide.weights["blk.0.ffn_up.weight"] = {1, 3, {8}, {0.5, 2, 1}, 0, {}};
  EXPECT_TRUE(says(misfit(wide), "3 columns for 'blk.0.ffn_up.weight', "
                                 "which is [3, 2] in model.gguf"));
  Importance experts = example();
  experts.weights["blk.1.ffn_up_exps.weight"] = {1, 2, {4}, {1, 3}, 0, {}};
  EXPECT_TRUE(says(misfit(experts), "[2, 3, 2]"));
}

TEST(ImportanceFileTest, TiedHeadHasTheEmbeddingsName) {
  Importance importance;
  importance.weights["output.weight"] = {1, 2, {8}, {0.5, 2}, 0, {}};
  const Checkpoint of = model();
  ASSERT_FALSE(bool(fitImportance(importance, of, "i.gguf")));
  EXPECT_NE(importance.find("token_embd.weight"), nullptr);
}
