// Reading of tokens into a context, as often as it takes: what a stale cancel
// ended goes on, Ctrl-C ends it.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_READER_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_READER_H

#include "frontends/python/engine/FairLock.h"
#include "lib/Engine/Context.h"

#include <atomic>

namespace lfm2py {

/// One thread at a time, but for cancel(). All that reads is called without the
/// GIL; it throws lfm2e::Failure, or what a signal handler of Python's raised.
class Reader {
public:
  /// `turns` is what contexts of one model wait on for each other.
  Reader(std::shared_ptr<const lfm2e::Model> model,
         const lfm2rt_context_options &options, std::shared_ptr<FairLock> turns,
         bool keepsHidden);

  const std::shared_ptr<lfm2e::Context> &context() const { return of; }
  const lfm2e::Functions &api() const { return of->api(); }

  /// Reads the pending tokens, then these; `logits` is nullptr or gets those of
  /// these, [ids, vocabulary].
  void append(const std::vector<int32_t> &ids, float *logits = nullptr);
  /// Makes the context one that has read these tokens, and no others. Returns
  /// how many of them were not read again.
  uint32_t become(const std::vector<int32_t> &ids);
  /// The token in front of the position is pending then: it is read again for
  /// its logits.
  void rewind(uint32_t position);
  /// Reads the pending tokens. Without such, and without logits, as behind
  /// restore(), the last token is read again.
  void settle();

  /// Ends what reads now with LFM2RT_CANCELLED, and what is read next, until
  /// goOn(). Any thread.
  void cancel();
  void goOn() { isCancelled = false; }

  /// With the pending tokens.
  uint32_t position() const;
  std::vector<int32_t> tokens() const;

  /// Tokens of the conversation that were drawn, and are to be read next.
  std::vector<int32_t> pending;

  /// Where hidden states are kept, [.., hidden]; nullptr: nowhere. Who holds it
  /// has the states of then: they are not written over.
  const std::shared_ptr<float[]> &hidden() const { return hiddenMemory; }

private:
  template <typename Call> void untilDone(Call call);
  size_t pieceOf(size_t count, size_t room) const;
  void eval(const int32_t *ids, size_t count, float *logits);
  void makeRoomForHidden(size_t count);

  std::shared_ptr<lfm2e::Context> of;
  std::shared_ptr<FairLock> turns;
  std::atomic<bool> isCancelled{false};
  bool keepsHidden;
  std::shared_ptr<float[]> hiddenMemory;
  size_t hiddenCapacity = 0; ///< In tokens.
};

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_READER_H
