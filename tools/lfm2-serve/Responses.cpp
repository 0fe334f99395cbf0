// POST /v1/responses: text and tools. Nothing is stored, so a conversation is
// given whole.

#include "tools/lfm2-serve/App.h"
#include "tools/lfm2-serve/ErrorForms.h"
#include "tools/lfm2-serve/Messages.h"
#include "tools/lfm2-serve/OpenAI.h"
#include "tools/lfm2-serve/ResponseItems.h"

namespace lfm2s {
namespace {

using lfm2e::Event;
using lfm2e::Finish;
using lfm2e::Piece;

/// Makes the output out of the events of one answer, and tells each change of
/// it.
class Output {
public:
  /// `tell` gets the name of an event and what it says.
  using Tell = std::function<void(const char *, const Json &)>;
  explicit Output(Tell tell) : tell(std::move(tell)) {}

  void add(const Event &event) {
    for (const Piece &piece : event.pieces)
      add(piece);
    if (event.finish == Finish::None)
      return;
    isWhole = event.finish == Finish::Stop;
    close(isWhole ? "completed" : "incomplete");
  }

  Json items = Json::array();
  bool isWhole = false; /// It ended by itself.

private:
  enum Kind { None, Text, Reasoning, Call };

  void add(const Piece &piece) {
    switch (piece.kind) {
    case Piece::Text:
      return addText(Text, piece.text);
    case Piece::Reasoning:
      return addText(Reasoning, piece.text);
    case Piece::CallBegin:
      open(Call);
      name = piece.name;
      callId = newId("call_");
      return tellItem("response.output_item.added",
                      callItem(id, callId, name, "", "in_progress"));
    case Piece::Arguments:
      text += piece.text;
      return tellDelta("response.function_call_arguments.delta", piece.text);
    case Piece::CallEnd:
      text = piece.text;
      return close("completed");
    case Piece::NoCall:
      // What was told of a call that was cut off cannot be taken back.
      if (kind != Call)
        addText(Text, piece.text);
      return;
    }
  }

  void addText(Kind of, const std::string &more) {
    if (kind != of) {
      open(of);
      tellItem("response.output_item.added",
               of == Text ? textItem(id, "", "in_progress")
                          : reasoningItem(id, "", "in_progress"));
      if (of == Text)
        tellPart("response.content_part.added", textPart(""));
    }
    text += more;
    tellDelta(of == Text ? "response.output_text.delta"
                         : "response.reasoning_text.delta",
              more);
  }

  void open(Kind of) {
    close("completed");
    kind = of;
    text.clear();
    id = newId(of == Text ? "msg_" : of == Reasoning ? "rs_" : "fc_");
  }

  void close(const char *status) {
    Json item;
    switch (kind) {
    case None:
      return;
    case Text:
      tellText("response.output_text.done", {{"text", text}});
      tellPart("response.content_part.done", textPart(text));
      item = textItem(id, text, status);
      break;
    case Reasoning:
      tellText("response.reasoning_text.done", {{"text", text}});
      item = reasoningItem(id, text, status);
      break;
    case Call:
      tell("response.function_call_arguments.done",
           {{"item_id", id},
            {"output_index", items.size()},
            {"name", name},
            {"arguments", text}});
      item = callItem(id, callId, name, text, status);
      break;
    }
    tellItem("response.output_item.done", item);
    items.push_back(item);
    kind = None;
  }

  void tellItem(const char *event, const Json &item) {
    tell(event, {{"output_index", items.size()}, {"item", item}});
  }

  void tellPart(const char *event, const Json &part) {
    tellText(event, {{"part", part}});
  }

  void tellText(const char *event, const Json &more) {
    Json what = {
        {"item_id", id}, {"output_index", items.size()}, {"content_index", 0}};
    what.update(more);
    if (kind == Text)
      what["logprobs"] = Json::array();
    tell(event, what);
  }

  void tellDelta(const char *event, const std::string &delta) {
    if (kind == Call)
      tell(event,
           {{"item_id", id}, {"output_index", items.size()}, {"delta", delta}});
    else
      tellText(event, {{"delta", delta}});
  }

