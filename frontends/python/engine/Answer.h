// One answer of a conversation, made in the thread of who asks for it.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_ANSWER_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_ANSWER_H

#include "frontends/python/engine/Context.h"
#include "frontends/python/engine/Result.h"
#include "lib/Engine/Generation.h"

#include <chrono>
#include <mutex>

namespace lfm2py {

/// Has the context for itself until it has ended, or is closed.
class Answer {
public:
  /// `becomes`: the context is made the ids, and keeps what is the same;
  /// otherwise they are read behind what is there. No ids: it goes on from
  /// there.
  Answer(std::shared_ptr<Context> context, pybind11::handle ids,
         const pybind11::dict &options, bool becomes);
  ~Answer() { leave(); }
  Answer(const Answer &) = delete;
  Answer &operator=(const Answer &) = delete;

  /// The next pieces, one or more, as listOf() has them; None behind the last.
  pybind11::object next();
  /// The same for who wants text alone.
  pybind11::object nextText();
  /// Takes it to its end.
  void run();
  /// Ends it with "cancelled". Any thread.
  void cancel();
  /// Leaves the context; what was made is part of the conversation.
  void close();
  /// So far. Any thread.
  Result result() const;

private:
  using Clock = std::chrono::steady_clock;
  template <typename Done> bool advance(lfm2e::Event &event, Done done);
  lfm2e::Event step();
  void take(const lfm2e::Event &event);
  void begin();
  void leave();

  std::shared_ptr<Context> context;
  std::shared_ptr<Reader> reader;
  std::vector<int32_t> ids;
  bool becomes, hasBegun = false;
  std::unique_ptr<lfm2e::Generation> generation; ///< nullptr: it has ended.
  mutable std::mutex mutex; ///< Of `made`, which others look at meanwhile.
  Result made;
  Clock::time_point start, first;
};

void defineAnswer(pybind11::module_ &module);

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_ANSWER_H
