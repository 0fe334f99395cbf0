// What the endpoints of OpenAI's interface share.

#ifndef LFM2C_TOOLS_LFM2_SERVE_OPENAI_H
#define LFM2C_TOOLS_LFM2_SERVE_OPENAI_H

#include "tools/lfm2-serve/Answers.h"

namespace lfm2s {

/// The fields that all of them have: sampling, stop, n, limits.
/// `least`: of max_tokens.
void readCommon(const Fields &request, const lfm2e::Model &model, Ask &ask,
                int64_t least = 1);
/// `response_format`, or of responses `text.format`, at this place.
FormAsk readFormat(const Json &format, const std::string &path);
/// Whether a stream is to end with what it cost.
bool wantsUsage(const Fields &request);

/// {"prompt_tokens", "completion_tokens", ...}
Json usageOf(const Answers &answers, const lfm2e::Usage &usage);
inline Json usageOf(const Answers &answers) {
  return usageOf(answers, answers.usage());
}
/// "stop", "length" or "tool_calls".
const char *finishReason(lfm2e::Finish finish, bool hasCalls);
/// Of a token, as an item of "logprobs.content".
Json logprobOf(const lfm2e::Drawn &token, const lfm2e::Model &model);
/// As "chatcmpl-" and 24 letters and digits by chance.
std::string newId(const char *prefix);
int64_t unixTime();

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_OPENAI_H
