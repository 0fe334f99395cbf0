// Answers told apart: calls against what Python says of their text
// (test/calls/make_calls.py), in every pair of pieces; markers as tokens and
// spelled out; and what is said of what is no call.
#include "lib/Model/TokenizerTables.h"
#include "runtime/include/lfm2rt/tool_calls.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <string>
#include <vector>

namespace {

/// The parts of an answer as lines; what is given in pieces is joined.
class Lines {
public:
  static int take(const lfm2rt_answer_part *part, void *user) {
    auto &lines = *static_cast<Lines *>(user);
    std::string text(part->text, part->length);
    std::string name(part->name ? part->name : "", part->name_length);
    std::string number = std::to_string(part->call);
    switch (part->kind) {
    case LFM2RT_ANSWER_TEXT:
      lines.join("text ", text);
      break;
    case LFM2RT_ANSWER_REASONING:
      lines.join("thinks ", text);
      break;
    case LFM2RT_ANSWER_CALL:
      lines.all.push_back("call " + number + " " + name + " " + text);
      break;
    case LFM2RT_ANSWER_CALL_BEGIN:
      lines.all.push_back("begin " + number + " " + name);
      break;
    case LFM2RT_ANSWER_ARGUMENTS:
      lines.join("piece ", text);
      break;
    case LFM2RT_ANSWER_NO_CALL:
      EXPECT_EQ(part->expected[strlen(part->expected)], 0);
      lines.all.push_back("none " + number + " \"" + text + "\" at " +
                          std::to_string(part->at) + ": " + part->expected);
      break;
    }
    return lines.all.size() >= lines.most ? 7 : 0;
  }

  std::vector<std::string> all;
  size_t most = SIZE_MAX;

private:
  void join(const std::string &kind, const std::string &text) {
    EXPECT_NE(text, "");
    if (!all.empty() && all.back().compare(0, kind.size(), kind) == 0)
      all.back() += text;
    else
      all.push_back(kind + text);
  }
};

std::string show(const std::vector<std::string> &lines) {
  std::string text;
  for (const std::string &line : lines)
    text += line + "\n";
  return text;
}

class Answer {
public:
  explicit Answer(uint32_t flags = 0, uint64_t longest = 4096,
                  const lfm2rt_weights *weights = nullptr)
      : memory(lfm2rt_answer_size(longest) / 8) {
    lfm2rt_error error = {};
    EXPECT_EQ(lfm2rt_answer_open(&answer, weights, longest, flags, Lines::take,
                                 &lines, memory.data(), memory.size() * 8,
                                 &error),
              LFM2RT_OK)
        << error.message;
  }

  /// Memory of its own and of exactly its size, so that the sanitizer sees a
  /// step beyond.
  int feed(const std::string &text) {
    std::vector<char> piece(text.begin(), text.end());
    return lfm2rt_answer_text(piece.data(), piece.size(), answer);
  }
  int token(int32_t id) { return lfm2rt_answer_token(id, answer); }
  std::string end() {
    lfm2rt_answer_end(answer);
    std::string text = show(lines.all);
    lines.all.clear();
    return text;
  }
  std::string read(const std::string &text) {
    feed(text);
    return end();
  }
  /// In two pieces, byte by byte, and at once: always the same.
  std::string readCut(const std::string &text) {
    std::string all = read(text);
    for (size_t cut = 1; cut < text.size(); ++cut) {
      feed(text.substr(0, cut));
      feed(text.substr(cut));
      std::string other = end();
      if (other != all) {
        EXPECT_EQ(other, all) << "cut at " << cut;
        return all;
      }
    }
    for (char c : text)
      feed(std::string(1, c));
    EXPECT_EQ(end(), all);
    return all;
  }

  Lines lines;

private:
  std::vector<uint64_t> memory;
  lfm2rt_answer *answer = nullptr;
};

std::string block(const std::string &calls) {
  return "<|tool_call_start|>" + calls + "<|tool_call_end|>";
}

TEST(ToolCalls, AreWhatPythonSaysInAnyPieces) {
  const char *path = std::getenv("LFM2_TOOL_CALLS");
  auto file = llvm::MemoryBuffer::getFile(path ? path : LFM2_TOOL_CALLS);
  llvm::json::Value json =
      llvm::cantFail(llvm::json::parse((*file)->getBuffer()));
  Answer whole, pieces(LFM2RT_ANSWER_PIECES);
  size_t read = 0, refused = 0, wrong = 0;
  for (const llvm::json::Value &value : *json.getAsArray()) {
    const llvm::json::Array &entry = *value.getAsArray();
    std::string text = entry[0].getAsString()->str();
    const llvm::json::Array *calls = entry[1].getAsArray();
    std::string found = whole.readCut("a" + block(text) + "b");
    std::string expected = "text a\n", begun = "text a\n";
    if (calls) {
      uint32_t number = 0;
      for (const llvm::json::Value &call : *calls) {
        std::string name = (*call.getAsArray())[0].getAsString()->str();
        std::string arguments = (*call.getAsArray())[1].getAsString()->str();
        std::string id = std::to_string(number++) + " " + name;
        expected += "call " + id + " " + arguments + "\n";
        begun += "begin " + id + "\npiece " + arguments + "\ncall " + id + " " +
                 arguments + "\n";
      }
      // What stands around the calls is one text where there are none.
      if (calls->empty())
        expected = begun = "text ab\n";
      else
        expected += "text b\n", begun += "text b\n";
      EXPECT_EQ(found, expected) << text;
      EXPECT_EQ(pieces.readCut("a" + block(text) + "b"), begun) << text;
      ++read;
    } else {
      bool none = found.find("\nnone ") != std::string::npos;
      EXPECT_TRUE(none || !*entry[2].getAsBoolean()) << text << "\n" << found;
      pieces.readCut(block(text));
      refused += none;
    }
    if (testing::Test::HasFailure() && ++wrong > 5)
      break;
  }
  EXPECT_GE(read, 2400u);
  EXPECT_GE(refused, 300u);
}

} // namespace
