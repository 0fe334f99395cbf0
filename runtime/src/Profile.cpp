#include "runtime/src/Profile.h"
#include "runtime/platform/Ticks.h"
#include "runtime/src/Context.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

namespace {

struct Work {
  uint64_t bytes, macs;
};

// What the stretch reads and computes in this step.
Work workOf(const lfm2_stretch &stretch, const Profile::Step &step) {
  uint64_t tokens =
      uint64_t(stretch.flags & LFM2_STRETCH_LOGITS ? step.logits : step.count);
  if (tokens == 0)
    return {};
  // Which experts were chosen is not known here: as many as there can be.
  uint64_t experts =
      min(uint64_t(stretch.experts), tokens * stretch.experts_used);
  return {stretch.weight_bytes + experts * stretch.expert_bytes +
              stretch.cache_bytes * step.cached,
          stretch.macs * tokens + stretch.cache_macs * step.attended};
}

// The next `count` tokens of a sequence, from `position` on.
void addRun(Profile::Step &step, uint64_t position, uint64_t count) {
  step.cached += position + count;
  step.attended += count * position + count * (count + 1) / 2;
}

// Counters of two cores may differ by a few ticks.
uint64_t between(uint64_t from, uint64_t to) {
  return to > from ? to - from : 0;
}

// A thread's notes: how many, then, for each place, when it began and when it
// was done.
uint64_t beginOf(const uint64_t *notes, uint32_t place) {
  return notes[1 + 2 * place];
}
uint64_t endOf(const uint64_t *notes, uint32_t place) {
  return notes[2 + 2 * place];
}

uint64_t numSums(const lfm2_variant &variant) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < variant.num_entries; ++i)
    count += variant.entries[i].num_stretches;
  return count;
}

uint64_t headBytes(const lfm2_variant &variant) {
  return alignUp(sizeof(Profile), 64) +
         alignUp(numSums(variant) * sizeof(Profile::Sum), 64);
}

uint64_t largestStep(const lfm2_variant &variant, uint32_t threads) {
  uint64_t most = 0;
  for (uint32_t i = 0; i < variant.num_entries; ++i)
    most = max(most, sizeof(Profile::Step) +
                         threads * Profile::wordsPerThread(variant.entries[i]) *
                             sizeof(uint64_t));
  return most;
}

// Nanoseconds of a tick.
double tickLength(const Profile &profile) { return 1 / profile.tickRate(); }

} // namespace

uint64_t Profile::wordsPerThread(const lfm2_entry &entry) {
  return alignUp(1 + 2 * uint64_t(entry.num_places), 8);
}

uint64_t Profile::stepBytes(const lfm2_entry &entry) const {
  return sizeof(Step) +
         uint64_t(threads) * wordsPerThread(entry) * sizeof(uint64_t);
}

double Profile::tickRate() const {
  uint64_t nanoseconds = platform::nanoseconds() - startNanoseconds,
           passed = between(startTicks, ticks());
  return passed && nanoseconds ? double(passed) / double(nanoseconds) : 1;
}

uint64_t *Profile::begin(const lfm2_entry &entry, const lfm2_step &step) {
  if (entry.num_places == 0)
    return nullptr;
  running = reinterpret_cast<Step *>(steps + used);
  *running = {&entry, step.position, step.count, step.num_logits, 0,
              0,      ticks()};
  if (step.num_runs > 0)
    running->position = step.runs[0].position;
  else
    addRun(*running, uint64_t(step.position), uint64_t(step.count));
  for (int32_t r = 0; r < step.num_runs; ++r)
    addRun(*running, uint64_t(step.runs[r].position),
           uint64_t(step.runs[r].count));
  for (int32_t t = 0; t < threads; ++t)
    notesOf(*running, t)[0] = 0;
  return notesOf(*running, 0);
}

void Profile::end() {
  Step *step = running;
  running = nullptr;
  if (!step || !isWhole(*step))
    return;
  addUp(*step);
  uint64_t after = used + stepBytes(*step->entry);
  if (after + largest <= stepsBytes)
    used = after;
}

// A step that was given up has fewer barriers.
bool Profile::isWhole(Step &step) const {
  for (int32_t t = 0; t < threads; ++t)
    if (notesOf(step, t)[0] != 2 * uint64_t(step.entry->num_places))
      return false;
  return true;
}

void Profile::addUp(Step &step) {
  const lfm2_entry &entry = *step.entry;
  Sum *ofEntry = sums;
  for (const lfm2_entry *e = variant->entries; e != &entry; ++e)
    ofEntry += e->num_stretches;
  uint64_t before = step.started;
  uint64_t macs = 0, mine[LFM2_MAX_THREADS] = {};
  for (uint32_t p = 0; p < entry.num_places; ++p) {
    uint64_t last = before, busy = 0;
    for (int32_t t = 0; t < threads; ++t) {
      const uint64_t *notes = notesOf(step, t);
      last = max(last, endOf(notes, p));
      uint64_t passed = between(beginOf(notes, p), endOf(notes, p));
      mine[t] += passed;
      busy += passed;
    }
    Work work = workOf(entry.stretches[entry.places[p].stretch], step);
    Sum &sum = ofEntry[entry.places[p].stretch];
    ++sum.calls;
    sum.tokens += uint64_t(step.count);
    sum.ticks += last - before;
    sum.busy += busy;
    sum.bytes += work.bytes;
    sum.macs += work.macs;
    macs += work.macs;
    before = last;
  }
  double *best = pace[entry.tokens > 1];
  for (int32_t t = 0; macs && t < threads; ++t) {
    double now = double(mine[t]) / double(macs);
    if (best[t] == 0 || now < best[t])
      best[t] = now;
  }
}

