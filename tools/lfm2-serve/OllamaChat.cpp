// POST /api/chat, /api/generate

#include "tools/lfm2-serve/Message.h"
#include "tools/lfm2-serve/Messages.h"
#include "tools/lfm2-serve/OllamaForms.h"
#include "tools/lfm2-serve/OpenAI.h"

namespace lfm2s {
namespace {

using lfm2e::Event;
using lfm2e::Finish;
using lfm2e::Piece;

/// How an answer is told.
struct Form {
  std::string model;
  bool isChat = false;
  bool hasThinking = true;
  bool hasLogprobs = false;
  std::chrono::steady_clock::time_point began =
      std::chrono::steady_clock::now();

  Json head() const {
    return {{"model", model}, {"created_at", timeText(unixTime())}};
  }
};

/// Those that were cut off are left out: arguments are no text here.
void addCall(Json &message, const Call &call) {
  Json arguments = Json::parse(call.arguments, nullptr, false);
  if (arguments.is_object())
    message["tool_calls"].push_back(
        {{"function", {{"name", call.name}, {"arguments", arguments}}}});
}

/// What has been made, as one line. Calls of tools are told when they are
/// whole.
Json lineOf(const Form &form, const Message &part, const lfm2e::Model &model) {
  Json line = form.head();
  if (form.isChat) {
    line["message"] = {{"role", "assistant"}, {"content", part.content}};
    if (form.hasThinking && !part.reasoning.empty())
      line["message"]["thinking"] = part.reasoning;
    for (const Call &call : part.calls)
      addCall(line["message"], call);
  } else {
    line["response"] = part.content;
    if (form.hasThinking && !part.reasoning.empty())
      line["thinking"] = part.reasoning;
  }
  if (form.hasLogprobs)
    for (const lfm2e::Drawn &token : part.tokens)
      line["logprobs"].push_back(logprobOf(token, model));
  line["done"] = false;
  return line;
}

void addEnd(Json &line, const Form &form, Finish finish,
            const Answers &answers) {
  line["done"] = true;
  line["done_reason"] = finish == Finish::Stop ? "stop" : "length";
  line.update(ollamaCost(answers.usage(), form.began));
}

void readOptions(const Fields &request, const lfm2e::Model &model, Ask &ask) {
  static const Json none = Json::object();
  const Json *given = request.object("options");
  Fields options(given ? *given : none, "options");
  ask.sampling = readSampling(options, model);
  ask.stops = options.texts("stop", 16);
  int64_t most = options.whole("num_predict", -2, UINT32_MAX).value_or(-1);
  if (most >= 0)
    ask.most = uint32_t(most);
  if (request.flag("logprobs").value_or(false))
    ask.logprobs = int(request.whole("top_logprobs", 0, 20).value_or(0));
}

void readFormat(const Fields &request, Ask &ask) {
  const Json *format = request.find("format");
  if (!format || *format == "")
    return;
  if (*format == "json")
    ask.form = {LFM2RT_FORM_JSON_SCHEMA, "{\"type\": \"object\"}"};
  else if (format->is_object())
    ask.form = {LFM2RT_FORM_JSON_SCHEMA, writeJson(*format)};
  else
    request.refuse("format", "\"json\" or an object that is a JSON schema");
}

/// A word says how much; this server knows whether alone.
void readThink(const Fields &request, Ask &ask, Form &form) {
  const Json *think = request.find("think");
  if (!think)
    return;
  if (!think->is_boolean() && !think->is_string())
    request.refuse("think", "true, false or a word");
  form.hasThinking = *think != false;
  ask.variables["enable_thinking"] = form.hasThinking;
}

void refuseImages(const Fields &fields) {
  const Json *images = fields.list("images");
  if (images && !images->empty())
    fields.refuse("images", "left out: this model reads text alone");
}

/// Reads what both endpoints have beside what is to be answered, and answers.
void answer(App &app, Exchange &exchange, const Fields &request,
            const std::shared_ptr<Served> &served, Ask ask, Form form) {
  readOptions(request, *served->model, ask);
  readFormat(request, ask);
  readThink(request, ask, form);
  form.hasLogprobs = ask.logprobs >= 0;
  app.limit(exchange, ask);
  auto answers = std::make_shared<Answers>(exchange, served, ask);
  if (request.flag("stream").value_or(true))
    return exchange.stream("application/x-ndjson", [=](const Write &write) {
      uint32_t number = 0;
      Event event;
      Message part; // What was not told yet.
      while (answers->next(number, event)) {
        part.add(event);
        bool isEnd = event.finish != Finish::None;
        bool isCalling = false; // One that is not whole waits.
        for (const Piece &piece : event.pieces)
          isCalling =
              piece.kind == Piece::CallBegin || piece.kind == Piece::Arguments;
        bool isEmpty = part.content.empty() && part.reasoning.empty() &&
                       part.calls.empty();
        if (!isEnd && (isCalling || isEmpty))
          continue;
        Json line = lineOf(form, part, answers->model());
        if (isEnd)
          addEnd(line, form, event.finish, *answers);
        write(writeJson(line) + "\n");
        part = Message();
      }
    });
  Message message;
  uint32_t number = 0;
  Event event;
  while (answers->next(number, event))
    message.add(event);
  Json line = lineOf(form, message, answers->model());
  addEnd(line, form, message.finish, *answers);
  exchange.reply(line);
}

/// What is answered where nothing is asked: the model is there.
void answerLoaded(Exchange &exchange, const Form &form) {
  Json line = form.head();
  if (form.isChat)
    line["message"] = {{"role", "assistant"}, {"content", ""}};
  else
    line["response"] = "";
  line["done"] = true;
  line["done_reason"] = "load";
  exchange.reply(line);
}

void chat(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = ollamaModel(app, exchange, request);
  served->texts();
  Form form;
  form.model = request.textOr("model", served->name);
  form.isChat = true;
  const Json *messages = request.list("messages");
  if (!messages || messages->empty())
    return answerLoaded(exchange, form);
  for (size_t i = 0; i < messages->size(); ++i)
    refuseImages(Fields((*messages)[i], indexed("messages", i)));
  Ask ask;
  ask.messages = readMessages(request, "messages");
  ask.tools = readTools(request);
  answer(app, exchange, request, served, std::move(ask), std::move(form));
}

void generate(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = ollamaModel(app, exchange, request);
  served->texts();
  Form form;
  form.model = request.textOr("model", served->name);
  std::string prompt = request.textOr("prompt", "");
  if (prompt.empty())
    return answerLoaded(exchange, form);
  refuseImages(request);
  for (const char *name : {"suffix", "template"})
    if (!request.textOr(name, "").empty())
      request.refuse(name, "left out: this server has none");
  const lfm2e::Model &model = *served->model;
  Ask ask;
  if (request.flag("raw").value_or(false) || !model.hasChatTemplate()) {
    ask.tokens = model.tokenize(prompt, LFM2RT_ADD_BOS | LFM2RT_PARSE_SPECIAL);
  } else {
    ask.messages = Json::array();
    if (auto system = request.text("system"))
      ask.messages.push_back({{"role", "system"}, {"content", *system}});
    ask.messages.push_back({{"role", "user"}, {"content", prompt}});
  }
  answer(app, exchange, request, served, std::move(ask), std::move(form));
}

} // namespace

void addOllamaChat(App &app) {
  app.post("/api/chat", Dialect::Ollama, chat);
  app.post("/api/generate", Dialect::Ollama, generate);
}

} // namespace lfm2s
