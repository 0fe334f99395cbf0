// The models of a server, by name; each is loaded when it is first asked for.

#ifndef LFM2C_TOOLS_LFM2_SERVE_MODELTABLE_H
#define LFM2C_TOOLS_LFM2_SERVE_MODELTABLE_H

#include "lib/Engine/Embedder.h"
#include "lib/Engine/Scheduler.h"
#include "tools/lfm2-serve/Json.h"
#include "tools/lfm2-serve/Options.h"
#include <atomic>
#include <functional>
#include <future>
#include <mutex>

namespace lfm2s {

/// A model that is loaded. Shared by all threads.
struct Served {
  std::string name;
  std::shared_ptr<lfm2e::Model> model;
  Json info; /// What --info of a program prints.
  /// nullptr where the model makes no texts, or gives no vectors.
  std::unique_ptr<lfm2e::Scheduler> scheduler;
  std::unique_ptr<lfm2e::Embedder> embedder;

  /// These throw Refusal where the model is of the other kind.
  lfm2e::Scheduler &texts() const;
  lfm2e::Embedder &vectors() const;
};

class ModelTable {
public:
  explicit ModelTable(const Options &options);
  /// Gives up what is being loaded.
  ~ModelTable();

  /// Loads the model unless it is there. An empty name is the first model's.
  /// Calls `wait` again and again meanwhile, which may throw. Throws Refusal:
  /// no such model (the message lists those there are), or it cannot be loaded.
  std::shared_ptr<Served> get(const std::string &name,
                              const std::function<void()> &wait);
  std::vector<std::string> names() const;
  /// Throws Refusal where there is none of that name; the message lists those
  /// there are.
  void check(const std::string &name) const;
  /// Seconds since 1970 when the server began.
  int64_t created() const { return began; }
  /// Those that are loaded by now.
  std::vector<std::shared_ptr<Served>> loaded() const;
  /// Gives up what is being loaded, and ends all answers, at the latest when
  /// `patience` is over.
  void finish(std::chrono::milliseconds patience);

private:
  struct Entry;
  Entry *find(const std::string &name) const;
  std::shared_ptr<Served> load(const std::string &name,
                               const std::string &source) const;

  const Options &options;
  const int64_t began;
  std::atomic<bool> isStopping{false};
  mutable std::mutex mutex;
  std::vector<std::unique_ptr<Entry>> entries;
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_MODELTABLE_H
