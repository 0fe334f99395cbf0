#include "tools/lfm2-serve/Ask.h"

#include "lib/Engine/Failure.h"
#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {
namespace {

using lfm2e::Form;
using lfm2e::Model;

/// Models that were not trained with tokens around calls are asked for JSON.
bool hasCallTokens(const Model &model) {
  return model.tokenize("<|tool_call_start|>", LFM2RT_PARSE_SPECIAL).size() ==
         1;
}

bool wantsTools(const Ask &ask) {
  return ask.tools.tools.is_array() && !ask.tools.tools.empty() &&
         ask.tools.choice != "none";
}

std::shared_ptr<const Form> toolForm(const Ask &ask, const Model &model,
                                     uint32_t flags) {
  const std::string &choice = ask.tools.choice;
  try {
    return model.form(LFM2RT_FORM_TOOLS, flags, choice,
                      writeJson(ask.tools.tools));
  } catch (const lfm2e::Failure &failure) {
    // Calls that the model makes by itself are understood without a form, too.
    if (choice == "auto")
      return nullptr;
    throw badRequest(failure.what(), "tools", "invalid_value");
  }
}

std::shared_ptr<const Form> answerForm(const Ask &ask, const Model &model,
                                       uint32_t flags) {
  if (!ask.form.kind)
    return model.ownForm();
  try {
    return model.form(*ask.form.kind, flags, "", ask.form.text);
  } catch (const lfm2e::Failure &failure) {
    throw badRequest(failure.what(), "response_format", "invalid_value");
  }
}

} // namespace

lfm2e::Talk talkOf(const Ask &ask) {
  lfm2e::Talk talk;
  talk.messages = writeJson(ask.messages);
  if (wantsTools(ask))
    talk.tools = writeJson(ask.tools.tools);
  if (!ask.variables.empty())
    talk.variables = writeJson(ask.variables);
  talk.flags = ask.goesOn ? LFM2RT_CHAT_CONTINUE : LFM2RT_CHAT_ANSWER;
  return talk;
}

std::vector<lfm2e::Request> requestsOf(const Ask &ask, const Model &model) {
  lfm2e::Request request;
  bool hasTools = wantsTools(ask);
  if (hasTools && ask.form.kind)
    throw badRequest("expected tools or a form of the answer, found both; send "
                     "tool_choice \"none\" with the form, or leave it out",
                     "response_format", "unsupported_value");
  if (!hasTools && ask.tools.choice != "none" && ask.tools.choice != "auto")
    throw badRequest("expected tools for tool_choice, found none",
                     "tool_choice", "invalid_value");
  if (ask.isTalk()) {
    request.prompt = model.encode(talkOf(ask));
    request.isAnswer = true;
  } else {
    request.prompt = ask.tokens;
  }
  if (request.prompt.empty())
    throw badRequest("expected a prompt of one token or more, found none",
                     ask.isTalk() ? "messages" : "prompt", "invalid_value");
  uint32_t flags = ask.isTalk() && model.opensReasoning(request.prompt)
                       ? LFM2RT_FORM_AFTER_THINKING
                       : 0;
  if (hasTools && !hasCallTokens(model)) {
    request.isJsonCalls = true;
    flags |= LFM2RT_FORM_JSON_CALLS;
  }
  request.form =
      hasTools ? toolForm(ask, model, flags) : answerForm(ask, model, flags);
  request.sampling = ask.sampling;
  request.most = ask.most;
  request.stops = ask.stops;
  request.ignoresStop = ask.ignoresStop;
  request.logprobs = ask.logprobs;
  request.client = ask.client;
  std::vector<lfm2e::Request> requests;
  for (uint32_t i = 0; i < ask.count; ++i) {
    requests.push_back(request);
    requests.back().sampling.values.seed += i;
  }
  return requests;
}

} // namespace lfm2s
