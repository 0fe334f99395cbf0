#include "tools/lfm2-serve/Message.h"

#include "tools/lfm2-serve/OpenAI.h"

namespace lfm2s {

using lfm2e::Piece;

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
  if (event.token && event.finish != lfm2e::Finish::Stop)
    tokens.push_back(*event.token);
  finish = event.finish;
}

} // namespace lfm2s
