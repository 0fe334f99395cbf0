// Long random sequences of calls on several contexts, each compared with the
// plain list of tokens that the context should have read: a new context that
// reads the same list gives the same bits.
#include "runtime/include/lfm2rt/lookup.h"
#include "test/unit/Runtime/Fixture.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

using namespace fake;

namespace {

using Ids = std::vector<int32_t>;

/// What a context has read, and what a generation left to be read.
struct Plain {
  Ids tokens;
  int32_t pending = -1;

  Ids all() const {
    Ids ids = tokens;
    if (pending >= 0)
      ids.push_back(pending);
    return ids;
  }
};

struct Conversation {
  Conversation(const lfm2rt_model &model, const lfm2rt_weights &weights,
               uint32_t capacity, uint32_t threads, uint32_t marks,
               uint32_t drafts)
      : context(model, weights, capacity, threads, nullptr, /*turns=*/8, marks,
                drafts),
        capacity(capacity) {}
  Context context;
  const uint32_t capacity;
  Plain plain;
};

class Walk : public Runtime {
protected:
  struct Shape {
    uint32_t capacity, threads, marks, drafts;
  };
  static constexpr Shape shapes[] = {
      {208, 1, 4, 15}, {96, 1, 0, 0}, {320, 2, 16, 4}, {48, 1, 1, 31}};
  static constexpr uint32_t enough = 512;

  explicit Walk() {
    for (const Shape &s : shapes)
      talks.push_back(std::make_unique<Conversation>(
          model, weights, s.capacity, s.threads, s.marks, s.drafts));
  }

  uint32_t below(uint32_t n) { return uint32_t(numbers() % n); }
  bool chance(uint32_t oneOf) { return below(oneOf) == 0; }
  Ids ids(uint32_t count) { return someTokens(count, numbers()); }
  Conversation &any() { return *talks[below(uint32_t(talks.size()))]; }
  bool fits(const Conversation &talk, size_t more) const {
    return talk.plain.all().size() + more <= talk.capacity;
  }

  void step();
  void check(Conversation &talk);
  void eval(Conversation &talk);
  void generate(Conversation &talk);
  void rewindTo(Conversation &talk);
  void read(Conversation &talk);
  void mark(Conversation &talk);
  void save(Conversation &talk);
  void fork(Conversation &talk);
  void turns();
  void readUpTo(Conversation &talk, const Ids &wanted, lfm2rt_status status);

