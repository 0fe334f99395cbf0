// Many answers at the same time, made by a scheduler's thread.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_BATCH_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_BATCH_H

#include "frontends/python/engine/Model.h"
#include "frontends/python/engine/Result.h"
#include "lib/Engine/Scheduler.h"

#include <deque>

namespace lfm2py {

/// Any thread.
class Scheduler {
public:
  /// `context` and `threads` as lfm2e::Scheduler::Settings has them.
  Scheduler(const Model &model, uint32_t context, uint32_t threads,
            uint32_t parallel);
  ~Scheduler();

  std::shared_ptr<lfm2e::Scheduler> get() const;
  /// Batches in the making end with "cancelled".
  void close();

private:
  Guard guard{"model"};
  std::shared_ptr<lfm2e::Scheduler> scheduler;
};

/// Requests that belong together, and their results as they end. One call at a
/// time.
class Batch {
public:
  explicit Batch(const Scheduler &scheduler) : scheduler(scheduler.get()) {}
  ~Batch();

  /// Throws what can never be done: that request is not part of the batch.
  void add(uint64_t index, pybind11::handle ids, const pybind11::dict &options);
  /// Requests whose results are still to come.
  size_t size();
  /// (index, Result) of the next one that ends; None where there is none.
  /// Ctrl-C ends the call, and it may be called again.
  pybind11::object next();
  /// Ends all.
  void close();

private:
  struct Entry {
    uint64_t index;
    std::unique_ptr<lfm2e::Stream> stream;
    Result result;
  };
  bool submit(uint64_t index, const lfm2e::Request &request);
  void submitWaiting();
  bool takeEvents(Entry &entry, std::chrono::milliseconds patience);
  std::unique_ptr<Entry> nextEnded();

  Guard guard{"batch"};
  std::shared_ptr<lfm2e::Scheduler> scheduler;
  std::vector<std::unique_ptr<Entry>> entries;
  /// The scheduler's queue was full.
  std::deque<std::pair<uint64_t, lfm2e::Request>> waiting;
};

void defineBatch(pybind11::module_ &module);

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_BATCH_H
