// Conversations as requests have them, made what chat templates read.

#ifndef LFM2C_TOOLS_LFM2_SERVE_MESSAGES_H
#define LFM2C_TOOLS_LFM2_SERVE_MESSAGES_H

#include "tools/lfm2-serve/Ask.h"

namespace lfm2s {

/// A list of messages: roles checked, content made one text, "developer" read
/// as "system". Throws Refusal.
Json readMessages(const Fields &request, const char *name);
/// A text, or the texts of a list of parts, one a line. Null is "". Throws
/// Refusal for parts that are no text.
std::string readContent(const Json &content, const std::string &path);
/// `tools`, `tool_choice` and `parallel_tool_calls`, tools as chat completions
/// have them or, of responses, flat.
ToolAsk readTools(const Fields &request);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_MESSAGES_H