  std::mt19937 numbers;
  std::vector<std::unique_ptr<Conversation>> talks;
  std::vector<std::pair<Plain, std::vector<uint8_t>>> marks;
  Context straight{model, weights, enough, 1}, other{model, weights, enough, 1};
};

// That the context stands where `plain` does, to the bit.
void Walk::check(Conversation &talk) {
  const Plain &plain = talk.plain;
  const int32_t *tokens = lfm2rt_tokens(talk.context);
  ASSERT_EQ(Ids(tokens, tokens + lfm2rt_position(talk.context)), plain.tokens);
  lfm2rt_reset(straight);
  std::vector<float> last;
  if (!plain.tokens.empty())
    last = straight.eval(plain.tokens);
  if (lfm2rt_logits(talk.context)) {
    ASSERT_EQ(talk.context.lastLogits(), straight.lastLogits());
    lfm2rt_logprob best = {};
    ASSERT_EQ(lfm2rt_logprobs(talk.context, 1, &best), 1u);
    ASSERT_EQ(best.logprob, lfm2rt_logprob_of(talk.context, best.token));
  }
  // Columns and cache, and what is pending.
  ASSERT_EQ(lfm2rt_fork(other, talk.context, &error), LFM2RT_OK);
  Ids probe = {7, 8};
  const std::vector<float> found = other.eval(probe);
  if (plain.pending >= 0)
    straight.eval({plain.pending});
  ASSERT_EQ(found, straight.eval(probe));
  ASSERT_EQ(lfm2rt_position(other), plain.all().size() + 2);
}

// After a call that reads `wanted` behind the first of these which are there,
// and may have been cancelled between.
void Walk::readUpTo(Conversation &talk, const Ids &wanted,
                    lfm2rt_status status) {
  const uint32_t position = lfm2rt_position(talk.context);
  if (status == LFM2RT_OK) {
    talk.plain = {wanted, -1};
    return;
  }
  ASSERT_EQ(status, LFM2RT_CANCELLED) << error.message;
  if (position == talk.plain.tokens.size() && position <= wanted.size() &&
      std::equal(talk.plain.tokens.begin(), talk.plain.tokens.end(),
                 wanted.begin()))
    return; // As it was.
  ASSERT_LE(position, wanted.size());
  talk.plain = {Ids(wanted.begin(), wanted.begin() + position), -1};
}

void Walk::eval(Conversation &talk) {
  const Ids more = ids(below(40));
  Ids wanted = talk.plain.all();
  wanted.insert(wanted.end(), more.begin(), more.end());
  const bool cancelled = chance(8) && wanted.size() > talk.plain.tokens.size();
  std::vector<float> logits(more.size() * vocabulary);
  if (cancelled)
    lfm2rt_cancel(talk.context);
  lfm2rt_status status =
      lfm2rt_eval(talk.context, more.data(), uint32_t(more.size()),
                  chance(2) ? logits.data() : nullptr, &error);
  if (wanted.size() > talk.capacity) {
    ASSERT_EQ(status, LFM2RT_CONTEXT_FULL);
    if (!cancelled)
      return;
    // It is the next one that ends so.
    ASSERT_EQ(lfm2rt_rewind_to(talk.context, 0, &error), LFM2RT_OK);
    talk.plain = {};
    status = lfm2rt_eval(talk.context, more.data(), 1, nullptr, &error);
    ASSERT_EQ(status, LFM2RT_CANCELLED);
    return;
  }
  ASSERT_EQ(status == LFM2RT_CANCELLED, cancelled);
  readUpTo(talk, wanted, status);
}

/// Guesses, forced tokens and what is done with each new one, from numbers that
/// depend on the place alone.
struct Generating {
  lfm2rt_context *context;
  uint32_t seed, kind;
  bool isGuided;
  uint32_t endAt, cancelAt;
  Ids made = {};
  std::vector<double> logprobs = {}; // 0 for what had to follow.

