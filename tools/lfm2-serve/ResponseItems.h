// The items of a response: what a conversation is made of in OpenAI's newer
// interface, in and out.

#ifndef LFM2C_TOOLS_LFM2_SERVE_RESPONSEITEMS_H
#define LFM2C_TOOLS_LFM2_SERVE_RESPONSEITEMS_H

#include "tools/lfm2-serve/Fields.h"

namespace lfm2s {

/// `instructions` and `input` of a request as messages for a chat template.
/// Throws Refusal.
Json readItems(const Fields &request);

/// One of a response. `status` is "in_progress", "completed" or "incomplete".
Json textItem(const std::string &id, const std::string &text,
              const char *status);
Json textPart(const std::string &text);
Json reasoningItem(const std::string &id, const std::string &text,
                   const char *status);
Json callItem(const std::string &id, const std::string &callId,
              const std::string &name, const std::string &arguments,
              const char *status);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_RESPONSEITEMS_H
