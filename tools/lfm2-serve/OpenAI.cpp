#include "tools/lfm2-serve/OpenAI.h"

#include "tools/lfm2-serve/Refusal.h"
#include <ctime>
#include <random>

namespace lfm2s {

using lfm2e::Finish;

void readCommon(const Fields &request, const lfm2e::Model &model, Ask &ask,
                int64_t least) {
  constexpr int64_t mostAnswers = 16;
  ask.sampling = readSampling(request, model);
  ask.stops = request.texts("stop", 16);
  ask.count = uint32_t(request.whole("n", 1, mostAnswers).value_or(1));
  ask.ignoresStop = request.flag("ignore_eos").value_or(false);
  for (const char *name : {"max_tokens", "max_completion_tokens"})
    if (auto most = request.whole(name, least, UINT32_MAX))
      ask.most = uint32_t(*most);
  if (auto grammar = request.text("grammar"))
    ask.form = {LFM2RT_FORM_GBNF, *grammar};
}

FormAsk readFormat(const Json &format, const std::string &path) {
  Fields fields(format, path);
  if (!fields.find("type"))
    fields.refuse("type", "\"text\", \"json_object\" or \"json_schema\"");
  std::string type =
      *fields.word("type", {"text", "json_object", "json_schema"});
  if (type == "text")
    return {};
  if (type == "json_object") {
    // llama.cpp's clients put a schema here.
    const Json *schema = fields.object("schema");
    return {LFM2RT_FORM_JSON_SCHEMA,
            schema ? writeJson(*schema)
                   : std::string("{\"type\": \"object\"}")};
  }
  Fields named = fields.inner("json_schema");
  const Json *schema = named.find("schema");
  if (!schema || (!schema->is_object() && !schema->is_boolean()))
    named.refuse("schema", "an object");
  return {LFM2RT_FORM_JSON_SCHEMA, writeJson(*schema)};
}

bool wantsUsage(const Fields &request) {
  const Json *options = request.object("stream_options");
  return options && Fields(*options, "stream_options")
                        .flag("include_usage")
                        .value_or(false);
}

Json usageOf(const Answers &answers, const lfm2e::Usage &usage) {
  return {{"prompt_tokens", usage.promptTokens},
          {"completion_tokens", usage.madeTokens},
          {"total_tokens", usage.promptTokens + usage.madeTokens},
          {"prompt_tokens_details", {{"cached_tokens", usage.cachedTokens}}},
          {"completion_tokens_details",
           {{"reasoning_tokens", answers.reasoningTokens()}}}};
}

const char *finishReason(Finish finish, bool hasCalls) {
  if (finish == Finish::Length || finish == Finish::Context)
    return "length";
  return hasCalls ? "tool_calls" : "stop";
}

static Json probability(int32_t token, double logprob,
                        const lfm2e::Model &model) {
  std::string text(model.textOf(token));
  // JSON has no infinity; OpenAI's interface writes what is never drawn so.
  return {{"token", text},
          {"logprob", logprob > -9999 ? logprob : -9999.0},
          {"bytes", bytesOf(text)}};
}

Json logprobOf(const lfm2e::Drawn &token, const lfm2e::Model &model) {
  Json one = probability(token.token, token.logprob, model);
  one["top_logprobs"] = Json::array();
  for (const lfm2rt_logprob &best : token.best)
    one["top_logprobs"].push_back(probability(best.token, best.logprob, model));
  return one;
}

std::string newId(const char *prefix) {
  static const char letters[] =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  static thread_local std::random_device chance;
  std::string id = prefix;
  for (int i = 0; i < 24; ++i)
    id += letters[chance() % (sizeof(letters) - 1)];
  return id;
}

int64_t unixTime() { return int64_t(time(nullptr)); }

} // namespace lfm2s
