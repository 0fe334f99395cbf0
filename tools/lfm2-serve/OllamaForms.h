// What Ollama's endpoints share.

#ifndef LFM2C_TOOLS_LFM2_SERVE_OLLAMAFORMS_H
#define LFM2C_TOOLS_LFM2_SERVE_OLLAMAFORMS_H

#include "tools/lfm2-serve/App.h"

namespace lfm2s {

/// RFC 3339, UTC.
std::string timeText(int64_t secondsSince1970);
/// {"total_duration", "eval_count", ...}, in nanoseconds, of an answer since
/// then.
Json ollamaCost(const lfm2e::Usage &usage,
                std::chrono::steady_clock::time_point began);
/// The model of a request whose field is `model` or, in older ones, `name`.
std::shared_ptr<Served> ollamaModel(App &app, Exchange &exchange,
                                    const Fields &request);

void addOllamaChat(App &app);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_OLLAMAFORMS_H
