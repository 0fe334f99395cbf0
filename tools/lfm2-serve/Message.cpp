#include "tools/lfm2-serve/Message.h"

#include "tools/lfm2-serve/OpenAI.h"

namespace lfm2s {

using lfm2e::Piece;

void addTokens(const lfm2e::Event &event, std::vector<lfm2e::Drawn> &tokens) {
  size_t left = event.finish == lfm2e::Finish::Stop ? 1 : 0;
  for (size_t i = 0; i + left < event.tokens.size(); ++i)
    tokens.push_back(event.tokens[i]);
}

void Message::add(const lfm2e::Event &event) {
  for (const Piece &piece : event.pieces)
    switch (piece.kind) {
    case Piece::Text:
      content += piece.text;
      break;
    case Piece::Reasoning:
      reasoning += piece.text;
      break;
    case Piece::CallBegin:
      calls.push_back({newId("call_"), piece.name, ""});
      break;
    case Piece::Arguments:
      if (!calls.empty())
        calls.back().arguments += piece.text;
      break;
    case Piece::CallEnd:
      if (!calls.empty())
        calls.back().arguments = piece.text;
      break;
    case Piece::NoCall:
      if (calls.size() > piece.call)
        calls.resize(piece.call);
      content += piece.text;
      break;
    }
  addTokens(event, tokens);
  finish = event.finish;
}

} // namespace lfm2s
