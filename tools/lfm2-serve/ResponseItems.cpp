#include "tools/lfm2-serve/ResponseItems.h"

#include "tools/lfm2-serve/Messages.h"
#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {
namespace {

/// Adds what one item says to the messages: calls of one turn, and what was
/// reasoned before them, stand in one message of the assistant.
class Messages {
public:
  void add(const Json &given, const std::string &path) {
    Fields item(given, path);
    std::string type = item.textOr("type", "message");
    if (type == "message")
      addMessage(item);
    else if (type == "function_call")
      addCall(item);
    else if (type == "function_call_output")
      addOutput(item);
    else if (type == "reasoning")
      addReasoning(item);
    else
      item.refuse("type", "\"message\", \"function_call\", "
                          "\"function_call_output\" or \"reasoning\"");
  }

  Json messages = Json::array();

private:
  void addMessage(const Fields &item) {
    if (!item.find("role"))
      item.refuse("role", "\"system\", \"user\" or \"assistant\"");
    std::string role =
        *item.word("role", {"system", "developer", "user", "assistant"});
    const Json *content = item.find("content");
    if (!content)
      item.refuse("content", "a string or a list of parts");
    std::string text = readContent(*content, item.pathOf("content"));
    if (role == "assistant" && isOpen()) {
      messages.back()["content"] = text;
      return;
    }
    messages.push_back(
        {{"role", role == "developer" ? "system" : role}, {"content", text}});
  }

  void addCall(const Fields &item) {
    std::string name = item.neededText("name");
    Json &message = assistant();
    message["tool_calls"].push_back(
        {{"id", item.textOr("call_id", "")},
         {"type", "function"},
         {"function",
          {{"name", name}, {"arguments", item.textOr("arguments", "{}")}}}});
  }

  void addOutput(const Fields &item) {
    const Json *output = item.find("output");
    if (!output)
      item.refuse("output", "a string or a list of parts");
    messages.push_back(
        {{"role", "tool"},
         {"content", readContent(*output, item.pathOf("output"))},
         {"tool_call_id", item.textOr("call_id", "")}});
  }

  void addReasoning(const Fields &item) {
    const Json *content = item.list("content");
    if (!content)
      return;
    std::string text;
    for (size_t i = 0; i < content->size(); ++i)
      text += Fields((*content)[i], indexed(item.pathOf("content"), i))
                  .textOr("text", "");
    assistant()["reasoning_content"] = text;
  }

  /// The last message is the assistant's, and has no text yet.
  bool isOpen() const {
    return !messages.empty() && messages.back()["role"] == "assistant" &&
           !messages.back().contains("content");
  }

  Json &assistant() {
    if (messages.empty() || messages.back()["role"] != "assistant")
      messages.push_back({{"role", "assistant"}});
    return messages.back();
  }
};

} // namespace

Json readItems(const Fields &request) {
  Messages read;
  if (auto instructions = request.text("instructions"))
    read.messages.push_back({{"role", "system"}, {"content", *instructions}});
  const Json *input = request.find("input");
  if (input && input->is_string()) {
    read.messages.push_back({{"role", "user"}, {"content", *input}});
    return read.messages;
  }
  if (!input || !input->is_array() || input->empty())
    request.refuse("input", "a string, or a list of one item or more");
  for (size_t i = 0; i < input->size(); ++i)
    read.add((*input)[i], indexed(request.pathOf("input"), i));
  for (Json &message : read.messages)
    if (!message.contains("content"))
      message["content"] = "";
  return read.messages;
}

Json textPart(const std::string &text) {
  return {{"type", "output_text"},
          {"text", text},
          {"annotations", Json::array()},
          {"logprobs", Json::array()}};
}

Json textItem(const std::string &id, const std::string &text,
              const char *status) {
  Json item = {{"id", id},
               {"type", "message"},
               {"status", status},
               {"role", "assistant"},
               {"content", Json::array()}};
  if (std::string(status) != "in_progress")
    item["content"].push_back(textPart(text));
  return item;
}

Json reasoningItem(const std::string &id, const std::string &text,
                   const char *status) {
  Json item = {{"id", id},
               {"type", "reasoning"},
               {"status", status},
               {"summary", Json::array()},
               {"content", Json::array()}};
  if (!text.empty())
    item["content"].push_back({{"type", "reasoning_text"}, {"text", text}});
  return item;
}

Json callItem(const std::string &id, const std::string &callId,
              const std::string &name, const std::string &arguments,
              const char *status) {
  return {{"id", id},         {"type", "function_call"},
          {"status", status}, {"call_id", callId},
          {"name", name},     {"arguments", arguments}};
}

} // namespace lfm2s
