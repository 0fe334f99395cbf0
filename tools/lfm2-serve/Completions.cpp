// POST /v1/completions

#include "tools/lfm2-serve/App.h"
#include "tools/lfm2-serve/Message.h"
#include "tools/lfm2-serve/OpenAI.h"
#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {
namespace {

using lfm2e::Event;

constexpr size_t mostPrompts = 128;
constexpr uint32_t usualTokens = 16; // As OpenAI has it.

std::vector<int32_t> promptOf(const Json &given, const lfm2e::Model &model) {
  if (given.is_string())
    return model.tokenize(given.get<std::string>(),
                          LFM2RT_ADD_BOS | LFM2RT_PARSE_SPECIAL);
  if (given.is_array())
    return readIds(given, "prompt", model.vocabulary());
  throw badRequest("expected prompts that are strings or lists of ids, found " +
                       kindOf(given),
                   "prompt", "invalid_type");
}

/// A text, ids, or a list of texts or ids.
std::vector<std::vector<int32_t>> readPrompts(const Fields &request,
                                              const lfm2e::Model &model) {
  const Json *given = request.find("prompt");
  if (!given)
    request.refuse("prompt", "a string, a list of ids, or a list of these");
  bool isOne =
      !given->is_array() || (!given->empty() && given->front().is_number());
  if (isOne)
    return {promptOf(*given, model)};
  if (given->empty() || given->size() > mostPrompts)
    request.refuse("prompt",
                   "1 ... " + std::to_string(mostPrompts) + " prompts");
  std::vector<std::vector<int32_t>> prompts;
  for (const Json &one : *given)
    prompts.push_back(promptOf(one, model));
  return prompts;
}

Ask readAsk(const Fields &request, const lfm2e::Model &model) {
  Ask ask;
  ask.most = usualTokens;
  readCommon(request, model, ask, /*least=*/0);
  ask.logprobs = int(request.whole("logprobs", 0, 20).value_or(-1));
  if (const Json *format = request.object("response_format"))
    ask.form = readFormat(*format, "response_format");
  if (!request.textOr("suffix", "").empty())
    request.refuse("suffix", "left out: this model writes at the end alone");
  if (request.whole("best_of", 1, 16).value_or(1) != 1)
    request.refuse("best_of", "1; ask for several answers with n");
  return ask;
}

/// The lists that this endpoint has in place of those of chats.
class Logprobs {
public:
  explicit Logprobs(const lfm2e::Model &model) : model(model) {}

  /// nullptr for none.
  Json of(const std::vector<lfm2e::Drawn> &tokens) {
    Json lists = {{"tokens", Json::array()},
                  {"token_logprobs", Json::array()},
                  {"top_logprobs", Json::array()},
                  {"text_offset", Json::array()}};
    for (const lfm2e::Drawn &token : tokens) {
      Json one = logprobOf(token, model);
      lists["tokens"].push_back(one["token"]);
      lists["token_logprobs"].push_back(one["logprob"]);
      Json best = Json::object();
      for (const Json &other : one["top_logprobs"])
        best[other["token"].get<std::string>()] = other["logprob"];
      lists["top_logprobs"].push_back(best);
      lists["text_offset"].push_back(offset);
      offset += model.textOf(token.token).size();
    }
    return lists;
  }

private:
  const lfm2e::Model &model;
  size_t offset = 0; // Bytes of the answer.
};

/// What a request's answers are told as.
struct Talk {
  Json head;
  std::vector<std::string> echoes; /// Of each prompt; "" where not asked for.
  uint32_t count;                  /// Answers of each prompt.
  bool hasLogprobs, hasUsage;

