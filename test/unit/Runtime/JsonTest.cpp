// JSON read and written by the runtime, against what Python's json module says
// (test/json/make_goldens.py), and what no golden can say.
#include "runtime/json/Numbers.h"
#include "runtime/json/Reader.h"
#include "runtime/json/Writer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

using namespace lfm2rt;

namespace {

void append(const char *text, uint64_t bytes, void *user) {
  static_cast<std::string *>(user)->append(text, bytes);
}

std::string write(const Value &value, const JsonStyle &style) {
  std::string out;
  EXPECT_TRUE(writeJson(value, style, append, &out));
  return out;
}

Text textOf(const std::string &text) {
  return {text.data(), uint32_t(text.size())};
}

// A document in memory of its own and of exactly its size, and of its value in
// an arena of exactly the bytes that it asks for.
struct Document {
  explicit Document(const std::string &text)
      : text(text), copy(new char[text.size()]) {
    memcpy(copy, text.data(), text.size());
    Arena none(nullptr, 0);
    EXPECT_EQ(readJson(none, view(), error), nullptr);
    if (error.expected)
      return;
    EXPECT_TRUE(none.overflowed());
    needed = none.needed();
    // With less it says the same once more.
    memory.resize(needed / 8 - 1);
    Arena less(memory.data(), memory.size() * 8);
    EXPECT_EQ(readJson(less, view(), error), nullptr);
    EXPECT_EQ(error.expected, nullptr);
    EXPECT_TRUE(less.overflowed());
    EXPECT_EQ(less.needed(), needed);

    memory.resize(needed / 8);
    Arena arena(memory.data(), needed);
    value = readJson(arena, view(), error);
    EXPECT_NE(value, nullptr) << text;
    EXPECT_FALSE(arena.overflowed());
  }
  ~Document() { delete[] copy; }
  Document(const Document &) = delete;
  Document &operator=(const Document &) = delete;

  Text view() const { return {copy, uint32_t(text.size())}; }

  std::string text;
  char *copy;
  std::vector<uint64_t> memory;
  uint64_t needed = 0;
  JsonError error;
  const Value *value = nullptr;
};

const llvm::json::Object &goldens() {
  static const llvm::json::Value json = [] {
    const char *other = std::getenv("LFM2_JSON_GOLDENS");
    auto file = llvm::MemoryBuffer::getFile(other ? other : LFM2_JSON_GOLDENS);
    return llvm::cantFail(llvm::json::parse((*file)->getBuffer()));
  }();
  return *json.getAsObject();
}

double doubleOf(llvm::StringRef hex) {
  uint64_t bits = std::strtoull(hex.str().c_str(), nullptr, 16);
  double number;
  memcpy(&number, &bits, sizeof(number));
  return number;
}

std::string repr(double number) {
  char text[numberBytes];
  return std::string(text, writeDouble(number, text));
}

// As test/json/make_goldens.py has them.
std::vector<JsonStyle> styles() {
  JsonStyle lines = JsonStyle::indented(2), sorted = JsonStyle::indented(0),
            spaced;
  lines.ensureAscii = false;
  sorted.sortKeys = spaced.sortKeys = true;
  spaced.itemSeparator = " ,";
  spaced.keySeparator = " : ";
  return {{}, JsonStyle::compact(), lines, sorted, spaced};
}

TEST(Json, WritesDoublesAsPython) {
  const llvm::json::Array &rows = *goldens().getArray("writes");
  ASSERT_GT(rows.size(), 500u);
  for (const llvm::json::Value &row : rows) {
    const llvm::json::Array &golden = *row.getAsArray();
    double number = doubleOf(*golden[0].getAsString());
    EXPECT_EQ(repr(number), golden[1].getAsString()->str());
    std::string text = golden[1].getAsString()->str();
    double again = readDouble(textOf(text));
    EXPECT_EQ(memcmp(&again, &number, sizeof(number)), 0) << text;
  }
}

TEST(Json, ReadsDoublesAsPython) {
  const llvm::json::Array &rows = *goldens().getArray("reads");
  ASSERT_GT(rows.size(), 200u);
  for (const llvm::json::Value &row : rows) {
    const llvm::json::Array &golden = *row.getAsArray();
    std::string text = golden[0].getAsString()->str();
    double number = doubleOf(*golden[1].getAsString());
    double read = readDouble(textOf(text));
    EXPECT_EQ(memcmp(&read, &number, sizeof(number)), 0)
        << text << " is " << repr(number) << ", not " << read;
  }
}

TEST(Json, ReadsAndWritesDocumentsAsPython) {
  const llvm::json::Array &rows = *goldens().getArray("documents");
  ASSERT_GT(rows.size(), 900u);
  size_t refused = 0;
  for (const llvm::json::Value &row : rows) {
    const llvm::json::Array &golden = *row.getAsArray();
    std::string text =
        golden[0].getAsString()
            ? golden[0].getAsString()->str()
            : llvm::fromHex(*(*golden[0].getAsArray())[0].getAsString());
    Document document(text);
    std::optional<llvm::StringRef> expected = golden[2].getAsString();
    ASSERT_EQ(document.value != nullptr, expected.has_value())
        << text << (document.value ? "" : document.error.expected);
    if (expected)
      EXPECT_EQ(
          write(*document.value, styles()[size_t(*golden[1].getAsInteger())]),
          expected->str());
    else
      ++refused;
  }
  EXPECT_GT(refused, 300u);
}

std::string refusal(const std::string &text) {
  Document document(text);
  EXPECT_EQ(document.value, nullptr);
  if (document.value)
    return "";
  Place place = placeOf(document.view(), document.error.at);
  return std::to_string(document.error.at) + " " + std::to_string(place.line) +
         ":" + std::to_string(place.column) + " " + document.error.expected;
}

TEST(Json, SaysWhatItExpectedAndWhere) {
  EXPECT_EQ(refusal(""), "0 1:1 a value: a string, a number, a list, a "
                         "mapping, true, false or null");
  EXPECT_EQ(refusal("[\n \"\xc3\xa4\" 1]"), "8 2:6 ',' or ']'");
  EXPECT_EQ(refusal("{\"a\":1 1"), "7 1:8 ',' or '}'");
  EXPECT_EQ(refusal("{1"), "1 1:2 the name of a member, in double quotes");
  EXPECT_EQ(refusal("{\"a\" 1"), "5 1:6 ':' behind the name of a member");
  EXPECT_EQ(refusal("1 2"), "2 1:3 the end of the text");
  for (const char *number : {"-x", "1.x", "1ex", "01", "-.5", "1.e2"})
    EXPECT_EQ(refusal(number), "0 1:1 a number as JSON has them, such as 12, "
                               "-0.5 or 1e+3");
  EXPECT_EQ(refusal("[1e999]"), "1 1:2 a number up to 1.7976931348623157e+308");
  EXPECT_EQ(refusal("\"a"), "2 1:3 a double quote at the end of the string");
  EXPECT_EQ(refusal("\"a\nb\""), "2 1:3 no control character in a string, but "
                                 "an escape as \\n");
  for (const char *string : {"\"a\\x\"", "\"a\\u00g0\"", "\"a\\u12\"", "\"a\\"})
    EXPECT_EQ(refusal(string), "2 1:3 an escape: \\\" \\\\ \\/ \\b \\f \\n "
                               "\\r \\t or \\u with four hex digits");
  EXPECT_EQ(refusal("\"\\udc00\""),
            "1 1:2 both halves of a surrogate pair, as in \\ud83d\\ude00");
  EXPECT_EQ(refusal("\"\xff\""), "1 1:2 UTF-8");
  EXPECT_EQ(refusal(std::string(200, '[')),
            "128 1:129 at most 128 lists and mappings within each other");
}

TEST(Json, FindsMembers) {
  Document document("{\"b\": 1, \"a\": 2, \"\": 3, \"b\": 4, \"ab\": []}");
  const Value &mapping = *document.value;
  EXPECT_EQ(mapping.size, 4u);
  EXPECT_EQ(find(mapping, text("a"))->integer, 2);
  EXPECT_EQ(find(mapping, text("b"))->integer, 4);
  EXPECT_EQ(find(mapping, text(""))->integer, 3);
  EXPECT_EQ(find(mapping, text("ab"))->kind, Kind::List);
  EXPECT_EQ(find(mapping, text("abc")), nullptr);
  EXPECT_EQ(find(*find(mapping, text("ab")), text("a")), nullptr);
  EXPECT_EQ(write(mapping, JsonStyle::compact()),
            "{\"b\":4,\"a\":2,\"\":3,\"ab\":[]}");
}

// A text that repeats names, or nests, takes no more time than another.
TEST(Json, ManyMembersTakeNoTime) {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i)
    text += "\"" + std::to_string(i * 7919 % 100000) +
            "\":" + std::to_string(i) + ",";
  text.back() = '}';
  Document document(text);
  EXPECT_EQ(document.value->size, 100000u);
  std::string sorted = write(*document.value, styles()[4]);
  EXPECT_EQ(sorted.substr(0, 12), "{\"0\" : 10000");
}

