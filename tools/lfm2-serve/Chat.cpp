// POST /v1/chat/completions

#include "tools/lfm2-serve/App.h"
#include "tools/lfm2-serve/Message.h"
#include "tools/lfm2-serve/Messages.h"
#include "tools/lfm2-serve/OpenAI.h"
#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {
namespace {

using lfm2e::Event;
using lfm2e::Piece;

Ask readAsk(const Fields &request, const lfm2e::Model &model) {
  Ask ask;
  ask.messages = readMessages(request, "messages");
  readCommon(request, model, ask);
  ask.tools = readTools(request);
  if (const Json *format = request.object("response_format"))
    ask.form = readFormat(*format, "response_format");
  if (const Json *variables = request.object("chat_template_kwargs"))
    ask.variables = *variables;
  ask.goesOn = request.flag("continue_final_message").value_or(false);
  auto best = request.whole("top_logprobs", 0, 20);
  if (request.flag("logprobs").value_or(false))
    ask.logprobs = int(best.value_or(0));
  else if (best.value_or(0) > 0)
    throw badRequest("expected logprobs to be true with top_logprobs, found it "
                     "false or not at all",
                     "logprobs", "invalid_value");
  return ask;
}

Json callOf(const Call &call) {
  return {{"id", call.id},
          {"type", "function"},
          {"function", {{"name", call.name}, {"arguments", call.arguments}}}};
}

Json messageOf(const Message &message) {
  Json json = {{"role", "assistant"}, {"content", message.content}};
  if (message.content.empty() && !message.calls.empty())
    json["content"] = nullptr;
  json["refusal"] = nullptr;
  if (!message.reasoning.empty())
    json["reasoning_content"] = message.reasoning;
  for (const Call &call : message.calls)
    json["tool_calls"].push_back(callOf(call));
  return json;
}

Json logprobsOf(const std::vector<lfm2e::Drawn> &tokens,
                const lfm2e::Model &model) {
  Json list = Json::array();
  for (const lfm2e::Drawn &token : tokens)
    list.push_back(logprobOf(token, model));
  return {{"content", list}, {"refusal", nullptr}};
}

/// One answer after another, whole.
void answerWhole(Exchange &exchange, Answers &answers, const Ask &ask,
                 Json head) {
  std::vector<Message> messages(ask.count);
  uint32_t number = 0;
  Event event;
  while (answers.next(number, event))
    messages[number].add(event);
  head["object"] = "chat.completion";
  head["choices"] = Json::array();
  for (uint32_t i = 0; i < ask.count; ++i) {
    const Message &message = messages[i];
    head["choices"].push_back(
        {{"index", i},
         {"message", messageOf(message)},
         {"logprobs", ask.logprobs < 0
                          ? Json()
                          : logprobsOf(message.tokens, answers.model())},
         {"finish_reason",
          finishReason(message.finish, !message.calls.empty())}});
  }
  head["usage"] = usageOf(answers);
  exchange.reply(head);
}

/// Chunks of the answers of one request.
class Chunks {
public:
  Chunks(Json head, const Ask &ask, bool hasUsage, const lfm2e::Model &model)
      : head(std::move(head)), hasUsage(hasUsage),
        hasLogprobs(ask.logprobs >= 0), model(model), answers(ask.count) {
    this->head["object"] = "chat.completion.chunk";
  }

  std::string first(uint32_t number) {
    return chunk(number, {{"role", "assistant"}, {"content", ""}}, nullptr);
  }

  std::string of(uint32_t number, const Event &event) {
    Answer &answer = answers[number];
    std::string text;
    if (hasLogprobs)
      addTokens(event, answer.tokens);
    for (const Piece &piece : event.pieces) {
      Json delta = deltaOf(answer, piece);
      if (!delta.empty())
        text += chunk(number, delta, nullptr);
    }
    if (event.finish != lfm2e::Finish::None)
      text += chunk(number, Json::object(),
                    finishReason(event.finish, answer.calls > 0));
    return text;
  }

  std::string last(const Answers &all) {
    std::string end = "data: [DONE]\n\n";
    if (!hasUsage)
      return end;
    Json json = head;
    json["choices"] = Json::array();
    json["usage"] = usageOf(all);
    return sse(json) + end;
  }

private:
  struct Answer {
    std::vector<lfm2e::Drawn> tokens; /// Whose logprobs were not told yet.
    uint32_t calls = 0;
    bool hasCall = false; /// One has begun, and not ended.
  };

  Json deltaOf(Answer &answer, const Piece &piece) {
    switch (piece.kind) {
    case Piece::Text:
      return {{"content", piece.text}};
    case Piece::Reasoning:
      return {{"reasoning_content", piece.text}};
    case Piece::CallBegin:
      answer.hasCall = true;
      ++answer.calls;
      return callDelta(piece.call, callOf({newId("call_"), piece.name, ""}));
    case Piece::Arguments:
      return callDelta(piece.call, {{"function", {{"arguments", piece.text}}}});
    case Piece::CallEnd:
      answer.hasCall = false;
      return Json::object();
    case Piece::NoCall:
      // What was told of a call that was cut off cannot be taken back.
      return answer.hasCall ? Json::object() : Json{{"content", piece.text}};
    }
    return Json::object();
  }

  static Json callDelta(uint32_t call, const Json &what) {
    Json one = {{"index", call}};
    one.update(what);
    return {{"tool_calls", Json::array({one})}};
  }

  std::string chunk(uint32_t number, const Json &delta, const char *finish) {
    Json choice = {{"index", number}, {"delta", delta}};
    choice["logprobs"] = nullptr;
    std::vector<lfm2e::Drawn> &tokens = answers[number].tokens;
    if (!tokens.empty()) {
      choice["logprobs"] = logprobsOf(tokens, model);
      tokens.clear();
    }
    choice["finish_reason"] = finish ? Json(finish) : Json();
    Json json = head;
    json["choices"] = Json::array({choice});
    if (hasUsage)
      json["usage"] = nullptr;
    return sse(json);
  }

  Json head;
  const bool hasUsage, hasLogprobs;
  const lfm2e::Model &model;
  std::vector<Answer> answers;
};

void chat(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = app.model(exchange, request);
  Ask ask = readAsk(request, *served->model);
  app.limit(exchange, ask);
  bool streams = request.flag("stream").value_or(false);
  bool hasUsage = wantsUsage(request);
  Json head = {{"id", newId("chatcmpl-")},
               {"object", ""},
               {"created", unixTime()},
               {"model", served->name},
               {"system_fingerprint", app.fingerprint}};
  auto answers = std::make_shared<Answers>(exchange, served, ask);
  if (!streams)
    return answerWhole(exchange, *answers, ask, std::move(head));
  auto chunks = std::make_shared<Chunks>(std::move(head), ask, hasUsage,
                                         answers->model());
  exchange.stream("text/event-stream",
                  [=, count = ask.count](const Write &write) {
                    for (uint32_t i = 0; i < count; ++i)
                      write(chunks->first(i));
                    uint32_t number = 0;
                    Event event;
                    while (answers->next(number, event)) {
                      std::string text = chunks->of(number, event);
                      if (!text.empty())
                        write(text);
                    }
                    write(chunks->last(*answers));
                  });
}

} // namespace

void addChat(App &app) {
  app.post("/v1/chat/completions", Dialect::OpenAI, chat);
}

} // namespace lfm2s
