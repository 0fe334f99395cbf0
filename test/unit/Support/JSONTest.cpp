// JSON: what is read, and what is said of what is not.
#include "lib/Support/CheckedJSON.h"
#include "gtest/gtest.h"
#include <sys/resource.h>

using namespace lfm2c;

namespace {

std::string errorOf(llvm::StringRef text, size_t maxValues = 1000) {
  llvm::Expected<json::Document> document =
      parseJSONObject(text, "f.json", maxValues);
  return document ? "" : llvm::toString(document.takeError());
}

/// What `read` says of the members of `text`.
template <typename T>
std::string readError(llvm::StringRef text, llvm::StringRef key) {
  llvm::Expected<json::Document> document =
      parseJSONObject(text, "f.json", 1000);
  if (!document)
    return llvm::toString(document.takeError());
  T out{};
  return llvm::toString(JSONReader(*document, "f.json").read(key, out));
}

TEST(JSON, HoldsEachKindOfValue) {
  std::string text =
      R"({"a": 1, "b": [true, "x\né", -2.5, null], "c": {"d": 3.0}, "": ""})";
  llvm::Expected<json::Document> document =
      parseJSONObject(text, "f.json", 1000);
  ASSERT_TRUE(bool(document));
  const json::Object &root = document->root();
  ASSERT_EQ(root.size(), 4u);
  EXPECT_EQ(root.begin()->first, "a");
  EXPECT_EQ(root.getInteger("a"), 1);
  EXPECT_EQ(root.getNumber("a"), 1.0);
  const json::Array &list = *root.getArray("b");
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[0].getAsBoolean(), true);
  EXPECT_EQ(list[1].getAsString(), "x\n\xc3\xa9");
  EXPECT_EQ(list[2].getAsNumber(), -2.5);
  EXPECT_EQ(list[2].getAsInteger(), std::nullopt);
  EXPECT_EQ(list[3].kind(), json::Value::Null);
  EXPECT_EQ(root.getObject("c")->getInteger("d"), 3);
  EXPECT_EQ(root.getString(""), "");
  EXPECT_EQ(root.get("e"), nullptr);
}

TEST(JSON, HoldsLargeNumbers) {
  std::string text = R"({"a": 9223372036854775807, "b": 9223372036854775808,
                         "c": -9223372036854775808, "d": 1e-5, "e": 1e300, "f": 0.1234567890123456789e-3,
                         "g": [0e-5, 2.2250738585072011e-308]})";
  llvm::Expected<json::Document> document =
      parseJSONObject(text, "f.json", 1000);
  ASSERT_TRUE(bool(document));
  const json::Object &root = document->root();
  EXPECT_EQ(root.getInteger("a"), INT64_MAX);
  EXPECT_EQ(root.getInteger("b"), std::nullopt);
  EXPECT_EQ(root.getNumber("b"), 0x1p63);
  EXPECT_EQ(root.getInteger("c"), INT64_MIN);
  EXPECT_EQ(root.getNumber("d"), 1e-5);
  EXPECT_EQ(root.getInteger("e"), std::nullopt);
  EXPECT_EQ(root.getNumber("f"), 0.1234567890123456789e-3);
  EXPECT_EQ((*root.getArray("g"))[0].getAsNumber(), 0);
  EXPECT_EQ((*root.getArray("g"))[1].getAsNumber(), 2.2250738585072011e-308);
}

TEST(JSON, SkipsTheByteOrderMark) {
  EXPECT_EQ(errorOf("\xef\xbb\xbf{\"a\": 1}"), "");
  EXPECT_EQ(errorOf(llvm::StringRef("\xff\xfe{\0}\0", 6)),
            "f.json is in UTF-16; save it as UTF-8");
}

TEST(JSON, ReadsWhatPythonWritesForNoNumber) {
  llvm::StringRef text =
      R"({"a": NaN, "b": Infinity, "c": -Infinity, "d": [NaN], "e": 1})";
  EXPECT_EQ(readError<double>(text, "e"), "");
  EXPECT_EQ(readError<double>(text, "a"),
            "f.json: key 'a' should be a number but is NaN");
  EXPECT_EQ(readError<int64_t>(text, "b"),
            "f.json: key 'b' should be an integer but is Infinity");
  EXPECT_EQ(readError<double>(text, "c"),
            "f.json: key 'c' should be a number but is -Infinity");
  EXPECT_EQ(readError<std::vector<int64_t>>(text, "d"),
            "f.json: key 'd' should be a list of integers but is a list");
}

