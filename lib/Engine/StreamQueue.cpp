#include "lib/Engine/StreamQueue.h"

namespace lfm2e {

void EventQueue::push(Event event, const Usage &usage) {
  {
    std::lock_guard lock(mutex);
    hasEnded = event.finish != Finish::None;
    events.push_back(std::move(event));
    cost = usage;
  }
  isFilled.notify_one();
}

bool EventQueue::pop(Event &event,
                     const std::chrono::steady_clock::time_point *until) {
  std::unique_lock lock(mutex);
  auto isReady = [this] { return !events.empty() || hasEnded; };
  if (!until)
    isFilled.wait(lock, isReady);
  else if (!isFilled.wait_until(lock, *until, isReady))
    return false;
  if (events.empty())
    return false;
  event = std::move(events.front());
  events.pop_front();
  return true;
}

Usage EventQueue::usage() const {
  std::lock_guard lock(mutex);
  return cost;
}

bool QueueStream::next(Event &event, std::chrono::milliseconds patience) {
  auto until = std::chrono::steady_clock::now() + patience;
  return queue->pop(event, &until);
}

} // namespace lfm2e
