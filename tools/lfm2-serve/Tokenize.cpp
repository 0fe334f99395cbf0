// POST /tokenize, /detokenize, /apply-template, as llama.cpp's server has them.

#include "tools/lfm2-serve/App.h"
#include "tools/lfm2-serve/Messages.h"
#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {
namespace {

/// A part of a character has no place in JSON: it is given as bytes.
Json pieceOf(std::string_view text) {
  Json piece = std::string(text);
  try {
    piece.dump();
    return piece;
  } catch (const Json::type_error &) {
    return bytesOf(text);
  }
}

void tokenize(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = app.model(exchange, request);
  std::string content = request.neededText("content");
  uint32_t flags = 0;
  if (request.flag("add_special").value_or(false))
    flags |= LFM2RT_ADD_BOS;
  if (request.flag("parse_special").value_or(true))
    flags |= LFM2RT_PARSE_SPECIAL;
  bool hasPieces = request.flag("with_pieces").value_or(false);
  Json tokens = Json::array();
  for (int32_t id : served->model->tokenize(content, flags)) {
    if (hasPieces)
      tokens.push_back(
          {{"id", id}, {"piece", pieceOf(served->model->textOf(id))}});
    else
      tokens.push_back(id);
  }
  exchange.reply({{"tokens", tokens}});
}

void detokenize(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = app.model(exchange, request);
  const Json *tokens = request.list("tokens");
  if (!tokens)
    request.refuse("tokens", "a list of ids");
  exchange.reply(
      {{"content",
        served->model->detokenize(
            readIds(*tokens, "tokens", served->model->vocabulary()), true)}});
}

void applyTemplate(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = app.model(exchange, request);
  Ask ask;
  ask.messages = readMessages(request, "messages");
  ask.tools = readTools(request);
  if (const Json *variables = request.object("chat_template_kwargs"))
    ask.variables = *variables;
  exchange.reply({{"prompt", served->model->render(talkOf(ask))}});
}

} // namespace

void addTokenize(App &app) {
  app.post("/tokenize", Dialect::OpenAI, tokenize);
  app.post("/detokenize", Dialect::OpenAI, detokenize);
  app.post("/apply-template", Dialect::OpenAI, applyTemplate);
}

} // namespace lfm2s