  static int onToken(int32_t token, void *user) {
    auto &self = *static_cast<Generating *>(user);
    const int32_t *tokens = lfm2rt_tokens(self.context);
    const uint32_t position = lfm2rt_position(self.context);
    EXPECT_EQ(tokens[position], token);
    self.made.push_back(token);
    self.logprobs.push_back(lfm2rt_logprob_of(self.context, token));
    if (self.made.size() == self.cancelAt)
      lfm2rt_cancel(self.context);
    return self.made.size() == self.endAt;
  }
  uint64_t at(uint32_t count) const { return mix(seed, count); }
  static uint32_t draft(const int32_t *, uint32_t count, int32_t *guesses,
                        uint32_t capacity, void *user) {
    auto &self = *static_cast<Generating *>(user);
    uint32_t guessed = uint32_t(self.at(count) % (capacity + 1));
    for (uint32_t i = 0; i < guessed; ++i)
      guesses[i] =
          mix(count, i) % 8 ? expectedToken(int32_t(count + i)) : int32_t(i);
    if (self.kind == 1 && guessed > 1)
      guesses[guessed / 2] = guessed % 2 ? -1 : int32_t(vocabulary);
    return self.kind == 2 ? ~0u : guessed; // More than there is room for.
  }
  static uint32_t force(const int32_t *tokens, uint32_t count, int32_t *to,
                        uint32_t, void *user) {
    auto &self = *static_cast<Generating *>(user);
    const uint64_t number = mix(self.at(count), uint64_t(tokens[count - 1]));
    if (number % 4)
      return 0;
    *to = int32_t(number % 11 ? number / 16 % vocabulary : vocabulary + 5);
    return 1;
  }
};

void Walk::generate(Conversation &talk) {
  const Ids prompt = ids(below(3) ? below(6) : 0);
  const uint32_t most = below(60);
  const uint32_t flags = chance(3) ? 0 : uint32_t(LFM2RT_IGNORE_STOP);
  Ids wanted = talk.plain.all();
  wanted.insert(wanted.end(), prompt.begin(), prompt.end());
  lfm2rt_sampling sampling = {};
  sampling.temperature = chance(2) ? 0 : 0.7f;
  sampling.top_p = 0.95f;
  sampling.repeat_penalty = chance(2) ? 1 : 1.1f;
  sampling.repeat_window = 20;
  sampling.seed = numbers();
  Generating generating = {talk.context,
                           uint32_t(numbers()),
                           below(3),
                           chance(3),
                           chance(4) ? 1 + below(30) : 0,
                           chance(4) ? 1 + below(30) : 0};
  Generating plainly = generating;
  plainly.context = other;
  ASSERT_EQ(lfm2rt_fork(other, talk.context, &error), LFM2RT_OK);
  lfm2rt_set_sampling(talk.context, &sampling);
  lfm2rt_set_sampling(other, &sampling);
  lfm2rt_drafter drafter = {Generating::draft, &generating};
  lfm2rt_guide guide = {Generating::force, &generating},
               otherGuide = {Generating::force, &plainly};
  lfm2rt_set_drafter(talk.context, &drafter);
  lfm2rt_set_guide(talk.context, generating.isGuided ? &guide : nullptr);
  lfm2rt_set_guide(other, generating.isGuided ? &otherGuide : nullptr);
  lfm2rt_status status = lfm2rt_generate_tokens(
      talk.context, prompt.data(), uint32_t(prompt.size()), most, flags,
      Generating::onToken, &generating, &error);
  lfm2rt_set_drafter(talk.context, nullptr);
  lfm2rt_set_guide(talk.context, nullptr);
  if (wanted.size() > talk.capacity) {
    ASSERT_EQ(status, LFM2RT_CONTEXT_FULL);
    ASSERT_TRUE(generating.made.empty());
    lfm2rt_set_guide(other, nullptr);
    return;
  }
  if (status == LFM2RT_INVALID_ARGUMENT) {
    ASSERT_EQ(wanted.size(), talk.plain.tokens.size()); // Nothing to go on.
    lfm2rt_set_guide(other, nullptr);
    return;
  }
  const Ids &made = generating.made;
  lfm2rt_status otherStatus = lfm2rt_generate_tokens(
      other, prompt.data(), uint32_t(prompt.size()), most, flags,
      Generating::onToken, &plainly, nullptr);
  lfm2rt_set_guide(other, nullptr);
  const int32_t token = 1;
  if (generating.cancelAt && plainly.made.size() >= generating.cancelAt &&
      otherStatus == LFM2RT_OK)
    ASSERT_EQ(lfm2rt_read(other, &token, 1, nullptr, &error), LFM2RT_CANCELLED);
  if (otherStatus == LFM2RT_OK && status == LFM2RT_OK) {
    // This one may have had more room.
    plainly.made.resize(std::min(plainly.made.size(), made.size()));
    ASSERT_EQ(made, plainly.made);
    for (size_t i = 0; i < made.size(); ++i)
      ASSERT_TRUE(generating.logprobs[i] == plainly.logprobs[i] ||
                  (generating.isGuided &&
                   generating.logprobs[i] * plainly.logprobs[i] == 0))
          << i;
    if (made.size() < std::min<size_t>(most, talk.capacity - wanted.size() + 1))
      ASSERT_TRUE(made.size() == generating.endAt ||
                  (flags == 0 && made.back() == stopToken));
  } else {
    ASSERT_GT(generating.cancelAt, 0u);
    const size_t both = std::min(made.size(), plainly.made.size());
    ASSERT_TRUE(both >= generating.cancelAt || status == LFM2RT_OK);
    ASSERT_TRUE(
        std::equal(made.begin(), made.begin() + both, plainly.made.begin()));
  }
  // A last token does not end a call that is cancelled then: the next one does.
  if (generating.cancelAt && made.size() >= generating.cancelAt &&
      status == LFM2RT_OK) {
    ASSERT_EQ(lfm2rt_read(talk.context, &token, 1, nullptr, &error),
              LFM2RT_CANCELLED);
    const Ids left(lfm2rt_tokens(talk.context),
                   lfm2rt_tokens(talk.context) + lfm2rt_position(talk.context));
    ASSERT_LE(left.size(), 1u);
    talk.plain = {left, -1};
    return;
  }
  wanted.insert(wanted.end(), made.begin(), made.end());
  talk.plain.pending = -1;
  if (!made.empty()) {
    talk.plain.pending = made.back();
    wanted.pop_back();
  }
  talk.plain.tokens = wanted;
}

void Walk::rewindTo(Conversation &talk) {
  const auto end = uint32_t(talk.plain.tokens.size());
  const uint32_t position = chance(10) ? end + 1 : below(end + 1);
  const bool cancelled = chance(6);
  if (cancelled)
    lfm2rt_cancel(talk.context);
  lfm2rt_status status = lfm2rt_rewind_to(talk.context, position, &error);
  if (position > end) {
    ASSERT_EQ(status, LFM2RT_INVALID_ARGUMENT);
  } else if (status == LFM2RT_CANCELLED) {
    ASSERT_TRUE(cancelled);
    ASSERT_LT(lfm2rt_position(talk.context), position);
    talk.plain.tokens.resize(lfm2rt_position(talk.context));
    talk.plain.pending = -1;
  } else {
    ASSERT_EQ(status, LFM2RT_OK) << error.message;
    talk.plain.tokens.resize(position);
    talk.plain.pending = -1;
  }
  if (cancelled && status != LFM2RT_CANCELLED) { // It waits for a next one.
    const int32_t token = 1;
    status = lfm2rt_read(talk.context, &token, 1, nullptr, &error);
    const bool isRead = status == LFM2RT_OK && talk.plain.tokens == Ids{1};
    ASSERT_TRUE(status == LFM2RT_CANCELLED || isRead);
    talk.plain.tokens.resize(lfm2rt_position(talk.context));
    talk.plain.pending = -1;
    if (isRead)
      lfm2rt_rewind_to(talk.context, 0, nullptr), talk.plain.tokens.clear(),
          lfm2rt_eval(talk.context, &token, 1, nullptr, nullptr);
  }
}

void Walk::read(Conversation &talk) {
  Ids wanted = talk.plain.all();
  wanted.resize(below(uint32_t(wanted.size() + 1)));
  const size_t same = wanted.size();
  const Ids more = ids(below(30));
  wanted.insert(wanted.end(), more.begin(), more.end());
  uint32_t kept = ~0u;
  lfm2rt_status status = lfm2rt_read(talk.context, wanted.data(),
                                     uint32_t(wanted.size()), &kept, &error);
  if (wanted.empty()) {
    ASSERT_EQ(status, LFM2RT_INVALID_ARGUMENT);
  } else if (wanted.size() > talk.capacity) {
    ASSERT_EQ(status, LFM2RT_CONTEXT_FULL);
  } else {
    ASSERT_EQ(status, LFM2RT_OK) << error.message;
    ASSERT_GE(kept + 2, std::min(same, talk.plain.tokens.size()));
    talk.plain = {wanted, -1};
    ASSERT_NE(lfm2rt_logits(talk.context), nullptr);
  }
}

void Walk::mark(Conversation &talk) {
  if (marks.empty() || chance(2)) {
    std::vector<uint8_t> memory(lfm2rt_mark_size(&model));
    lfm2rt_mark(talk.context, memory.data());
    marks.emplace_back(talk.plain, memory);
    return;
  }
  const auto &[plain, memory] = marks[below(uint32_t(marks.size()))];
  const Ids &now = talk.plain.tokens;
  const bool isFirst =
      plain.tokens.size() <= now.size() &&
      std::equal(plain.tokens.begin(), plain.tokens.end(), now.begin());
  ASSERT_EQ(lfm2rt_rewind(talk.context, memory.data(), &error),
            isFirst ? LFM2RT_OK : LFM2RT_INVALID_ARGUMENT)
      << error.message;
  if (isFirst)
    talk.plain = plain;
}

void Walk::save(Conversation &talk) {
  std::vector<uint8_t> memory(lfm2rt_save_size(talk.context));
  lfm2rt_save(talk.context, memory.data());
  Conversation &to = any();
  const uint32_t flipped = below(uint32_t(memory.size())),
                 cut = below(uint32_t(memory.size()));
  std::vector<uint8_t> part(memory.begin(), memory.begin() + cut);
  ASSERT_NE(lfm2rt_restore(to.context, part.data(), cut, &error), LFM2RT_OK);
  memory[flipped] ^= uint8_t(1 << below(8));
  ASSERT_NE(lfm2rt_restore(to.context, memory.data(), memory.size(), &error),
            LFM2RT_OK)
      << flipped;
  lfm2rt_save(talk.context, memory.data());
  const bool hasRoom = talk.plain.tokens.size() <= to.capacity;
  ASSERT_EQ(lfm2rt_restore(to.context, memory.data(), memory.size(), &error),
            hasRoom ? LFM2RT_OK : LFM2RT_CONTEXT_FULL);
  if (hasRoom)
    to.plain = Plain(talk.plain);
  ASSERT_NO_FATAL_FAILURE(check(to));
}

void Walk::fork(Conversation &talk) {
  Conversation &to = any();
  const bool hasRoom = talk.plain.tokens.size() <= to.capacity;
  ASSERT_EQ(lfm2rt_fork(to.context, talk.context, &error),
            hasRoom ? LFM2RT_OK : LFM2RT_CONTEXT_FULL);
  if (hasRoom)
    to.plain = Plain(talk.plain);
  ASSERT_NO_FATAL_FAILURE(check(to));
}

void Walk::turns() {
  std::vector<Ids> given;
  std::vector<lfm2rt_turn> turns;
  std::vector<Conversation *> whose;
  for (auto &talk : talks)
    if (chance(2)) {
      given.push_back(ids(chance(2) ? below(2) : below(30)));
      whose.push_back(talk.get());
    }
  bool fit = true;
  for (size_t i = 0; i < given.size(); ++i) {
    turns.push_back(
        {whose[i]->context, given[i].data(), uint32_t(given[i].size()), 12345});
    fit = fit && fits(*whose[i], given[i].size()) &&
          given[i].size() + (whose[i]->plain.pending >= 0) > 0;
  }
  Conversation &by = any();
  const bool cancelled = chance(8) && fit && !turns.empty();
  if (cancelled)
    lfm2rt_cancel(by.context);
  const lfm2rt_status status =
      lfm2rt_eval_turns(by.context, turns.data(), uint32_t(turns.size()),
                        chance(2) ? 1 + below(20) : 0, &error);
  ASSERT_EQ(status == LFM2RT_OK, fit && !cancelled) << error.message;
  if (status != LFM2RT_OK)
    return;
  for (size_t i = 0; i < turns.size(); ++i) {
    Conversation &talk = *whose[i];
    const Ids wanted = talk.plain.all();
    const size_t before = talk.plain.tokens.size(),
                 now = lfm2rt_position(talk.context);
    if (now == before) {
      ASSERT_EQ(turns[i].read, 0u);
      continue;
    }
    ASSERT_EQ(now, wanted.size() + turns[i].read);
    talk.plain = {wanted, -1};
    talk.plain.tokens.insert(talk.plain.tokens.end(), given[i].begin(),
                             given[i].begin() + turns[i].read);
    ASSERT_EQ(lfm2rt_logits(talk.context) != nullptr,
              turns[i].read == turns[i].count);
    ASSERT_NO_FATAL_FAILURE(check(talk));
  }
}

void Walk::step() {
  Conversation &talk = any();
  switch (below(11)) {
  case 0:
  case 1:
    return eval(talk), check(talk);
  case 2:
  case 3:
  case 4:
    return generate(talk), check(talk);
  case 5:
    return rewindTo(talk), check(talk);
  case 6:
    return read(talk), check(talk);
  case 7:
    return mark(talk), check(talk);
  case 8:
    return save(talk), check(talk);
  case 9:
    return fork(talk), check(talk);
  case 10:
    return turns();
  }
}

TEST_F(Walk, EveryContextIsWhatItHasRead) {
  const char *asked = std::getenv("LFM2_WALK");
  const uint32_t seeds = asked ? uint32_t(std::atoi(asked)) : 3;
  const char *from = std::getenv("LFM2_WALK_FROM");
  const uint32_t first = from ? uint32_t(std::atoi(from)) : 1;
  for (uint32_t seed = first; seed < first + seeds; ++seed) {
    numbers.seed(seed);
    for (uint32_t i = 0; i < 300; ++i) {
      ASSERT_NO_FATAL_FAILURE(step()) << "seed " << seed << ", step " << i;
      if (HasFailure())
        FAIL() << "seed " << seed << ", step " << i;
    }
  }
}

// Another thread cancels at any moment: a call ends well or as cancelled, and
// the context stands behind a whole token in any case.
TEST_F(Walk, IsCancelledAtAnyMoment) {
  numbers.seed(5);
  Conversation &talk = *talks[2];
  std::atomic<bool> hasEnded{false};
  std::thread canceller([&] {
    std::mt19937 pauses(9);
    while (!hasEnded) {
      for (std::atomic<uint32_t> left{uint32_t(pauses() % 30000)}; left > 0;)
        --left;
      lfm2rt_cancel(talk.context);
    }
  });
  // As many rounds as the canceller needs to meet some calls: on a loaded
  // machine it may hardly run in the first of them.
  const uint32_t enough = 20;
  uint32_t cancelled = 0;
  for (uint32_t i = 0;
       (i < 200 || cancelled < enough) && i < 100000 && !HasFailure(); ++i) {
    const Ids more = ids(1 + below(60));
    Ids wanted = talk.plain.all();
    lfm2rt_status status;
    if (!fits(talk, more.size() + 61))
      lfm2rt_reset(talk.context), talk.plain = {}, wanted.clear();
    switch (below(4)) {
    case 0:
      wanted.insert(wanted.end(), more.begin(), more.end());
      status = lfm2rt_eval(talk.context, more.data(), uint32_t(more.size()),
                           nullptr, &error);
      break;
    case 1: {
      wanted.insert(wanted.end(), more.begin(), more.end());
      Generating generating = {talk.context, i, 0, false, 0, 0};
      const lfm2rt_drafter drafter = {Generating::draft, &generating};
      lfm2rt_set_drafter(talk.context, &drafter);
      status = lfm2rt_generate_tokens(
          talk.context, more.data(), uint32_t(more.size()), 60,
          LFM2RT_IGNORE_STOP, Generating::onToken, &generating, &error);
      lfm2rt_set_drafter(talk.context, nullptr);
      const Ids &made = generating.made;
      if (made.empty())
        break;
      EXPECT_EQ(status == LFM2RT_OK, made.size() == 60);
      cancelled += status == LFM2RT_CANCELLED;
      wanted.insert(wanted.end(), made.begin(), made.end() - 1);
      talk.plain = {wanted, made.back()};
      check(talk);
      continue;
    }
    case 2:
      wanted.resize(below(uint32_t(talk.plain.tokens.size() + 1)));
      talk.plain.pending = -1;
      status = lfm2rt_rewind_to(talk.context, uint32_t(wanted.size()), &error);
      break;
    default:
      wanted.resize(below(uint32_t(wanted.size() + 1)));
      wanted.insert(wanted.end(), more.begin(), more.end());
      talk.plain.pending = -1;
      status = lfm2rt_read(talk.context, wanted.data(), uint32_t(wanted.size()),
                           nullptr, &error);
    }
    cancelled += status == LFM2RT_CANCELLED;
    readUpTo(talk, wanted, status);
    check(talk);
  }
  hasEnded = true;
  canceller.join();
  EXPECT_GE(cancelled, enough);
  RecordProperty("cancelled", int(cancelled));
}

} // namespace
