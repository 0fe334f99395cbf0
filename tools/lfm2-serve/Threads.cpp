#include "tools/lfm2-serve/Threads.h"

namespace lfm2s {

void Threads::enqueue(std::function<void()> task) {
  std::lock_guard<std::mutex> lock(mutex);
  tasks.push_back(std::move(task));
  // One of those there are takes it, now or later, unless one more is made.
  if (idle >= tasks.size() || threads == most || !grow())
    hasTask.notify_one();
}

/// Whether the system gives one more thread.
bool Threads::grow() {
  try {
    std::thread([this] { work(); }).detach();
    ++threads;
    return true;
  } catch (const std::system_error &) {
    return false;
  }
}

void Threads::work() {
  // A thread that nobody needs is kept for a while.
  constexpr std::chrono::seconds patience(30);
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    ++idle;
    hasTask.wait_for(lock, patience, [&] { return ends || !tasks.empty(); });
    --idle;
    if (tasks.empty())
      break;
    std::function<void()> task = std::move(tasks.front());
    tasks.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
  --threads;
  hasEnded.notify_all();
}

void Threads::shutdown() {
  std::unique_lock<std::mutex> lock(mutex);
  ends = true;
  hasTask.notify_all();
  hasEnded.wait(lock, [&] { return threads == 0; });
}

} // namespace lfm2s
