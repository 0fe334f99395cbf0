/* chat.cpp - a chat in C++ that streams, with a tool that the model may call.
 *
 *   lfm2-compile MODEL --emit=static -o model
 *   c++ -std=c++17 chat.cpp model.a -o chat
 *   ./chat model.weights
 *
 * Each line of standard input is what the user says. The conversation is kept
 * as JSON; each answer renders all of it by the model's chat template, and
 * lfm2rt_read() reads only what is new. */
#include "model.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr uint32_t tokensOfContext = 2048, tokensOfAnswer = 200;
constexpr uint64_t longestCall = 4096; // Bytes.
constexpr int mostRounds = 4;          // Of calls, for one answer.

const char tools[] = R"([{"type": "function", "function": {
  "name": "weather", "description": "The weather in a town",
  "parameters": {"type": "object", "properties": {"town": {"type": "string"}},
                 "required": ["town"]}}}])";

/// What an application does when the model calls.
std::string runTool(std::string_view name, std::string_view arguments) {
  if (name == "weather")
    return "{\"sky\": \"clear\", \"asked\": " + std::string(arguments) + "}";
  return "{\"error\": \"there is no such tool\"}";
}

[[noreturn]] void die(const char *why) {
  std::cerr << "chat: " << why << '\n';
  std::exit(1);
}

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

Memory allocate(uint64_t bytes) {
  Memory memory(std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096));
  if (!memory)
    die("out of memory");
  return memory;
}

/// A JSON string of a text.
std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      (json += '\\') += c;
    else if (static_cast<unsigned char>(c) < ' ')
      ((json += "\\u00") += "0123456789abcdef"[c >> 4]) +=
          "0123456789abcdef"[c & 15];
    else
      json += c;
  }
  return json + '"';
}

class Chat {
public:
  Chat(const struct lfm2_program &program, const char *weightsPath) {
    lfm2rt_error error;
    if (lfm2rt_model_open(&model, &program, &error) ||
        lfm2rt_weights_open_file(&weights, &model, weightsPath, &error))
      die(error.message);
    lfm2rt_context_options options = {};
    options.tokens =
        std::min(tokensOfContext, lfm2rt_model_context_max(&model));
    options.threads = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
    options.marks = options.tokens / 64;
    const uint64_t bytes = lfm2rt_context_size(&model, &options);
    const uint64_t readerBytes = lfm2rt_answer_size(longestCall);
    contextMemory = allocate(bytes);
    readerMemory = allocate(readerBytes);
    if (lfm2rt_context_create(&context, &weights, &options, contextMemory.get(),
                              bytes, &error) ||
        lfm2rt_answer_open(&reader, &weights, longestCall, 0, onPart, this,
                           readerMemory.get(), readerBytes, &error))
      die(error.message);
  }
  ~Chat() {
    lfm2rt_context_destroy(context);
    lfm2rt_weights_close(&weights);
  }
  Chat(const Chat &) = delete;
  Chat &operator=(const Chat &) = delete;

  void say(std::string_view text) {
    add("{\"role\": \"user\", \"content\": " + quoted(text) + "}");
    for (int round = 0; round < mostRounds && answer(); ++round)
      ;
    std::cout << std::endl;
  }

private:
  struct Call {
    std::string name, arguments;
  };

  void add(const std::string &message) {
    ((messages += messages.empty() ? "[" : ", ") += message);
  }

  /// A part of the answer, as soon as it is there.
  static int onPart(const lfm2rt_answer_part *part, void *user) {
    auto *chat = static_cast<Chat *>(user);
    const std::string_view text(part->text, part->length);
    switch (part->kind) {
    case LFM2RT_ANSWER_TEXT:
      std::cout << text << std::flush;
      chat->content += text;
      break;
    case LFM2RT_ANSWER_CALL:
      chat->calls.push_back(
          {{part->name, part->name_length}, std::string(text)});
      break;
    default: // Reasoning is not shown here, nor what was taken for a call.
      break;
    }
    return 0;
  }

  /// Ids of the conversation as the model's makers write it.
  std::vector<int32_t> encode() {
    lfm2rt_error error;
    lfm2rt_conversation all = {};
    const std::string list = messages + "]";
    all.messages = list.data();
    all.messages_bytes = list.size();
    all.tools = tools;
    all.tools_bytes = sizeof tools - 1;
    all.flags = LFM2RT_CHAT_ANSWER;
    const int32_t *ids;
    uint64_t count, bytes = lfm2rt_chat_work_size(&weights, &all);
    Memory work = allocate(bytes);
    while (lfm2rt_chat_encode(&weights, &all, work.get(), bytes, &ids, &count,
                              &error)) {
      if (error.status != LFM2RT_NO_MEMORY)
        die(error.message);
      work = allocate(bytes = error.needed);
    }
    return {ids, ids + count};
  }

  /// Generates one answer; whether it calls tools, whose results are then
  /// there.
  bool answer() {
    lfm2rt_error error;
    const std::vector<int32_t> ids = encode();
    content.clear();
    calls.clear();
    if (lfm2rt_read(context, ids.data(), uint32_t(ids.size()), nullptr,
                    &error) ||
        lfm2rt_generate_tokens(context, nullptr, 0, tokensOfAnswer, 0,
                               lfm2rt_answer_token, reader, &error))
      die(error.message);
    lfm2rt_answer_end(reader);

    std::string made;
    for (const Call &call : calls)
      made +=
          (made.empty() ? "" : ", ") +
          std::string("{\"type\": \"function\", \"function\": {\"name\": ") +
          quoted(call.name) + ", \"arguments\": " + call.arguments + "}}";
    add("{\"role\": \"assistant\", \"content\": " + quoted(content) +
        (calls.empty() ? "" : ", \"tool_calls\": [" + made + "]") + "}");
    for (const Call &call : calls)
      add("{\"role\": \"tool\", \"name\": " + quoted(call.name) +
          ", \"content\": " + quoted(runTool(call.name, call.arguments)) + "}");
    return !calls.empty();
  }

  lfm2rt_model model;
  lfm2rt_weights weights;
  Memory contextMemory, readerMemory;
  lfm2rt_context *context = nullptr;
  lfm2rt_answer *reader = nullptr;
  std::string messages; ///< JSON without the closing bracket.
  std::string content;  ///< Of the answer that is being read.
  std::vector<Call> calls;
};

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::cerr << "usage: chat FILE.weights\n";
    return 2;
  }
  Chat chat(model_program, argv[1]);
  for (std::string line;
       std::cout << "> " << std::flush, std::getline(std::cin, line);)
    chat.say(line);
  std::cout << '\n';
  return 0;
}
