// What stands between the scheduler's thread and who reads an answer.

#ifndef LFM2C_LIB_ENGINE_STREAMQUEUE_H
#define LFM2C_LIB_ENGINE_STREAMQUEUE_H

#include "lib/Engine/Stream.h"
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace lfm2e {

/// Events of one answer: no more than it has tokens, so a slow reader holds up
/// nobody and costs a bounded number of bytes. Any thread.
class EventQueue {
public:
  void push(Event event, const Usage &usage);
  /// False where none came by `until`, and behind the last; nullptr: no limit.
  bool pop(Event &event, const std::chrono::steady_clock::time_point *until);
  void cancel() { cancelled = true; }
  bool isCancelled() const { return cancelled; }
  Usage usage() const;

private:
  mutable std::mutex mutex;
  std::condition_variable isFilled;
  std::deque<Event> events;
  Usage cost;
  bool hasEnded = false; ///< The last event was pushed.
  std::atomic<bool> cancelled = false;
};

/// The reader's end.
class QueueStream : public Stream {
public:
  explicit QueueStream(std::shared_ptr<EventQueue> queue)
      : queue(std::move(queue)) {}
  ~QueueStream() override { queue->cancel(); }
  bool next(Event &event, std::chrono::milliseconds patience) override;
  bool next(Event &event) override { return queue->pop(event, nullptr); }
  void cancel() override { queue->cancel(); }
  Usage usage() const override { return queue->usage(); }

private:
  std::shared_ptr<EventQueue> queue;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_STREAMQUEUE_H
