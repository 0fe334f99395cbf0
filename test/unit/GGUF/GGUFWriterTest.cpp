// What the writer writes, the reader reads.
#include "lib/GGUF/GGUFWriter.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {

/// A value, in the test, that is there.
template <typename T> T get(llvm::Expected<std::optional<T>> value) {
  EXPECT_TRUE(bool(value));
  if (!value) {
    llvm::consumeError(value.takeError());
    return T();
  }
  EXPECT_TRUE(value->has_value());
  return value->value_or(T());
}

std::string write(const GGUFMetadata &metadata, std::vector<GGUFTensor> tensors,
                  llvm::ArrayRef<StringRef> pieces, uint64_t alignment = 32) {
  std::string text;
  llvm::raw_string_ostream os(text);
  GGUFWriter writer(os, metadata, std::move(tensors), alignment);
  for (StringRef piece : pieces) {
    EXPECT_FALSE(writer.isComplete());
    writer.append(llvm::arrayRefFromStringRef(piece));
  }
  EXPECT_TRUE(writer.isComplete());
  return text;
}

GGUFFile parse(StringRef text) {
  auto file = GGUFFile::parse(llvm::arrayRefFromStringRef(text), "test.gguf");
  EXPECT_TRUE(bool(file)) << llvm::toString(file.takeError());
  return std::move(*file);
}

TEST(GGUFWriter, EveryKindOfValue) {
  GGUFMetadata metadata;
  metadata.setInt("int", 4000000000);
  metadata.setFloat("float", 1e-5f);
  metadata.setBool("yes", true);
  metadata.setBool("no", false);
  metadata.setString("text", "a\nb");
  metadata.setInts("ints", {0, -8});
  metadata.setFloats("floats", {0.5f});
  metadata.setStrings("words", {"", "Ġthe", std::string("\0", 1)});
  const std::string text = write(metadata, {}, {});
  const GGUFFile file = parse(text);
  EXPECT_EQ(get(file.getInt("int")), 4000000000);
  EXPECT_EQ(get(file.getFloat("float")), double(1e-5f));
  EXPECT_TRUE(get(file.getBool("yes")));
  EXPECT_FALSE(get(file.getBool("no")));
  EXPECT_EQ(get(file.getString("text")), "a\nb");
  EXPECT_EQ(get(file.getInts("ints")), (std::vector<int64_t>{0, -8}));
  EXPECT_EQ(file.find("floats")->type, GGUFType::F32);
  EXPECT_EQ(get(file.getStrings("words")),
            (std::vector<StringRef>{"", "Ġthe", StringRef("\0", 1)}));
  EXPECT_EQ(file.getKeys(),
            llvm::ArrayRef<StringRef>({"int", "float", "yes", "no", "text",
                                       "ints", "floats", "words"}));
}

TEST(GGUFWriter, KeysKeepTheirPlace) {
  GGUFMetadata metadata, other;
  metadata.setInt("a", 1);
  metadata.setInt("b", 2);
  metadata.setInt("c", 3);
  metadata.setString("a", "one");
  metadata.erase("b");
  EXPECT_EQ(metadata.getKeys(), (std::vector<StringRef>{"a", "c"}));
  other.setInt("c", 3);
  EXPECT_TRUE(metadata.isEqualAt("c", other));
  EXPECT_TRUE(metadata.isEqualAt("b", other));
  EXPECT_FALSE(metadata.isEqualAt("a", other));
  metadata.take("a", other);
  EXPECT_EQ(metadata.getKeys(), (std::vector<StringRef>{"c"}));
}

TEST(GGUFWriter, ValuesOfAnotherFile) {
  GGUFMetadata metadata, copy;
  metadata.setStrings("words", {"x", "yz"});
  metadata.setFloat("float", 2);
  const std::string text = write(metadata, {}, {});
  const GGUFFile file = parse(text);
  for (StringRef key : file.getKeys())
    copy.setValue(key, *file.find(key));
  EXPECT_EQ(write(copy, {}, {}), text);
}

TEST(GGUFWriter, TensorsInPieces) {
  const std::string text =
      write({}, {{"a", {2, 3}, 0, 24}, {"b", {5}, 24, 5}, {"c", {8}, 8, 34}},
            {"0123456789", "abcdefghijklmn", "hello", std::string(34, 'q')});
  const GGUFFile file = parse(text);
  ASSERT_EQ(file.getTensors().size(), 3u);
  const GGUFTensorInfo &a = file.getTensors()[0], &b = file.getTensors()[1];
  EXPECT_EQ(a.shape, (llvm::SmallVector<int64_t, 4>{2, 3}));
  EXPECT_EQ(b.offset, 32u);
  EXPECT_EQ(b.type, 24u);
  EXPECT_EQ(file.getTensors()[2].offset, 64u);
  EXPECT_EQ(llvm::toStringRef(file.getData().slice(0, 24)),
            "0123456789abcdefghijklmn");
  EXPECT_EQ(llvm::toStringRef(file.getData().slice(32, 5)), "hello");
  EXPECT_EQ(file.getData().size(), 128u);
}

TEST(GGUFWriter, Alignment) {
  GGUFMetadata metadata;
  metadata.setInt("general.alignment", 256);
  const std::string text =
      write(metadata, {{"a", {1}, 0, 4}, {"b", {1}, 0, 4}}, {"aaaa", "bbbb"},
            /*alignment=*/256);
  const GGUFFile file = parse(text);
  EXPECT_EQ(file.getAlignment(), 256u);
  EXPECT_EQ(file.getDataOffset() % 256, 0u);
  EXPECT_EQ(file.getTensors()[1].offset, 256u);
  EXPECT_EQ(text.size() % 256, 0u);
}

} // namespace
