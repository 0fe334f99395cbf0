// What every endpoint makes of its request: one form for all of them.

#ifndef LFM2C_TOOLS_LFM2_SERVE_ASK_H
#define LFM2C_TOOLS_LFM2_SERVE_ASK_H

#include "lib/Engine/Model.h"
#include "lib/Engine/Request.h"
#include "tools/lfm2-serve/Fields.h"

namespace lfm2s {

/// What an answer must look like.
struct FormAsk {
  /// LFM2RT_FORM_JSON_SCHEMA or LFM2RT_FORM_GBNF; none: any form.
  std::optional<uint32_t> kind;
  std::string text;
};

/// How tools may be called.
struct ToolAsk {
  /// A list as OpenAI's interface has it; null: none.
  Json tools;
  /// "auto", "required", "none", or the name of the one to be called.
  std::string choice = "auto";
  bool severalCalls = true;
};

struct Ask {
  /// Of a conversation: its messages as chat templates read them.
  Json messages;
  ToolAsk tools;
  Json variables = Json::object(); /// Of the chat template.
  bool goesOn = false;             /// With the last message, the assistant's.

  /// Where it is no conversation: the tokens to go on with.
  std::vector<int32_t> tokens;

  FormAsk form;
  lfm2e::Sampling sampling;
  std::vector<std::string> stops;
  uint32_t most = UINT32_MAX; /// Tokens of an answer.
  uint32_t count = 1;         /// Answers.
  int logprobs = -1;          /// As lfm2e::Request has it.
  bool ignoresStop = false;
  std::string client; /// See lfm2e::Request.

  bool isTalk() const { return messages.is_array(); }
};

/// Reads temperature, top_p, seed, penalties, logit_bias and the like, on top
/// of what the model's makers recommend. `names` is where OpenAI's and
/// llama.cpp's stand: the request itself, or Ollama's options.
lfm2e::Sampling readSampling(const Fields &names, const lfm2e::Model &model);

/// The conversation as the engine has it; its tools, unless none may be called.
lfm2e::Talk talkOf(const Ask &ask);

/// One of `count` requests to the engine. Throws Refusal and lfm2e::Failure.
std::vector<lfm2e::Request> requestsOf(const Ask &ask,
                                       const lfm2e::Model &model);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_ASK_H
