#include "lib/Chat/Render.h"

#include "lfm2rt/chat_format.h"

#include "lib/Support/Error.h"

#include <cstring>
#include <vector>

using namespace lfm2c;

llvm::Expected<std::string>
lfm2c::renderConversation(llvm::ArrayRef<uint8_t> section,
                          const lfm2rt_conversation &conversation,
                          unsigned *rounds) {
  // Words, so that both are at a multiple of 8. Of memory, as much as
  // lfm2rt_chat_work_size() says.
  const uint64_t said = conversation.messages_bytes + conversation.tools_bytes +
                        conversation.variables_bytes;
  std::vector<uint64_t> bytes((section.size() + 7) / 8),
      work((LFM2RT_CHAT_WORK_BASE + LFM2RT_CHAT_WORK_FACTOR * said) / 8);
  if (!section.empty())
    std::memcpy(bytes.data(), section.data(), section.size());
  for (unsigned round = 1;; ++round) {
    if (rounds)
      *rounds = round;
    lfm2rt_error error;
    const char *text;
    uint64_t length;
    const lfm2rt_status status = lfm2rt_chat_render_section(
        bytes.data(), section.size(), &conversation, work.data(),
        work.size() * 8, &text, &length, &error);
    if (status == LFM2RT_OK)
      return std::string(text, length);
    if (status != LFM2RT_NO_MEMORY)
      return makeErrorText(error.message);
    work.resize(error.needed / 8 + 1);
  }
}
