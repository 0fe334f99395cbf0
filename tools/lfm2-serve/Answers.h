// The answers to one request, while they come.

#ifndef LFM2C_TOOLS_LFM2_SERVE_ANSWERS_H
#define LFM2C_TOOLS_LFM2_SERVE_ANSWERS_H

#include "tools/lfm2-serve/Ask.h"
#include "tools/lfm2-serve/Exchange.h"
#include "tools/lfm2-serve/ModelTable.h"

namespace lfm2s {

/// Belongs to one thread. Ends them when it is destroyed.
class Answers {
public:
  /// Gives requests to the engine. With `severalCalls` false an answer ends
  /// behind its first call of a tool. Throws what the engine throws.
  Answers(Exchange &exchange, std::shared_ptr<Served> served,
          std::vector<lfm2e::Request> requests, bool severalCalls = true);
  /// Of one ask.
  Answers(Exchange &exchange, const std::shared_ptr<Served> &served,
          const Ask &ask);
  ~Answers();

  /// Waits for the next event of any of them, and says whose. False behind the
  /// last. Throws ClientLeft, and Refusal where time is up or the engine fails.
  bool next(uint32_t &number, lfm2e::Event &event);

  /// Of all of them together. Equal prompts, `same` behind each other, count
  /// once.
  lfm2e::Usage usage(uint32_t same) const;
  lfm2e::Usage usage() const { return usage(uint32_t(answers.size())); }
  /// Of those that were made, tokens of reasoning.
  uint32_t reasoningTokens() const { return reasoning; }
  const lfm2e::Model &model() const { return *served->model; }

private:
  struct Answer {
    std::unique_ptr<lfm2e::Stream> stream;
    bool hasEnded = false;
    uint32_t made =
        0; /// Tokens that were taken: with a cancelled answer not all.
    std::chrono::steady_clock::time_point lastToken;
  };
  void take(Answer &answer, lfm2e::Event &event);

  Exchange &exchange;
  std::shared_ptr<Served> served;
  std::vector<Answer> answers;
  const bool severalCalls;
  uint32_t reasoning = 0;
  uint32_t turn = 0; /// Whose event is looked for first.
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_ANSWERS_H