extern "C" uint64_t lfm2rt_profile_size(const lfm2rt_context *context) {
  return headBytes(*context->variant) +
         largestStep(*context->variant, context->pool.size());
}

extern "C" lfm2rt_status lfm2rt_profile_start(lfm2rt_context *context,
                                              void *memory, uint64_t bytes,
                                              lfm2rt_error *error) {
  uint64_t needed = lfm2rt_profile_size(context);
  if (bytes < needed)
    return Failure(error, LFM2RT_NO_MEMORY, needed)
           << "a profile of " << context->pool.size() << " threads needs "
           << needed << " bytes, found " << bytes << "; give so much or more";
  if (reinterpret_cast<uintptr_t>(memory) % 64 != 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected the memory of a profile at a multiple of 64 bytes";
  const lfm2_variant &variant = *context->variant;
  uint64_t head = headBytes(variant);
  auto *base = static_cast<uint8_t *>(memory);
  memset(base, 0, size_t(head));
  Profile &profile = *reinterpret_cast<Profile *>(base);
  profile.variant = &variant;
  profile.threads = int32_t(context->pool.size());
  profile.sums =
      reinterpret_cast<Profile::Sum *>(base + alignUp(sizeof(Profile), 64));
  profile.steps = base + head;
  profile.stepsBytes = bytes - head;
  profile.largest = largestStep(variant, context->pool.size());
  profile.startTicks = ticks();
  profile.startNanoseconds = platform::nanoseconds();
  context->profile = &profile;
  return LFM2RT_OK;
}

extern "C" void lfm2rt_profile_stop(lfm2rt_context *context) {
  context->profile = nullptr;
}

extern "C" lfm2rt_status lfm2rt_balance(lfm2rt_context *context,
                                        lfm2rt_error *error) {
  if (!context->profile)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a profile that measures the threads, found none; start "
              "one with lfm2rt_profile_start()";
  Profile &profile = *context->profile;
  for (double *pace : profile.pace) {
    context->shares.balance(pace != profile.pace[0], pace);
    for (int32_t t = 0; t < profile.threads; ++t)
      pace[t] = 0;
  }
  return LFM2RT_OK;
}

extern "C" uint32_t lfm2rt_profile_rows(const lfm2rt_context *context,
                                        lfm2rt_profile_row *rows,
                                        uint32_t capacity) {
  if (!context->profile)
    return 0;
  const Profile &profile = *context->profile;
  double length = tickLength(profile);
  const Profile::Sum *sum = profile.sums;
  uint32_t count = 0;
  for (uint32_t e = 0; e < profile.variant->num_entries; ++e) {
    const lfm2_entry &entry = profile.variant->entries[e];
    for (uint32_t s = 0; s < entry.num_stretches; ++s, ++sum) {
      if (sum->calls == 0)
        continue;
      if (count < capacity)
        rows[count] = {entry.stretches[s].layer,
                       entry.stretches[s].phase,
                       uint64_t(entry.tokens),
                       sum->calls,
                       sum->tokens,
                       uint64_t(double(sum->ticks) * length),
                       uint64_t(double(sum->busy) * length),
                       sum->bytes,
                       sum->macs};
      ++count;
    }
  }
  return count;
}

extern "C" int lfm2rt_profile_next(const lfm2rt_context *context,
                                   lfm2rt_profile_cursor *cursor,
                                   lfm2rt_profile_event *event) {
  if (!context->profile || cursor->offset >= context->profile->used)
    return 0;
  const Profile &profile = *context->profile;
  auto &step =
      *reinterpret_cast<Profile::Step *>(profile.steps + cursor->offset);
  const lfm2_place &place = step.entry->places[cursor->place];
  const lfm2_stretch &stretch = step.entry->stretches[place.stretch];
  const uint64_t *notes = Profile::notesOf(step, int32_t(cursor->thread));
  if (cursor->tick == 0)
    cursor->tick = tickLength(profile);
  auto time = [&](uint64_t tick) {
    return uint64_t(double(between(profile.startTicks, tick)) * cursor->tick);
  };
  Work work = workOf(stretch, step);
  *event = {stretch.layer,
            stretch.phase,
            place.layer,
            int32_t(cursor->thread),
            step.position,
            step.count,
            cursor->step,
            time(beginOf(notes, cursor->place)),
            time(endOf(notes, cursor->place)),
            work.bytes,
            work.macs};
  if (++cursor->place == step.entry->num_places) {
    cursor->place = 0;
    ++cursor->thread;
  }
  if (cursor->thread == uint32_t(profile.threads)) {
    cursor->thread = 0;
    ++cursor->step;
    cursor->offset += profile.stepBytes(*step.entry);
  }
  return 1;
}
