#include "tools/lfm2-serve/Answers.h"

#include "tools/lfm2-serve/Refusal.h"
#include <algorithm>

namespace lfm2s {

using lfm2e::Event;
using lfm2e::Finish;

Answers::Answers(Exchange &exchange, std::shared_ptr<Served> model,
                 std::vector<lfm2e::Request> requests, bool severalCalls)
    : exchange(exchange), served(std::move(model)), severalCalls(severalCalls) {
  lfm2e::Scheduler &scheduler = served->texts();
  for (lfm2e::Request &request : requests)
    answers.push_back({scheduler.submit(std::move(request)), false, 0, {}});
}

Answers::Answers(Exchange &exchange, const std::shared_ptr<Served> &model,
                 const Ask &ask)
    : Answers(exchange, model, requestsOf(ask, *model->model),
              ask.tools.severalCalls) {}

Answers::~Answers() {
  lfm2e::Usage cost = usage();
  Record &record = exchange.record;
  record.promptTokens += cost.promptTokens;
  record.cachedTokens += cost.cachedTokens;
  record.madeTokens += cost.madeTokens;
  record.waited = cost.waited;
  record.first = cost.waited + cost.reading;
}

void Answers::take(Answer &answer, Event &event) {
  answer.made += uint32_t(event.tokens.size());
  if (!event.tokens.empty()) {
    auto now = std::chrono::steady_clock::now();
    if (answer.lastToken != std::chrono::steady_clock::time_point())
      exchange.record.gaps.push_back(
          std::chrono::duration<float>(now - answer.lastToken).count());
    answer.lastToken = now;
  }
  for (const lfm2e::Piece &piece : event.pieces)
    if (piece.kind == lfm2e::Piece::Reasoning) {
      reasoning += uint32_t(event.tokens.size());
      break;
    }
  if (!severalCalls)
    for (size_t i = 0; i < event.pieces.size(); ++i)
      if (event.pieces[i].kind == lfm2e::Piece::CallEnd) {
        event.pieces.resize(i + 1);
        event.finish = Finish::Stop;
        answer.stream->cancel();
      }
  // A call that is cut off stays one, as far as it came.
  if (event.finish == Finish::Length || event.finish == Finish::Context)
    event.pieces.erase(std::remove_if(event.pieces.begin(), event.pieces.end(),
                                      [](const lfm2e::Piece &piece) {
                                        return piece.kind ==
                                               lfm2e::Piece::NoCall;
                                      }),
                       event.pieces.end());
  answer.hasEnded = event.finish != Finish::None;
  if (event.finish == Finish::Failed)
    throw Refusal(500, event.message, "engine_failed");
  if (event.finish == Finish::Cancelled)
    throw Refusal(503, "the server stops; ask again later", "server_stops");
}

bool Answers::next(uint32_t &number, Event &event) {
  using std::chrono::milliseconds;
  // One answer alone is waited for without looking for others.
  constexpr milliseconds patience(100), shortPatience(2);
  for (;;) {
    exchange.checkClient();
    uint32_t alive = 0;
    bool isThere = false;
    for (uint32_t i = 0; i < answers.size() && !isThere; ++i) {
      uint32_t at = (turn + i) % uint32_t(answers.size());
      if (answers[at].hasEnded)
        continue;
      ++alive;
      number = at;
      isThere = answers.size() > 1 &&
                answers[at].stream->next(event, milliseconds(0));
    }
    if (alive == 0)
      return false;
    if (isThere || answers[number].stream->next(
                       event, alive == 1 ? patience : shortPatience)) {
      turn = number + 1;
      take(answers[number], event);
      return true;
    }
  }
}

lfm2e::Usage Answers::usage(uint32_t same) const {
  lfm2e::Usage sum;
  for (size_t i = 0; i < answers.size(); ++i) {
    lfm2e::Usage one = answers[i].stream->usage();
    sum.madeTokens += answers[i].made;
    if (i % same == 0) {
      sum.promptTokens += one.promptTokens;
      sum.cachedTokens += one.cachedTokens;
    }
    sum.waited = std::max(sum.waited, one.waited);
    sum.reading = std::max(sum.reading, one.reading);
    sum.making = std::max(sum.making, one.making);
  }
  return sum;
}

} // namespace lfm2s
