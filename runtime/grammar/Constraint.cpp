#include "runtime/grammar/Constraint.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;
using namespace lfm2rt::grammar;

static constexpr uint64_t hashSeed = 14695981039346656037u;
static constexpr uint64_t workBytes = 103 * uint64_t(mostForced);

void lfm2rt_constraint::make(Arena &arena,
                             const lfm2rt_constraint_options *options) {
  const uint32_t cache = options ? options->cache : 0;
  matcher.make(arena, cache ? cache : usualCache, &configuration);
  pastCapacity = options && options->tokens ? options->tokens : usualTokens;
  past = static_cast<Past *>(arena.take(sizeof(Past) * uint64_t(pastCapacity)));
  text = static_cast<uint8_t *>(arena.take(mostForced));
  work = static_cast<uint8_t *>(arena.take(workBytes));
  ids = static_cast<int32_t *>(arena.take(sizeof(int32_t) * 4 * mostForced));
  if (!arena.overflowed())
    begin(LFM2RT_AT_NEXT);
}

void lfm2rt_constraint::begin(uint32_t position) {
  first = position;
  backTo(0);
}

bool lfm2rt_constraint::isStop(int32_t token) const {
  return lfm2_tokenizer_is_stop(vocabulary.tokenizer, token);
}

// Where a token leads to.
uint32_t lfm2rt_constraint::next(int32_t token) {
  if (!stands())
    return isStop(token) ? configuration : uint32_t(hasLeft);
  if (token < 0)
    return hasLeft;
  const uint32_t led = matcher.accept(configuration, uint32_t(token));
  if (led != dead)
    return led;
  // A grammar may name it, too; here it ends the answer.
  return isStop(token) && matcher.flags(configuration) & mayEnd ? hasEnded
                                                                : hasLeft;
}

void lfm2rt_constraint::push(int32_t token) {
  configuration = next(token);
  if (count < pastCapacity)
    past[count] = {token, configuration, stands() ? matcher.age() : 0};
  else
    hash = (hash ^ uint32_t(token)) * 1099511628211u;
  ++count;
}

// Goes back to the first tokens of the answer, as many as `past` knows. Where
// its configurations are forgotten, it goes from one that is not.
void lfm2rt_constraint::backTo(uint32_t length) {
  uint32_t known = length;
  while (known > 0 && past[known - 1].age != 0 &&
         past[known - 1].age != matcher.age())
    --known;
  configuration = hasLeft; // Where it was is not needed any more.
  configuration = known > 0 ? past[known - 1].configuration : matcher.start();
  // Of tables that nobody made, it may be nowhere.
  if (configuration == dead)
    configuration = hasLeft;
  count = known;
  hash = hashSeed;
  while (count < length)
    push(past[count].token);
}

void lfm2rt_constraint::seek(const int32_t *tokens, uint32_t length) {
  const uint32_t known = min(min(count, length), pastCapacity);
  uint32_t same = 0;
  while (same < known && past[same].token == tokens[same])
    ++same;
  // Of those that are not kept, only whether they are the same ones.
  uint64_t rest = hashSeed;
  for (uint32_t i = pastCapacity; i < count && i < length; ++i)
    rest = (rest ^ uint32_t(tokens[i])) * 1099511628211u;
  if (same < min(count, pastCapacity) || count > length || rest != hash)
    backTo(same);
  while (count < length)
    push(tokens[count]);
}

void lfm2rt_constraint::follow(const int32_t *tokens, uint32_t length) {
  if (first == LFM2RT_AT_NEXT)
    first = length - min(length, count);
  if (length < first)
    backTo(0);
  else
    seek(tokens + first, length - first);
}

const uint32_t *lfm2rt_constraint::allow(const int32_t *tokens,
                                         uint32_t length) {
  follow(tokens, length);
  return stands() ? matcher.mask() : vocabulary.stops;
}

bool lfm2rt_constraint::accept(int32_t token) {
  if (next(token) == hasLeft)
    return false;
  push(token);
  return true;
}

int lfm2rt_constraint::state() const {
  if (!stands())
    return configuration == hasEnded ? LFM2RT_ANSWER_ENDED : LFM2RT_ANSWER_LEFT;
  const uint32_t flags = matcher.flags(configuration);
  return !(flags & mayEnd)                   ? LFM2RT_ANSWER_OPEN
         : flags & (readsTokens | readsText) ? LFM2RT_ANSWER_MAY_END
                                             : LFM2RT_ANSWER_ENDED;
}

extern "C" uint64_t
lfm2rt_constraint_size(const lfm2rt_grammar *grammar,
                       const lfm2rt_vocabulary *vocabulary,
                       const lfm2rt_constraint_options *options) {
  Arena arena(nullptr, 0);
  lfm2rt_constraint(*grammar, *vocabulary).make(arena, options);
  return alignUp(sizeof(lfm2rt_constraint), 8) + arena.needed();
}

extern "C" lfm2rt_status
lfm2rt_constraint_create(lfm2rt_constraint **constraint,
                         const lfm2rt_grammar *grammar,
                         const lfm2rt_vocabulary *vocabulary,
                         const lfm2rt_constraint_options *options, void *memory,
                         uint64_t bytes, lfm2rt_error *error) {
  const uint64_t size = lfm2rt_constraint_size(grammar, vocabulary, options);
  if (bytes < size)
    return Failure(error, LFM2RT_NO_MEMORY, size)
           << "expected " << size
           << " bytes of memory for the constraint, found " << bytes
           << "; give lfm2rt_constraint_size()";
  if (grammar->vocabulary > vocabulary->words * uint64_t(32))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a grammar whose tokens are those of the vocabulary, "
              "found one for "
           << grammar->vocabulary
           << " tokens; compile it for the model that it is used with";
  const uint64_t head = alignUp(sizeof(lfm2rt_constraint), 8);
  Arena arena(static_cast<uint8_t *>(memory) + head, bytes - head);
  *constraint = new (At{memory}) lfm2rt_constraint(*grammar, *vocabulary);
  (*constraint)->make(arena, options);
  if ((*constraint)->state() == LFM2RT_ANSWER_LEFT)
    return Failure(error, LFM2RT_NO_MEMORY, 2 * size)
           << "expected a cache with room for what an answer can start with, "
              "found one that is too small; give twice as much by `cache`";
  return LFM2RT_OK;
}

extern "C" void lfm2rt_constraint_begin(lfm2rt_constraint *constraint,
                                        uint32_t position) {
  constraint->begin(position);
}

extern "C" const uint32_t *lfm2rt_constraint_allow(const int32_t *tokens,
                                                   uint32_t count,
                                                   void *constraint) {
  return static_cast<lfm2rt_constraint *>(constraint)->allow(tokens, count);
}

extern "C" int lfm2rt_constraint_accept(lfm2rt_constraint *constraint,
                                        int32_t token) {
  return constraint->accept(token);
}

extern "C" uint32_t lfm2rt_constraint_forced(lfm2rt_constraint *constraint,
                                             int32_t *ids, uint32_t capacity) {
  return constraint->forced(ids, capacity);
}

extern "C" uint32_t lfm2rt_constraint_force(const int32_t *tokens,
                                            uint32_t count, int32_t *next,
                                            uint32_t capacity,
                                            void *constraint) {
  auto &followed = *static_cast<lfm2rt_constraint *>(constraint);
  followed.follow(tokens, count);
  return followed.forced(next, capacity);
}

extern "C" int lfm2rt_constraint_state(const lfm2rt_constraint *constraint) {
  return constraint->state();
}
