#include "frontends/python/engine/Reader.h"

#include "frontends/python/engine/Gil.h"
#include "frontends/python/engine/Interrupt.h"
#include "frontends/python/engine/Refusal.h"
#include "lib/Engine/Failure.h"

#include <algorithm>

namespace py = pybind11;

namespace lfm2py {

Reader::Reader(std::shared_ptr<const lfm2e::Model> model,
               const lfm2rt_context_options &options,
               std::shared_ptr<FairLock> turns, bool keepsHidden)
    : of(std::make_shared<lfm2e::Context>(std::move(model), options)),
      turns(std::move(turns)), keepsHidden(keepsHidden) {}

/// Calls until it ends for another reason than a cancel that nobody wants: one
/// that came too late for the call before, or a Ctrl-C whose handler raised
/// nothing.
template <typename Call> void Reader::untilDone(Call call) {
  for (;;) {
    stayIfEnding();
    lfm2rt_error error = {};
    lfm2rt_status status;
    bool wasInterrupted;
    {
      std::lock_guard<FairLock> turn(*turns);
      Interrupt interrupt(*of);
      status = call(&error);
      wasInterrupted = interrupt.came();
    }
    if (wasInterrupted) {
      WithGil hold;
      checkSignals();
    }
    if (status == LFM2RT_OK)
      return;
    if (status != LFM2RT_CANCELLED || isCancelled)
      throw lfm2e::Failure(error);
  }
}

void Reader::makeRoomForHidden(size_t count) {
  if (!keepsHidden || (hiddenMemory && hiddenMemory.use_count() == 1 &&
                       hiddenCapacity >= count))
    return;
  size_t width = api().model_hidden(&of->model().model());
  std::shared_ptr<float[]> memory(new float[count * width]);
  lfm2rt_error error;
  if (api().keep_hidden(of->get(), memory.get(), uint32_t(count), &error))
    throw lfm2e::Failure(error);
  hiddenMemory = std::move(memory);
  hiddenCapacity = count;
}

/// How many of so many tokens are read before other contexts have their turn,
/// and signals are looked at. What does not fit is for the runtime to refuse,
/// and hidden states are kept of one call.
size_t Reader::pieceOf(size_t count, size_t room) const {
  bool isOne = keepsHidden || of->model().isBidirectional() || count > room;
  size_t piece = 4 * size_t(api().model_chunk(&of->model().model()));
  return isOne ? count : std::min(count, piece);
}

/// `ids` are the pending tokens, or begin with them, or there are none.
void Reader::eval(const int32_t *ids, size_t count, float *logits) {
  makeRoomForHidden(count);
  size_t vocabulary = of->model().vocabulary();
  while (count > 0) {
    size_t piece = pieceOf(count, of->capacity() - of->position());
    untilDone([&](lfm2rt_error *error) {
      uint32_t before = of->position();
      lfm2rt_status status =
          api().eval(of->get(), ids, uint32_t(piece), logits, error);
      uint32_t read = of->position() - before;
      ids += read;
      count -= read;
      piece -= read;
      if (logits)
        logits += read * vocabulary;
      pending.erase(pending.begin(),
                    pending.begin() + std::min<size_t>(read, pending.size()));
      return status;
    });
    if (count > 0) {
      WithGil hold;
      checkSignals();
    }
  }
}

void Reader::append(const std::vector<int32_t> &ids, float *logits) {
  std::vector<int32_t> all = pending;
  if (logits) {
    eval(all.data(), all.size(), nullptr);
    return eval(ids.data(), ids.size(), logits);
  }
  all.insert(all.end(), ids.begin(), ids.end());
  eval(all.data(), all.size(), nullptr);
}

uint32_t Reader::become(const std::vector<int32_t> &ids) {
  const int32_t *there = api().tokens(of->get());
  size_t most = std::min(ids.size(), size_t(of->position()));
  size_t same = std::mismatch(there, there + most, ids.begin()).first - there;
  // As far as that, and a piece further; then on.
  size_t first = ids.size();
  if (first <= of->capacity())
    first = same + pieceOf(first - same, of->capacity() - same);
  makeRoomForHidden(first);
  uint32_t kept = 0;
  untilDone([&](lfm2rt_error *error) {
    lfm2rt_status status =
        api().read(of->get(), ids.data(), uint32_t(first), &kept, error);
    if (status == LFM2RT_OK)
      pending.clear();
    return status;
  });
  eval(ids.data() + first, ids.size() - first, nullptr);
  return kept;
}

void Reader::rewind(uint32_t position) {
  if (position > this->position())
    throw Refusal(
        "InvalidArgument",
        "expected a position of 0 ... " + std::to_string(this->position()) +
            ", as many tokens as there are, found " + std::to_string(position));
  if (position == 0) {
    api().reset(of->get());
    return pending.clear();
  }
  std::vector<int32_t> ids = tokens();
  ids.resize(position);
  uint32_t target = std::min(position - 1, of->position());
  untilDone([&](lfm2rt_error *error) {
    // Where a cancel left it short of the target, it goes on from there.
    return of->position() >= target
               ? api().rewind_to(of->get(), target, error)
               : api().read(of->get(), ids.data(), target, nullptr, error);
  });
  pending.assign(ids.begin() + target, ids.end());
}

void Reader::settle() {
  if (pending.empty() && of->position() > 0 && !of->model().isBidirectional() &&
      !api().logits(of->get()))
    rewind(of->position());
  append({});
}

void Reader::cancel() {
  isCancelled = true;
  of->cancel();
}

uint32_t Reader::position() const {
  return of->position() + uint32_t(pending.size());
}

std::vector<int32_t> Reader::tokens() const {
  const int32_t *first = api().tokens(of->get());
  std::vector<int32_t> ids(first, first + of->position());
  ids.insert(ids.end(), pending.begin(), pending.end());
  return ids;
}

} // namespace lfm2py
