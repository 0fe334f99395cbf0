// Compiles templates and renders conversations with them, for test/chat/:
//
//   ChatProbe < requests > answers
//
// A request is a line of JSON: "template", "globals" (an object), "controls" (a
// list), "messages", "tools", "variables" (texts of JSON, whose order counts),
// "flags", "now", "utc_offset". The answer to each is {"text": ...}, with the
// "rounds" until there was enough memory, or {"error": ...}; {"refused": ...}
// where the template does not compile.

#include "lib/Chat/Render.h"
#include "lib/Chat/Template.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <iostream>
#include <map>

using namespace lfm2c;
namespace json = llvm::json;

static json::Value answer(const json::Object &request) {
  static std::map<std::string, std::vector<uint8_t>> compiled;
  TemplateContext context;
  if (const json::Object *globals = request.getObject("globals"))
    for (const auto &[name, text] : *globals)
      context.globals.emplace_back(name.str(), text.getAsString()->str());
  if (const json::Array *controls = request.getArray("controls"))
    for (const json::Value &control : *controls)
      context.controls.push_back(control.getAsString()->str());
  const std::string source = request.getString("template")->str();
  std::vector<uint8_t> &section = compiled[source];
  if (section.empty()) {
    auto made = compileTemplate(source, context);
    if (!made)
      return json::Object{{"refused", llvm::toString(made.takeError())}};
    section = std::move(*made);
  }
  lfm2rt_conversation conversation = {};
  const auto set = [&](const char *name, const char *&text, uint64_t &bytes) {
    if (const auto given = request.getString(name)) {
      text = given->data();
      bytes = given->size();
    }
  };
  set("messages", conversation.messages, conversation.messages_bytes);
  set("tools", conversation.tools, conversation.tools_bytes);
  set("variables", conversation.variables, conversation.variables_bytes);
  conversation.flags = uint32_t(request.getInteger("flags").value_or(0));
  conversation.now = request.getInteger("now").value_or(0);
  conversation.utc_offset =
      int32_t(request.getInteger("utc_offset").value_or(0));
  unsigned rounds;
  auto text = renderConversation(section, conversation, &rounds);
  if (text)
    return json::Object{{"text", *text}, {"rounds", rounds}};
  return json::Object{{"error", llvm::toString(text.takeError())}};
}

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    auto request = json::parse(line);
    if (!request) {
      llvm::errs() << llvm::toString(request.takeError()) << "\n";
      return 1;
    }
    llvm::outs() << answer(*request->getAsObject()) << "\n";
  }
  return 0;
}
