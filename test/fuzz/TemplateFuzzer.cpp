// Chat templates of any text: compiled, or refused by line, and rendered.

#include "lib/Chat/Render.h"
#include "lib/Chat/Template.h"

#include <cstdlib>

using namespace lfm2c;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  TemplateContext context;
  context.globals = {{"bos_token", "<s>"}, {"eos_token", "</s>"}};
  context.controls = {"<s>", "</s>", "<|im_end|>"};
  auto section = compileTemplate(
      llvm::StringRef(reinterpret_cast<const char *>(data), size), context);
  if (!section) {
    if (!llvm::StringRef(llvm::toString(section.takeError()))
             .contains("chat template"))
      std::abort();
    return 0;
  }
  constexpr llvm::StringRef messages =
      R"([{"role":"system","content":"s <|im_end|>"},{"role":"user","content":[{"type":"text","text":"a\n b"}]},)"
      R"({"role":"assistant","content":null,"reasoning":"r","tool_calls":[{"id":"1","function":{"name":"f",)"
      R"("arguments":"{\"x\": [1, 2.5, true]}"}}]},{"role":"tool","content":"{}"},{"role":"assistant","content":" ü "}])";
  constexpr llvm::StringRef tools =
      R"([{"name":"f","parameters":{"type":"object"}}])";
  constexpr llvm::StringRef variables =
      R"({"x": 1, "l": ["b", "a"], "d": {"k": {"j": null}}})";
  lfm2rt_conversation conversation = {};
  conversation.messages = messages.data();
  conversation.messages_bytes = messages.size();
  conversation.tools = tools.data();
  conversation.tools_bytes = tools.size();
  conversation.variables = variables.data();
  conversation.variables_bytes = variables.size();
  for (uint32_t flags : {LFM2RT_CHAT_ANSWER, LFM2RT_CHAT_CONTINUE}) {
    conversation.flags = flags;
    llvm::consumeError(renderConversation(*section, conversation).takeError());
  }
  return 0;
}
