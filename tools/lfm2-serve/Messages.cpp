#include "tools/lfm2-serve/Messages.h"

#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {
namespace {

/// {"id", "type": "function", "function": {"name", "arguments"}}
void checkCalls(const Json &calls, const std::string &path) {
  for (size_t i = 0; i < calls.size(); ++i) {
    Fields call(calls[i], indexed(path, i));
    const Json *function = call.object("function");
    if (!function)
      call.refuse("function", "an object with name and arguments");
    Fields named(*function, call.pathOf("function"));
    named.neededText("name");
    const Json *arguments = named.find("arguments");
    if (arguments && !arguments->is_string() && !arguments->is_object())
      named.refuse("arguments", "a string of JSON, or an object");
  }
}

Json readMessage(const Json &given, const std::string &path) {
  Fields fields(given, path);
  if (!fields.find("role"))
    fields.refuse("role", "\"system\", \"user\", \"assistant\" or \"tool\"");
  std::string role = *fields.word(
      "role", {"system", "developer", "user", "assistant", "tool"});
  Json message;
  message["role"] = role == "developer" ? "system" : role;
  const Json *calls = fields.list("tool_calls");
  const Json *content = fields.find("content");
  if (!content && role != "assistant")
    fields.refuse("content", "a string or a list of parts");
  // Templates may read the text of a message that only calls tools.
  message["content"] =
      readContent(content ? *content : Json(), fields.pathOf("content"));
  if (calls && !calls->empty()) {
    checkCalls(*calls, fields.pathOf("tool_calls"));
    message["tool_calls"] = *calls;
  }
  for (const char *name : {"name", "tool_call_id"})
    if (auto text = fields.text(name))
      message[name] = *text;
  for (const char *name : {"reasoning_content", "reasoning", "thinking"})
    if (auto text = fields.text(name))
      message["reasoning_content"] = *text;
  return message;
}

/// What a tool is for a template; `path` of the tool.
Json readTool(const Json &given, const std::string &path) {
  Fields fields(given, path);
  if (fields.textOr("type", "function") != "function")
    fields.refuse("type", "\"function\", the only kind that this server knows");
  Fields function = fields.inner("function");
  function.neededText("name");
  function.text("description");
  function.object("parameters");
  if (const Json *inner = fields.find("function"))
    return {{"type", "function"}, {"function", *inner}};
  Json flat = given;
  flat.erase("type");
  return {{"type", "function"}, {"function", flat}};
}

std::string readChoice(const Fields &request) {
  const Json *choice = request.find("tool_choice");
  if (!choice)
    return "auto";
  if (choice->is_string())
    return *request.word("tool_choice", {"auto", "none", "required"});
  const char *expected =
      "\"auto\", \"none\", \"required\" or an object that names a function";
  if (!choice->is_object())
    request.refuse("tool_choice", expected);
  Fields named =
      Fields(*choice, request.pathOf("tool_choice")).inner("function");
  std::optional<std::string> name = named.text("name");
  if (!name)
    named.refuse("name", "the name of a function");
  return *name;
}

} // namespace

std::string readContent(const Json &content, const std::string &path) {
  if (content.is_null())
    return "";
  if (content.is_string())
    return content.get<std::string>();
  if (!content.is_array())
    throw badRequest("expected " + path +
                         " to be a string or a list of parts, found " +
                         kindOf(content),
                     path, "invalid_type");
  std::string text;
  for (size_t i = 0; i < content.size(); ++i) {
    Fields part(content[i], indexed(path, i));
    std::string type = part.textOr("type", "");
    if (type != "text" && type != "input_text" && type != "output_text" &&
        type != "refusal")
      part.refuse("type", "\"text\", all that this model reads");
    text += (i ? "\n" : "") +
            part.neededText(type == "refusal" ? "refusal" : "text");
  }
  return text;
}

Json readMessages(const Fields &request, const char *name) {
  const Json *given = request.list(name);
  if (!given || given->empty())
    request.refuse(name, "a list of one message or more");
  Json messages = Json::array();
  for (size_t i = 0; i < given->size(); ++i)
    messages.push_back(
        readMessage((*given)[i], indexed(request.pathOf(name), i)));
  return messages;
}

ToolAsk readTools(const Fields &request) {
  ToolAsk ask;
  ask.choice = readChoice(request);
  ask.severalCalls = request.flag("parallel_tool_calls").value_or(true);
  const Json *tools = request.list("tools");
  if (!tools)
    return ask;
  ask.tools = Json::array();
  for (size_t i = 0; i < tools->size(); ++i)
    ask.tools.push_back(
        readTool((*tools)[i], indexed(request.pathOf("tools"), i)));
  return ask;
}

} // namespace lfm2s
