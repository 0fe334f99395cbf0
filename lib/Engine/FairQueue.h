// A queue in which clients take turns, however many requests one of them has.

#ifndef LFM2C_LIB_ENGINE_FAIRQUEUE_H
#define LFM2C_LIB_ENGINE_FAIRQUEUE_H

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lfm2e {

/// Of one thread at a time.
template <typename T> class FairQueue {
public:
  void push(const std::string &client, T value) {
    std::deque<T> &waiting = byClient[client];
    if (waiting.empty())
      turns.push_back(client);
    waiting.push_back(std::move(value));
    ++count;
  }

  /// The oldest of the client whose turn it is.
  std::optional<T> pop() {
    if (turns.empty())
      return std::nullopt;
    std::string client = std::move(turns.front());
    turns.pop_front();
    auto found = byClient.find(client);
    std::deque<T> &waiting = found->second;
    T value = std::move(waiting.front());
    waiting.pop_front();
    --count;
    if (waiting.empty())
      byClient.erase(found);
    else
      turns.push_back(std::move(client));
    return value;
  }

  /// It could not be served: it is the next one of its client, whose turn it
  /// is.
  void putBack(const std::string &client, T value) {
    std::deque<T> &waiting = byClient[client];
    if (!waiting.empty())
      for (auto turn = turns.begin(); turn != turns.end(); ++turn)
        if (*turn == client) {
          turns.erase(turn);
          break;
        }
    waiting.push_front(std::move(value));
    turns.push_front(client);
    ++count;
  }

  size_t size() const { return count; }

  /// Takes out all of which `isGone` says so, in any order.
  template <typename Test> std::vector<T> takeIf(Test isGone) {
    std::vector<T> taken;
    for (auto at = byClient.begin(); at != byClient.end();) {
      std::deque<T> &waiting = at->second;
      auto gone = std::find_if(waiting.begin(), waiting.end(), isGone);
      while (gone != waiting.end()) {
        taken.push_back(std::move(*gone));
        gone = std::find_if(waiting.erase(gone), waiting.end(), isGone);
      }
      if (!waiting.empty()) {
        ++at;
        continue;
      }
      turns.erase(std::find(turns.begin(), turns.end(), at->first));
      at = byClient.erase(at);
    }
    count -= taken.size();
    return taken;
  }

private:
  std::map<std::string, std::deque<T>> byClient;
  std::deque<std::string> turns; ///< Clients that have some, each once.
  size_t count = 0;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_FAIRQUEUE_H
