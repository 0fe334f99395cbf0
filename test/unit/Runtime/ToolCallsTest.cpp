// Answers told apart: calls against what Python says of their text
// (test/calls/make_calls.py), in every pair of pieces; markers as tokens and
// spelled out; and what is said of what is no call.
#include "lib/Model/TokenizerTables.h"
#include "runtime/include/lfm2rt/tool_calls.h"
#include "runtime/tokenizer/tokenizer.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <cstdlib>
#include <cstring>
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

const llvm::json::Object &corpus() {
  static const llvm::json::Value json = [] {
    const char *other = std::getenv("LFM2_TOOL_CALLS");
    auto file = llvm::MemoryBuffer::getFile(other ? other : LFM2_TOOL_CALLS);
    return llvm::cantFail(llvm::json::parse((*file)->getBuffer()));
  }();
  return *json.getAsObject();
}

TEST(ToolCalls, AreWhatPythonSaysInAnyPieces) {
  Answer whole, pieces(LFM2RT_ANSWER_PIECES);
  size_t read = 0, refused = 0, wrong = 0;
  for (const llvm::json::Value &value : *corpus().getArray("calls")) {
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

// In text, markers are found by their spelling, wherever it is cut.
TEST(ToolCalls, MarkersInText) {
  Answer answer;
  EXPECT_EQ(
      answer.readCut("Hi <think>a <|tool_call_start|>f()<|tool_call_end|>b"
                     "</think> c" +
                     block("[f(a='<think></think>')]") + "\n" + block("g()") +
                     "<|tool_call_<|tool_call_en<<thin"),
      "text Hi \nthinks a f()b\ntext  c\n"
      "call 0 f {\"a\": \"<think></think>\"}\ntext \n\n"
      "call 1 g {}\ntext <|tool_call_<|tool_call_en<<thin\n");
  // An end without a beginning, a beginning in front of an end.
  EXPECT_EQ(answer.readCut("a</think>b<|tool_call_end|>c<|tool_call_start|>f()"
                           "<|tool_call_start|>g()"),
            "text abc\ncall 0 f {}\ncall 1 g {}\n");
  EXPECT_EQ(answer.readCut(""), "");
  // Characters stay whole, and what is none comes when no more can follow.
  EXPECT_EQ(answer.readCut("\xe2\x82\xac<think>\xf0\x9f\x98\x80</think>\xc3"),
            "text \xe2\x82\xac\nthinks \xf0\x9f\x98\x80\ntext \xc3\n");
}

/// What an application opens of a model, as far as an answer looks.
struct Vocabulary {
  explicit Vocabulary(lfm2c::TokenType markers, bool thinks) {
    start = small.add("<|tool_call_start|>", markers);
    end = small.add("<|tool_call_end|>", markers);
    if (thinks) {
      think = small.add("<think>", markers);
      thought = small.add("</think>", markers);
    }
    stop = small.add("<|im_end|>", lfm2c::TokenType::Control);
    user = small.add("<image>", lfm2c::TokenType::UserDefined);
    small.spec.bos = small.spec.eos = stop;
    lfm2c::finishTokenizer(small.spec);
    section = llvm::cantFail(lfm2c::buildTokenizerSection(small.spec));
    copy.resize((section.size() + 7) / 8);
    memcpy(copy.data(), section.data(), section.size());
    EXPECT_EQ(lfm2_tokenizer_open(
                  reinterpret_cast<lfm2_tokenizer *>(weights.tokenizer),
                  reinterpret_cast<const uint8_t *>(copy.data()),
                  section.size()),
              LFM2_TOKENIZER_OK);
  }

  lfm2c::SmallTokenizer small;
  int32_t start, end, think = -1, thought = -1, stop, user;
  std::vector<uint8_t> section;
  std::vector<uint64_t> copy;
  lfm2rt_weights weights = {};
};

void feedBytes(Answer &answer, const std::string &text) {
  for (char c : text)
    answer.token(uint8_t(c));
}

// A marker that is a token is found by its id alone, of whatever kind it is.
TEST(ToolCalls, MarkersAsTokens) {
  for (lfm2c::TokenType kind :
       {lfm2c::TokenType::Control, lfm2c::TokenType::UserDefined,
        lfm2c::TokenType::Normal}) {
    Vocabulary words(kind, true);
    Answer answer(LFM2RT_ANSWER_PIECES, 4096, &words.weights);
    answer.token(words.think);
    feedBytes(answer, "\xe2\x82\xac <|tool_call_start|>");
    answer.token(words.start); // Who reasons about calls makes none.
    answer.token(words.thought);
    feedBytes(answer, "<think>");
    answer.token(words.user);
    feedBytes(answer, "<thi");
    answer.token(words.start);
    feedBytes(answer, "f(a='<|tool_call_end|>', b='");
    answer.token(words.think);
    answer.token(words.stop);
    feedBytes(answer, "\xe2\x82\xac'), g(");
    answer.token(words.end);
    answer.token(words.stop);
    answer.token(-1);
    answer.token(100000);
    EXPECT_EQ(answer.end(),
              "thinks \xe2\x82\xac <|tool_call_start|>\n"
              "text <think><image><thi\n"
              "begin 0 f\npiece {\"a\": \"<|tool_call_end|>\", \"b\": "
              "\"<think>\xe2\x82\xac\"}\n"
              "call 0 f {\"a\": \"<|tool_call_end|>\", \"b\": "
              "\"<think>\xe2\x82\xac\"}\n"
              "begin 1 g\npiece {\n"
              "none 1 \", g(\" at 44: an argument by its name, as name=value, "
              "or ')'\n");
  }
}

TEST(ToolCalls, MarkersThatTheModelHasNoTokenFor) {
  Vocabulary words(lfm2c::TokenType::Control, false);
  Answer answer(0, 4096, &words.weights);
  feedBytes(answer, "<think>a</think><|tool_call_start|>");
  answer.token(words.start);
  feedBytes(answer, "f()");
  answer.token(words.end);
  EXPECT_EQ(answer.end(), "thinks a\ntext <|tool_call_start|>\ncall 0 f {}\n");
}

TEST(ToolCalls, PromptsThatEndWithThinking) {
  Answer answer(LFM2RT_ANSWER_REASONS);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(answer.readCut("so</think>yes"), "thinks so\ntext yes\n");
}

TEST(ToolCalls, AnswersThatAreCalls) {
  Answer answer(LFM2RT_ANSWER_IS_CALLS);
  const std::string call = "{\"name\": \"f\", \"arguments\": {\"a\": 1}}";
  const std::string read = "call 0 f {\"a\": 1}\n";
  EXPECT_EQ(answer.readCut(call), read);
  EXPECT_EQ(answer.readCut("<think>x</think>\n [" + call + ", " + call + "]\n"),
            "thinks x\ntext \n \n" + read + "call 1 f {\"a\": 1}\n");
  EXPECT_EQ(answer.readCut("A list: [1]"), "text A list: [1]\n");
  EXPECT_EQ(answer.readCut("{\"a\": 1}."),
            "none 0 \"{\"a\": 1}\" at 8: \"name\": the name of the function\n"
            "text .\n");
  EXPECT_EQ(Answer().readCut(call), "text " + call + "\n");
  EXPECT_EQ(answer.readCut(block("f(a=1)")), read);
}

// What Python and JSON refuse, or say in other words, and models write.
TEST(ToolCalls, Leniency) {
  Answer answer;
  const auto read = [&](const std::string &text) {
    return answer.readCut(block(text));
  };
  EXPECT_EQ(read("f(a=1)"), "call 0 f {\"a\": 1}\n");
  EXPECT_EQ(read("f(a=1), g()"), "call 0 f {\"a\": 1}\ncall 1 g {}\n");
  EXPECT_EQ(read("f()\ng()"), "call 0 f {}\ncall 1 g {}\n");
  EXPECT_EQ(read("[f(), g(),]"), "call 0 f {}\ncall 1 g {}\n");
  EXPECT_EQ(read("[f(a=true, b=null, c=[false])"),
            "call 0 f {\"a\": true, \"b\": null, \"c\": [false]}\n");
  EXPECT_EQ(read("f(a='one\ntwo\r\nthree')"),
            "call 0 f {\"a\": \"one\\ntwo\\nthree\"}\n");
  EXPECT_EQ(read("get-weather/now(user-id=1, $a=2, @b=3)"),
            "call 0 get-weather/now {\"user-id\": 1, \"$a\": 2, \"@b\": 3}\n");
  // As a reader of JSON does, the last of equal names counts.
  EXPECT_EQ(read("f(a=1, a={'b': 1, 'b': 2})"),
            "call 0 f {\"a\": 1, \"a\": {\"b\": 1, \"b\": 2}}\n");
  EXPECT_EQ(read("f(a='\xff\xe2\x82')"),
            "call 0 f {\"a\": \"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}\n");
  EXPECT_EQ(read("{'name': 'f', 'arguments': {'a': True, 'b': (1,),},}"),
            "call 0 f {\"a\": true, \"b\": [1]}\n");
  EXPECT_EQ(read("{'arguments': \"{'a': None}\", 'name': 'a\\u00e4\"'}"),
            "call 0 a\xc3\xa4\" {\"a\": null}\n");
  EXPECT_EQ(read("{\"name\": \"f\"} {\"name\": \"g\", \"arguments\": null}"),
            "call 0 f {}\ncall 1 g {}\n");
  EXPECT_EQ(read("{\"parameters\": {\"a\": 1}, \"id\": [{}], \"name\": \"f\", "
                 "\"arguments\": \" {\\\"b\\\": \\\"\\\\\\\"\\\\n\\\"}\"}"),
            "call 0 f {\"b\": \"\\\"\\n\"}\n");
}

// What has been given in pieces is not taken back.
TEST(ToolCalls, Pieces) {
  Answer answer(LFM2RT_ANSWER_PIECES);
  EXPECT_EQ(answer.readCut(block("f(a=(1), b=((2,)), c=('x' 'y'))")),
            "begin 0 f\npiece {\"a\": 1, \"b\": [2], \"c\": \"xy\"}\n"
            "call 0 f {\"a\": 1, \"b\": [2], \"c\": \"xy\"}\n");
  EXPECT_EQ(answer.readCut(block("{'name': 'f', 'arguments': {'a': 1}, "
                                 "'name': 'g', 'arguments': {}}")),
            "begin 0 g\npiece {}\ncall 0 g {}\n");
  EXPECT_EQ(answer.readCut(block("{'name': 'f', 'name': 'g', 'x': y}")),
            "none 0 \"{'name': 'f', 'name': 'g', 'x': \" at 32: a value: a "
            "string, a number, True, False, None, a list, a tuple or a mapping"
            "\ntext y}\n");
  EXPECT_EQ(answer.readCut(block("f(a=((1, 2), 3")),
            "begin 0 f\npiece {\"a\": [[1, 2], 3\n"
            "none 0 \"f(a=((1, 2), 3\" at 14: ',' or ')'\n");
}

TEST(ToolCalls, SaysWhatItExpectedAndWhere) {
  const std::string deep = "f(a=" + std::string(200, '[');
  const std::string any =
      "a value: a string, a number, True, False, None, a list, a tuple or a "
      "mapping";
  const std::string escape = "\\x with two hex digits, \\u with four, or \\U "
                             "with eight, up to 0010ffff";
  const std::string halves = "both halves of a surrogate pair, as in "
                             "\\ud83d\\ude00";
  const std::string mapping =
      "a mapping of arguments, or a string that says one";
  const std::string call =
      "a call, as name(argument=value), or the end of the calls";
  const std::string function = "the name of a function, of at most 127 bytes";
  const struct {
    std::string text;
    uint64_t at;
    std::string expected;
  } cases[] = {
      {"1", 0, call},
      {"f", 1, "'(' behind the name of a function"},
      {std::string(128, 'f') + "()", 128, function},
      {"f(1)", 2, "an argument by its name, as name=value, or ')'"},
      {"f('x')", 2, "an argument by its name, as name=value, or ')'"},
      {"f(**a)", 2, "an argument by its name, as name=value, or ')'"},
      {"f(a)", 3, "'=': arguments are given by name"},
      {"f(a=)", 4, any},
      {"f(a=x)", 4, any},
      {"f(a=1e400)", 4, any},
      {"f(a=[,])", 5, any},
      {"f(a=b'x')", 4, "a string without a prefix, or with r or u"},
      {"f(a=f'x')", 4, "a string without a prefix, or with r or u"},
      {"f(a='x", 6, "the closing quote of a string"},
      {"f(a='\\x4')", 5, escape},
      {"f(a='\\N{DASH}')", 5, escape},
      {"f(a='\\U00110000')", 5, escape},
      {"f(a='\\ud800')", 12, halves},
      {"f(a='\\udc00')", 11, halves},
      {"f(a=1 b=2)", 6, "',' or ')'"},
      {"f(a=[1 2])", 7, "',' or ']'"},
      {"f(a={1: 2 3})", 10, "',' or '}'"},
      {"f(a={'b'})", 8, "':' behind a key"},
      {"f(a={x})", 5, "a key, as a string, or '}'"},
      {"f(a=1" + std::string(300, '0') + ")", 4,
       "a name or a number of at most 255 bytes"},
      {deep, 131, "at most 128 lists and mappings within each other"},
      {"{\"arguments\": {}}", 17, "\"name\": the name of the function"},
      {"{\"name\": 1}", 10, function},
      {"{\"name\": \"\"}", 11, function},
      {"{\"name\": \"f\", \"arguments\": [1]}", 30, mapping},
      {"{\"name\": \"f\", \"arguments\": \"x\"}", 30, mapping},
      {"{\"name\": \"f\", \"arguments\": \"{} {}\"}", 34, mapping},
  };
  Answer answer;
  for (const auto &one : cases) {
    std::string rest = one.text.substr(one.at);
    EXPECT_EQ(answer.readCut(block("g()," + one.text)),
              "call 0 g {}\nnone 1 \"," + one.text.substr(0, one.at) +
                  "\" at " + std::to_string(one.at + 4) + ": " + one.expected +
                  "\n" + (rest.empty() ? "" : "text " + rest + "\n"));
  }
  // Behind calls that are given.
  EXPECT_EQ(answer.readCut(block("[f(a=1)}")),
            "call 0 f {\"a\": 1}\nnone 1 \"\" at 7: " + call + "\ntext }\n");
  EXPECT_EQ(answer.readCut(block("[f()] x")),
            "call 0 f {}\nnone 1 \"] \" at 6: the end of the calls\ntext x\n");
}

TEST(ToolCalls, LongerThanTheMemory) {
  const std::string none = "\": a call that fits its memory";
  Answer answer(0, 16);
  // A call of 16 bytes, and after others.
  std::string fits = "fun(abc='defgh')";
  std::string read = " fun {\"abc\": \"defgh\"}\n";
  EXPECT_EQ(answer.readCut(block("[" + fits.substr(1) + "," + fits)),
            "call 0 un {\"abc\": \"defgh\"}\n"
            "none 1 \",fun(abc='defgh'\" at 32: a call that fits its memory\n"
            "text )\n");
  EXPECT_EQ(answer.readCut(block(fits + block(fits))),
            "call 0" + read + "call 1" + read);
  EXPECT_EQ(answer.readCut(block("f(abc='defghijk')") + block("f()")),
            "none 0 \"f(abc='defghijk'\" at 16: a call that fits its memory\n"
            "text )\ncall 0 f {}\n");
  // Arguments that are longer than their text.
  EXPECT_EQ(answer.readCut(block("f(a=[1e15,1e15])") + block("f()")),
            "none 0 \"f(a=[1e15,1e15\" at 14: a call that fits its memory\n"
            "text ])\ncall 0 f {}\n");
}

TEST(ToolCalls, EndsWhenToldTo) {
  Answer answer;
  answer.lines.most = 1;
  EXPECT_EQ(answer.feed("a"), 7);
  EXPECT_EQ(answer.feed("b" + block("f()")), 7);
  EXPECT_EQ(answer.end(), "text a\n");
  answer.lines.most = SIZE_MAX;
  EXPECT_EQ(answer.read("b"), "text b\n");
}

TEST(ToolCalls, WhatCannotBeOpened) {
  lfm2rt_answer *answer = nullptr;
  lfm2rt_error error = {};
  std::vector<uint64_t> memory(lfm2rt_answer_size(64) / 8);
  const auto open = [&](uint64_t longest, uint64_t bytes,
                        const lfm2rt_weights *weights) {
    return lfm2rt_answer_open(&answer, weights, longest, 0, Lines::take,
                              nullptr, memory.data(), bytes, &error);
  };
  EXPECT_EQ(lfm2rt_answer_size(uint64_t(1) << 30), 0u);
  EXPECT_EQ(open(0, 1 << 20, nullptr), LFM2RT_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message,
               "expected a longest call of 1 byte to 1 GiB, found 0");
  EXPECT_EQ(open(uint64_t(1) << 30, UINT64_MAX, nullptr),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_EQ(open(64, memory.size() * 8 - 1, nullptr), LFM2RT_NO_MEMORY);
  EXPECT_EQ(error.needed, memory.size() * 8);
  EXPECT_EQ(std::string(error.message).substr(0, 9), "expected ");
  lfm2rt_weights none = {};
  EXPECT_EQ(open(64, memory.size() * 8, &none), LFM2RT_NO_TOKENIZER);
  EXPECT_STREQ(error.message,
               "expected a model with a tokenizer, found one compiled without; "
               "open the answer without weights and give it text");
}

/// The text of a call, or of what was wrong.
std::string callText(const std::string &name, const std::string &arguments,
                     uint64_t less = 0) {
  uint64_t bytes = lfm2rt_call_work_size(arguments.size()) - less;
  std::vector<uint64_t> work(bytes / 8 + 1);
  std::string text;
  lfm2rt_error error = {};
  lfm2rt_status status = lfm2rt_call_text(
      name.data(), name.size(), arguments.data(), arguments.size(),
      [](const char *piece, size_t length, void *user) {
        static_cast<std::string *>(user)->append(piece, length);
        return 0;
      },
      &text, work.data(), bytes, &error);
  return status == LFM2RT_OK ? text : error.message;
}

// As Jinja2 renders it (test/calls/make_calls.py).
TEST(ToolCalls, AreWrittenAsTemplatesDo) {
  const llvm::json::Array &rows = *corpus().getArray("texts");
  ASSERT_GE(rows.size(), 300u);
  for (const llvm::json::Value &row : rows) {
    const llvm::json::Array &entry = *row.getAsArray();
    EXPECT_EQ(
        callText(entry[0].getAsString()->str(), entry[1].getAsString()->str()),
        entry[2].getAsString()->str());
  }
  EXPECT_EQ(callText("f", "[1]"), "byte 0 of the arguments of a call: expected "
                                  "a JSON object of less than 4 GiB");
  EXPECT_EQ(callText("f", "{\"a\" 1}"),
            "byte 5 of the arguments of a call: expected ':' behind the name "
            "of a member");
  EXPECT_EQ(callText("f", "{\"a\": 1}", 300),
            "expected 96 bytes of work memory for the arguments of a call, "
            "found 36; ask lfm2rt_call_work_size()");
}

} // namespace
