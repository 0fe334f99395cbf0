// Contexts of one model take turns, step by step: the threads of two at once
// would wait for each other's cores.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_FAIRLOCK_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_FAIRLOCK_H

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace lfm2py {

/// Who came first is first. For std::lock_guard.
class FairLock {
public:
  void lock() {
    std::unique_lock<std::mutex> hold(mutex);
    uint64_t mine = next++;
    change.wait(hold, [&] { return serving == mine; });
  }
  void unlock() {
    {
      std::lock_guard<std::mutex> hold(mutex);
      ++serving;
    }
    change.notify_all();
  }

private:
  std::mutex mutex;
  std::condition_variable change;
  uint64_t next = 0, serving = 0;
};

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_FAIRLOCK_H
