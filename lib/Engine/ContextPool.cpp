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

uint64_t ContextPool::bytes() const {
  uint64_t sum = 0;
  for (const Member &member : members)
    sum += bytesFor(member.reserved);
  return sum;
}

uint32_t ContextPool::inUse() const {
  return uint32_t(std::count_if(members.begin(), members.end(),
                                [](const Member &m) { return m.prompt; }));
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
  uint64_t used = bytes();
  while (used + needed > budget) {
    Member *oldest = oldestKept(but);
    if (!oldest)
      return inUse() == 0;
    used -= bytesFor(oldest->reserved);
    drop(*oldest);
  }
  return true;
}

ContextPool::Member &ContextPool::take(Member &member,
                                       const std::vector<int32_t> &prompt,
                                       uint32_t reserve) {
  member.prompt = &prompt;
  member.reserved = std::max(member.touched, reserve);
  member.lastUsed = ++clock;
  return member;
}

/// One that has read nothing, made or of the oldest that is kept; `source`
/// stays.
ContextPool::Member *ContextPool::spare(uint32_t reserve,
                                        const Member *source) {
  if (makeRoom(bytesFor(reserve), source))
    return &members.emplace_back(model, optionsFor(tokens));
  return nullptr;
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
  // Where little is lost by going back, the kept context itself is taken.
  auto lost = [&] { return source->context.position() - result.kept; };
  auto takesLittle = [&] {
    return lost() <= std::max(128u, source->context.position() / 4);
  };
  Member *member = nullptr;
  if (source && !source->prompt && takesLittle()) {
    uint64_t more = bytesFor(std::max(source->touched, reserve)) -
                    bytesFor(source->touched);
    if (makeRoom(more, source))
      member = source;
  } else {
    member = spare(std::max(reserve, source ? source->context.position() : 0),
                   source);
    if (!member && source && !source->prompt)
      member = source;
  }
  if (!member)
    return result;
  lfm2rt_error error;
  if (source && member != source) {
    member->touched = source->context.position();
    if (api.fork(member->context.get(), source->context.get(), &error))
      throw Failure(error);
  }
  if (!source)
    api.reset(member->context.get());
  else if (api.rewind_to(member->context.get(), result.kept, &error))
    throw Failure(error);
  result.found = Found::Context;
  result.member = &take(*member, prompt, reserve);
  return result;
}

void ContextPool::release(Member &member) {
  member.prompt = nullptr;
  member.touched = std::max(member.touched, member.context.position());
  member.reserved = member.touched;
  member.lastUsed = ++clock;
}

void ContextPool::drop(Member &member) {
  members.remove_if([&](const Member &m) { return &m == &member; });
}

} // namespace lfm2e