  const Tell tell;
  Kind kind = None;
  std::string id, text, name, callId;
};

Ask readAsk(const Fields &request, const lfm2e::Model &model) {
  Ask ask;
  ask.messages = readItems(request);
  readCommon(request, model, ask);
  ask.count = 1;
  ask.tools = readTools(request);
  if (auto most = request.whole("max_output_tokens", 1, UINT32_MAX))
    ask.most = uint32_t(*most);
  if (const Json *text = request.object("text"))
    if (const Json *format = Fields(*text, "text").object("format"))
      ask.form = readFormat(*format, "text.format");
  if (!request.textOr("previous_response_id", "").empty())
    request.refuse("previous_response_id",
                   "left out: nothing is stored here, so send the whole "
                   "conversation as input");
  if (request.flag("background").value_or(false))
    request.refuse("background", "false");
  return ask;
}

/// The response itself, but for its output; what the request said is repeated.
Json headOf(const Fields &request, const Served &served, const Ask &ask) {
  Json head = {{"id", newId("resp_")},
               {"object", "response"},
               {"created_at", unixTime()},
               {"status", "in_progress"},
               {"error", nullptr},
               {"incomplete_details", nullptr},
               {"model", served.name},
               {"output", Json::array()},
               {"parallel_tool_calls", ask.tools.severalCalls},
               {"temperature", ask.sampling.values.temperature},
               {"top_p", ask.sampling.values.top_p},
               {"store", false},
               {"usage", nullptr}};
  head["text"] = {{"format", {{"type", "text"}}}};
  head["tool_choice"] = "auto";
  head["tools"] = Json::array();
  head["metadata"] = Json::object();
  for (const char *name : {"instructions", "max_output_tokens", "metadata",
                           "text", "tool_choice", "tools", "user", "reasoning"})
    if (const Json *given = request.find(name))
      head[name] = *given;
  return head;
}

void finish(Json &head, const Output &output, const Answers &answers) {
  lfm2e::Usage usage = answers.usage();
  head["status"] = output.isWhole ? "completed" : "incomplete";
  if (!output.isWhole)
    head["incomplete_details"] = {{"reason", "max_output_tokens"}};
  head["output"] = output.items;
  head["usage"] = {
      {"input_tokens", usage.promptTokens},
      {"input_tokens_details", {{"cached_tokens", usage.cachedTokens}}},
      {"output_tokens", usage.madeTokens},
      {"output_tokens_details",
       {{"reasoning_tokens", answers.reasoningTokens()}}},
      {"total_tokens", usage.promptTokens + usage.madeTokens}};
}

void answerInPieces(const Write &write, Answers &answers, Json head) {
  uint32_t place = 0;
  auto tell = [&](const char *name, const Json &more) {
    Json event = {{"type", name}, {"sequence_number", place++}};
    event.update(more);
    write(sse(name, event));
  };
  try {
    tell("response.created", {{"response", head}});
    tell("response.in_progress", {{"response", head}});
    Output output(tell);
    uint32_t number = 0;
    Event event;
    while (answers.next(number, event))
      output.add(event);
    finish(head, output, answers);
    tell(output.isWhole ? "response.completed" : "response.incomplete",
         {{"response", head}});
  } catch (const std::exception &) {
    Refusal refusal = refusalOf(std::current_exception());
    head["status"] = "failed";
    head["error"] = {{"code", "server_error"}, {"message", refusal.what()}};
    tell("response.failed", {{"response", head}});
    throw Refusal(refusal);
  }
}

void respond(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = app.model(exchange, request);
  Ask ask = readAsk(request, *served->model);
  app.limit(exchange, ask);
  Json head = headOf(request, *served, ask);
  auto answers = std::make_shared<Answers>(exchange, served, ask);
  if (request.flag("stream").value_or(false))
    return exchange.stream("text/event-stream", [=](const Write &write) {
      answerInPieces(write, *answers, head);
    });
  Output output([](const char *, const Json &) {});
  uint32_t number = 0;
  Event event;
  while (answers->next(number, event))
    output.add(event);
  finish(head, output, *answers);
  exchange.reply(head);
}

} // namespace

void addResponses(App &app) {
  app.post("/v1/responses", Dialect::OpenAI, respond);
}

} // namespace lfm2s