  Json choice(uint32_t number, const std::string &text, const Json &logprobs,
              const Json &finish) const {
    return {{"index", number},
            {"text", text},
            {"logprobs", logprobs},
            {"finish_reason", finish}};
  }
};

void answerWhole(Exchange &exchange, Answers &answers, Talk &talk) {
  std::vector<Message> messages(talk.echoes.size() * talk.count);
  uint32_t number = 0;
  Event event;
  while (answers.next(number, event))
    messages[number].add(event);
  talk.head["choices"] = Json::array();
  for (uint32_t i = 0; i < messages.size(); ++i) {
    Json logprobs;
    if (talk.hasLogprobs)
      logprobs = Logprobs(answers.model()).of(messages[i].tokens);
    talk.head["choices"].push_back(
        talk.choice(i, talk.echoes[i / talk.count] + messages[i].content,
                    logprobs, finishReason(messages[i].finish, false)));
  }
  talk.head["usage"] = usageOf(answers, answers.usage(talk.count));
  exchange.reply(talk.head);
}

void answerInPieces(const Write &write, Answers &answers, Talk &talk) {
  std::vector<Logprobs> logprobs(talk.echoes.size() * talk.count,
                                 Logprobs(answers.model()));
  std::vector<std::vector<lfm2e::Drawn>> tokens(logprobs.size());
  auto send = [&](uint32_t number, const std::string &text,
                  const Json &finish) {
    Json json = talk.head;
    Json probabilities;
    if (!tokens[number].empty())
      probabilities = logprobs[number].of(tokens[number]);
    tokens[number].clear();
    json["choices"] =
        Json::array({talk.choice(number, text, probabilities, finish)});
    if (talk.hasUsage)
      json["usage"] = nullptr;
    write(sse(json));
  };
  for (uint32_t i = 0; i < logprobs.size(); ++i)
    if (!talk.echoes[i / talk.count].empty())
      send(i, talk.echoes[i / talk.count], nullptr);
  uint32_t number = 0;
  Event event;
  while (answers.next(number, event)) {
    std::string text;
    for (const lfm2e::Piece &piece : event.pieces)
      text += piece.text;
    if (talk.hasLogprobs)
      addTokens(event, tokens[number]);
    bool hasEnded = event.finish != lfm2e::Finish::None;
    if (!text.empty() || hasEnded)
      send(number, text,
           hasEnded ? Json(finishReason(event.finish, false)) : Json());
  }
  if (talk.hasUsage) {
    talk.head["choices"] = Json::array();
    talk.head["usage"] = usageOf(answers, answers.usage(talk.count));
    write(sse(talk.head));
  }
  write("data: [DONE]\n\n");
}

void complete(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = app.model(exchange, request);
  const lfm2e::Model &model = *served->model;
  Ask ask = readAsk(request, model);
  app.limit(exchange, ask);
  bool echoes = request.flag("echo").value_or(false);
  if (echoes && ask.logprobs >= 0)
    request.refuse("echo", "false with logprobs: those of a prompt are not "
                           "known");
  std::vector<lfm2e::Request> requests;
  Talk talk;
  for (std::vector<int32_t> &prompt : readPrompts(request, model)) {
    talk.echoes.push_back(echoes ? model.detokenize(prompt, false) : "");
    ask.tokens = std::move(prompt);
    for (lfm2e::Request &one : requestsOf(ask, model))
      requests.push_back(std::move(one));
  }
  app.checkCount(requests.size());
  talk.head = {{"id", newId("cmpl-")},
               {"object", "text_completion"},
               {"created", unixTime()},
               {"model", served->name},
               {"system_fingerprint", app.fingerprint}};
  talk.count = ask.count;
  talk.hasLogprobs = ask.logprobs >= 0;
  talk.hasUsage = wantsUsage(request);
  auto answers =
      std::make_shared<Answers>(exchange, served, std::move(requests));
  if (!request.flag("stream").value_or(false))
    return answerWhole(exchange, *answers, talk);
  exchange.stream("text/event-stream", [=](const Write &write) mutable {
    answerInPieces(write, *answers, talk);
  });
}

} // namespace

void addCompletions(App &app) {
  app.post("/v1/completions", Dialect::OpenAI, complete);
}

} // namespace lfm2s
