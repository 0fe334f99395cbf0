#include "lib/Engine/ContextPool.h"

#include "lib/Engine/Failure.h"

#include <algorithm>

namespace lfm2e {
namespace {

/// Tokens that the prompt has in common with these; not its last one, which is
/// read in any case: it brings logits.
uint32_t countCommon(const std::vector<int32_t> &prompt, const int32_t *tokens,
                     size_t count) {
  size_t most = std::min(count, prompt.size() - 1);
  return uint32_t(std::mismatch(tokens, tokens + most, prompt.begin()).first -
                  tokens);
}

} // namespace

/// A mark for 64 tokens, so that a context can go back to the beginning of any.
lfm2rt_context_options ContextPool::optionsFor(uint32_t count) const {
  lfm2rt_context_options options = {};
  options.tokens = count;
  options.threads = 1;
  options.marks = std::min(count / 64 + 1, uint32_t(LFM2RT_MOST_MARKS));
  return options;
}

uint64_t ContextPool::bytesFor(uint32_t count) const {
  lfm2rt_context_options options = optionsFor(count);
  return model->api().context_size(&model->model(), &options);
}

void ContextPool::setReserve(Member &member, uint32_t count) {
  used -= member.bytes;
  member.bytes = bytesFor(count);
  used += member.bytes;
}

ContextPool::Member *ContextPool::oldestKept(const Member *but) {
  Member *oldest = nullptr;
  for (Member &member : members)
    if (!member.prompt && &member != but &&
        (!oldest || member.lastUsed < oldest->lastUsed))
      oldest = &member;
  return oldest;
}

/// Gives up kept contexts, but for this one, until there is room for `needed`
/// bytes more. A request that is alone always has room.
bool ContextPool::makeRoom(uint64_t needed, const Member *but) {
  while (used + needed > budget) {
    Member *oldest = oldestKept(but);
    if (!oldest)
      return inUse == 0;
    drop(*oldest);
  }
  return true;
}

/// Whether little is lost where the kept context itself goes back: it need not
/// be copied then.
bool ContextPool::isWorthTaking(const Member &source, uint32_t kept) const {
  uint32_t position = source.context.position();
  return !source.prompt && position - kept <= std::max(mostLost, position / 4);
}

/// The context for a request that goes on behind `kept` tokens of `source`:
/// that one, or one that has read nothing. nullptr: there is no room.
ContextPool::Member *ContextPool::place(Member *source, uint32_t kept,
                                        uint32_t reserve) {
  if (source && isWorthTaking(*source, kept)) {
    uint64_t needed = bytesFor(std::max(source->touched, reserve));
    return makeRoom(needed - source->bytes, source) ? source : nullptr;
  }
  uint32_t touched = source ? source->context.position() : 0;
  if (makeRoom(bytesFor(std::max(reserve, touched)), source))
    return &members.emplace_back(model, optionsFor(tokens));
  return source && !source->prompt ? source : nullptr;
}

void ContextPool::copy(Member &to, const Member &from) {
  to.touched = from.context.position();
  lfm2rt_error error;
  if (model->api().fork(to.context.get(), from.context.get(), &error))
    throw Failure(error);
}

ContextPool::Result ContextPool::acquire(const std::vector<int32_t> &prompt,
                                         uint32_t reserve) {
  const Functions &api = model->api();
  Result result;
  Member *source = nullptr;
  uint32_t coming = 0;
  for (Member &member : members) {
    lfm2rt_context *context = member.context.get();
    uint32_t position = member.context.position();
    uint32_t common = countCommon(prompt, api.tokens(context), position);
    if (common < position)
      common = api.marked(context, common);
    // One that is kept need not be copied.
    if (common > result.kept || (common == result.kept && !member.prompt)) {
      result.kept = common;
      source = &member;
    }
    if (member.prompt)
      coming = std::max(coming, countCommon(prompt, member.prompt->data(),
                                            member.prompt->size()));
  }
  if (coming > result.kept + worthWaiting) {
    result.found = Found::Later;
    return result;
  }
  if (result.kept < shortest) {
    source = nullptr;
    result.kept = 0;
  }
  Member *member = place(source, result.kept, reserve);
  if (!member)
    return result;
  lfm2rt_error error;
  if (source && member != source)
    copy(*member, *source);
  if (source && api.rewind_to(member->context.get(), result.kept, &error))
    throw Failure(error);
  member->prompt = &prompt;
  ++inUse;
  setReserve(*member, std::max(member->touched, reserve));
  member->lastUsed = ++clock;
  result.found = Found::Context;
  result.member = member;
  return result;
}

void ContextPool::release(Member &member) {
  member.prompt = nullptr;
  --inUse;
  member.touched = std::max(member.touched, member.context.position());
  setReserve(member, member.touched);
  member.lastUsed = ++clock;
}

void ContextPool::drop(Member &member) {
  used -= member.bytes;
  inUse -= member.prompt != nullptr;
  members.remove_if([&](const Member &m) { return &m == &member; });
}

} // namespace lfm2e