TEST(JSON, NamesWrongKinds) {
  llvm::StringRef text = R"({"a": 1.5, "b": "x"})";
  EXPECT_EQ(readError<int64_t>(text, "a"),
            "f.json: key 'a' should be an integer but is a number (1.5)");
  EXPECT_EQ(readError<bool>(text, "b"),
            "f.json: key 'b' should be true or false but is a string");
}

TEST(JSON, NamesWhereATextStopsBeingJSON) {
  EXPECT_EQ(errorOf(""), "f.json is not JSON: it is empty; get the file again");
  EXPECT_EQ(errorOf("version https://git-lfs.github.com/spec/v1\noid sha256:0"),
            "f.json is not JSON: it is a pointer of git-lfs, not the file "
            "itself; run 'git lfs pull' in its folder");
  EXPECT_EQ(errorOf("{\n  \"a\": x}"),
            "f.json is not JSON: line 2, column 8: Invalid value");
  EXPECT_EQ(errorOf("{} {}"),
            "f.json is not JSON: line 1, column 4: The document root must not "
            "be followed by other values");
  EXPECT_EQ(errorOf(llvm::StringRef("{}\0", 3)),
            "f.json is not JSON: line 1, column 3: A zero byte behind the "
            "value");
  EXPECT_EQ(errorOf("{\"a\": \"\xff\"}"),
            "f.json is not JSON: line 1, column 8: Invalid encoding in string");
  EXPECT_EQ(errorOf("[1]"), "f.json should hold a JSON object, '{...}', but "
                            "holds a list");
}

TEST(JSON, ReadsAListWhereOneIsExpected) {
  llvm::Expected<json::Document> list = parseJSONList("[1, [2]]", "f.json", 10);
  ASSERT_TRUE(bool(list)) << llvm::toString(list.takeError());
  EXPECT_EQ(list->list().size(), 2u);
  EXPECT_EQ(llvm::toString(parseJSONList("{}", "f.json", 10).takeError()),
            "f.json should hold a JSON list, '[...]', but holds an object");
}

TEST(JSON, RefusesKeysThatOccurTwice) {
  EXPECT_EQ(errorOf(R"({"a": 1, "a": 2})"),
            "f.json: key 'a' occurs twice; the file is damaged");
  // In objects inside, of many keys, and spelled in two ways.
  std::string many;
  for (int i = 0; i < 500; ++i)
    many += "\"k" + std::to_string(i) + "\": 0, ";
  EXPECT_EQ(errorOf("{\"v\": {" + many + "\"x\": 0}}"), "");
  EXPECT_EQ(errorOf("{\"v\": {" + many + "\"k25\\u0030\": 0}}"),
            "f.json: key 'k250' occurs twice; the file is damaged");
}

TEST(JSON, IsBoundedInDepthAndValues) {
  std::string open(64, '['), shut(64, ']');
  EXPECT_EQ(errorOf("{\"a\": " + open.substr(1) + shut.substr(1) + "}"), "");
  EXPECT_EQ(errorOf("{\"a\": " + open + shut + "}"),
            "f.json nests more than 64 levels deep, the most that are read");
  EXPECT_EQ(errorOf("{\"a\": [1, 2, 3]}", 5), "");
  EXPECT_EQ(errorOf("{\"a\": [1, 2, 3]}", 4),
            "f.json has more than 4 values, the most that are read");
}

/// The most memory that this process has had, in bytes.
size_t peakMemory() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return size_t(usage.ru_maxrss) * 1024;
}

TEST(JSON, TakesASmallMultipleOfItsText) {
  std::string text = "{\"unknown\": [{\"a\":1}";
  for (int i = 1; i < 612000; ++i)
    text += ",{\"a\":1}";
  text += "]}";
  size_t before = peakMemory();
  EXPECT_EQ(errorOf(text, 2500000), "");
  // 80 bytes for each object and its member, whatever sanitizers add.
  EXPECT_LT(peakMemory() - before, 160u << 20);
}

} // namespace