TEST(Json, RefusesToWriteWhatIsNoJson) {
  std::string out;
  for (double number : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    Value value = makeNumber(number);
    Value list = makeList(&value, 1);
    EXPECT_FALSE(writeJson(list, {}, append, &out));
  }
  std::vector<Value> deep(mostDepth + 1);
  for (size_t i = 1; i < deep.size(); ++i)
    deep[i] = makeList(&deep[i - 1], 1);
  EXPECT_TRUE(writeJson(deep[mostDepth], {}, append, &out));
  Value deeper = makeList(&deep.back(), 1);
  EXPECT_FALSE(writeJson(deeper, {}, append, &out));
}

TEST(Json, WritesBytesThatAreNoCharacters) {
  Value value = makeString(text("a\xff\xc3z\xe2\x82"));
  EXPECT_EQ(write(value, {}), "\"a\\ufffd\\ufffdz\\ufffd\\ufffd\"");
  EXPECT_EQ(write(value, JsonStyle::compact()),
            "\"a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Arena, GivesOutItsMemoryFromBothEnds) {
  alignas(8) char memory[64];
  Arena arena(memory, sizeof(memory));
  EXPECT_EQ(arena.take(3, 1), memory);
  EXPECT_EQ(arena.take(1, 1), memory + 3);
  EXPECT_EQ(arena.take(8), memory + 8);
  EXPECT_EQ(arena.push(16), memory + 48);
  EXPECT_EQ(arena.push(8), memory + 40);
  EXPECT_EQ(arena.top(), memory + 40);
  arena.pop(8);
  EXPECT_EQ(arena.take(32), memory + 16);
  uint64_t used = arena.used();
  EXPECT_FALSE(arena.overflowed());
  EXPECT_EQ(arena.take(1), nullptr);
  EXPECT_TRUE(arena.overflowed());
  EXPECT_EQ(arena.needed(), 72u);
  // What did not fit is counted to the end.
  arena.release(used);
  EXPECT_EQ(arena.take(100), nullptr);
  EXPECT_EQ(arena.needed(), 168u);
}

} // namespace
