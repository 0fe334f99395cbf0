// Many conversations on one model: their tokens are read in common steps, so
// that all weights are read once for all of them.
//
// One thread runs the steps (and the context whose threads compute them). A
// step takes the next token of every answer, then tokens of prompts, in pieces,
// as far as there is room. Contexts of ended requests are kept as far as a
// budget allows: a request that begins as one of them did goes on from there.

#ifndef LFM2C_LIB_ENGINE_SCHEDULER_H
#define LFM2C_LIB_ENGINE_SCHEDULER_H

#include "lib/Engine/Model.h"
#include "lib/Engine/Stream.h"

namespace lfm2e {

/// What a scheduler has done and does.
struct Counters {
  uint64_t requests = 0, failed = 0, cancelled = 0;
  uint64_t promptTokens = 0, cachedTokens = 0, madeTokens = 0;
  uint64_t steps = 0, tokensInSteps = 0;
  uint32_t running = 0, waiting = 0, kept = 0;
  /// Bytes that contexts may have touched, and the budget.
  uint64_t contextBytes = 0, contextBudget = 0;
};

class Scheduler {
public:
  struct Settings {
    /// Tokens that a conversation has room for; 0: as many as the model allows,
    /// 32,768 at most.
    uint32_t context = 0;
    /// That compute; 0: one for each core that this process may use.
    uint32_t threads = 0;
    /// Answers that are made at the same time, 1 ... 256.
    uint32_t parallel = 32;
    /// Most tokens of a step in which answers go on; 0: as the model's chunk
    /// is.
    uint32_t stepTokens = 0;
    /// Bytes that all contexts together may touch; 0: half of the memory that
    /// is free.
    uint64_t contextBudget = 0;
    /// Requests that may wait.
    uint32_t queue = 512;
  };

  /// Throws Failure where there is no memory for one conversation.
  static std::unique_ptr<Scheduler> create(std::shared_ptr<Model> model,
                                           const Settings &settings);
  virtual ~Scheduler() = default;

  /// Any thread. Throws QueueFull, and Failure for what can never be done, as a
  /// prompt that is longer than a conversation.
  virtual std::unique_ptr<Stream> submit(Request request) = 0;
  /// Takes no more requests, and returns when the last answer has ended or
  /// `patience` is over; then the rest are cancelled.
  virtual void finish(std::chrono::milliseconds patience) = 0;

  virtual const std::shared_ptr<Model> &model() const = 0;
  /// Tokens that a conversation has room for.
  virtual uint32_t context() const = 0;
  virtual Counters counters() const = 0;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_SCHEDULER_H
