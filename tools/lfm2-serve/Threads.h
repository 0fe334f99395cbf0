// Threads for connections: as many as there are connections, up to a limit.

#ifndef LFM2C_TOOLS_LFM2_SERVE_THREADS_H
#define LFM2C_TOOLS_LFM2_SERVE_THREADS_H

#include <condition_variable>
#include <deque>
#include <httplib.h>

namespace lfm2s {

/// Clients beyond these wait until another one has left.
constexpr size_t mostConnections = 1024;

class Threads : public httplib::TaskQueue {
public:
  explicit Threads(size_t most) : most(most) {}
  ~Threads() override = default;
  void enqueue(std::function<void()> task) override;
  /// Returns when all tasks have ended.
  void shutdown() override;

private:
  bool grow();
  void work();

  const size_t most;
  std::mutex mutex;
  std::condition_variable hasTask, hasEnded;
  std::deque<std::function<void()>> tasks;
  size_t threads = 0, idle = 0;
  bool ends = false;
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_THREADS_H
