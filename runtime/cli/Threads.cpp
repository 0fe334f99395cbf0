#include "runtime/cli/Threads.h"
#include "runtime/cli/FastCores.h"
#include "runtime/cli/ParseOptions.h"

namespace lfm2rt {
namespace {

// Numbers of `text`, at most as many as there may be threads.
bool readList(const char *text, uint32_t *numbers, uint32_t *count,
              const char *what, Output &output) {
  Buffer memory;
  if (!memory.grow((length(text) / 2 + 1) * sizeof(int32_t)))
    return output.fail("expected memory for a list of numbers, found none") ==
           0;
  auto *list = reinterpret_cast<int32_t *>(memory.data());
  if (!parseList(text, list, count, what, output))
    return false;
  if (*count > LFM2_MAX_THREADS)
    return output.fail(Line()
                           << "expected " << what << ", of at most "
                           << LFM2_MAX_THREADS << " threads, found " << *count,
                       2) == 0;
  for (uint32_t i = 0; i < *count; ++i)
    numbers[i] = uint32_t(list[i]);
  return true;
}

bool chooseCpus(ThreadPlan &plan, const char *text, Output &output) {
  uint32_t allowed[1024];
  uint32_t count = system::allowedCpus(allowed, 1024);
  if (!text) {
    plan.numCpus = min(count, uint32_t(LFM2_MAX_THREADS));
    memcpy(plan.cpus, allowed, plan.numCpus * sizeof(uint32_t));
    return true;
  }
  if (!readList(text, plan.cpus, &plan.numCpus, "CPUs such as 0,2,4", output))
    return false;
  for (uint32_t i = 0; i < plan.numCpus; ++i) {
    bool found = false;
    for (uint32_t j = 0; j < count; ++j)
      found |= allowed[j] == plan.cpus[i];
    if (!found)
      return output.fail(Line() << "expected CPUs that this process may use "
                                   "after --pin=, found "
                                << plan.cpus[i] << "; see nproc and taskset -p",
                         2) == 0;
    for (uint32_t j = 0; j < i; ++j)
      if (plan.cpus[i] == plan.cpus[j])
        return output.fail(Line() << "expected each CPU once after --pin=, "
                                     "found "
                                  << plan.cpus[i] << " twice",
                           2) == 0;
  }
  return true;
}

// A thread for each core, as far as a container gives them time.
uint32_t usualThreads() {
  uint32_t cores = min(system::cores(), Pool::maxThreads);
  uint64_t quota = system::quotaCores();
  return quota ? uint32_t(min(quota, uint64_t(cores))) : cores;
}

// Where CPUs are of unequal speed, threads stay on fast ones, and with `all`
// there are as many threads as these.
void preferFastCpus(ThreadPlan &plan, bool all) {
  uint32_t cpus[maxCores], capacities[maxCores];
  uint32_t count = system::allowedCpus(cpus, maxCores);
  for (uint32_t i = 0; i < count; ++i)
    capacities[i] = system::capacityOf(cpus[i]);
  uint32_t fast =
      chooseFastCores(cpus, capacities, count, all ? 0 : plan.threads);
  if (fast == 0)
    return;
  if (all)
    plan.threads = min(fast, plan.threads);
  // What is refused costs speed, no more.
  system::runOn(cpus, fast);
}

// Steps of one kind, of tokens without meaning.
bool runSteps(Session &session, uint32_t steps, uint32_t count) {
  int32_t tokens[64] = {};
  count = min(count, lfm2rt_capacity(session.context));
  for (uint32_t i = 0; i < steps; ++i) {
    if (session.readsTexts() ||
        lfm2rt_capacity(session.context) - lfm2rt_position(session.context) <
            count)
      lfm2rt_reset(session.context);
    for (uint32_t t = 0; t < count; ++t)
      tokens[t] = int32_t((i * 64 + t) * 2654435761u %
                          lfm2rt_model_vocabulary(&session.model));
    lfm2rt_error error;
    if (lfm2rt_eval(session.context, tokens, count, nullptr, &error) !=
        LFM2RT_OK)
      return session.output.fail(error) == 0;
  }
  return true;
}

} // namespace

int planThreads(ThreadPlan &plan, const Options &options, Output &output) {
  plan = {};
  uint32_t numShares = 0;
  if (options.shares) {
    plan.hasShares = true;
    if (!readList(options.shares, plan.shares, &numShares, "shares such as 3,1",
                  output))
      return 2;
  }
  if (options.pin.isGiven && !chooseCpus(plan, options.pin.text, output))
    return 2;
  if (options.threads)
    plan.threads = uint32_t(options.threads);
  else if (numShares)
    plan.threads = numShares;
  else if (options.pin.text)
    plan.threads = plan.numCpus;
  else
    plan.threads = usualThreads();
  if (!options.pin.isGiven && !numShares)
    preferFastCpus(plan, /*all=*/!options.threads);
  if (numShares && numShares != plan.threads)
    return output.fail(Line() << "expected a share for each of " << plan.threads
                              << " threads, found " << numShares,
                       2);
  if (options.pin.text && plan.numCpus != plan.threads)
    return output.fail(Line()
                           << "expected a CPU for each of " << plan.threads
                           << " threads after --pin=, found " << plan.numCpus,
                       2);
  return 0;
}

void pinThread(int32_t thread, void *user) {
  auto &plan = *static_cast<const ThreadPlan *>(user);
  // It was allowed; where it no longer is, the thread stays free.
  system::runOn(&plan.cpus[uint32_t(thread) % plan.numCpus], 1);
}

int balanceThreads(Session &session) {
  Buffer memory;
  uint64_t bytes = lfm2rt_profile_size(session.context);
  if (!memory.grow(bytes))
    return session.noMemory(bytes);
  lfm2rt_error error;
  if (lfm2rt_profile_start(session.context, memory.data(), memory.size(),
                           &error) != LFM2RT_OK)
    return session.output.fail(error);
  // What a thread is slowed down by depends on what the others do meanwhile, so
  // the second round starts from what the first has found.
  for (int round = 0; round < 2; ++round) {
    if (!runSteps(session, 12, 1) || !runSteps(session, 4, 32))
      return 1;
    if (lfm2rt_balance(session.context, &error) != LFM2RT_OK)
      return session.output.fail(error);
  }
  lfm2rt_profile_stop(session.context);
  lfm2rt_reset(session.context);
  char text[2048];
  Message line(text, sizeof(text));
  line << "balance:";
  for (int larger = 0; larger < 2; ++larger) {
    uint32_t shares[LFM2_MAX_THREADS];
    lfm2rt_shares(session.context, larger, shares);
    line << (larger ? " of larger ones" : " of steps of 1 token");
    for (uint32_t t = 0; t < session.context->pool.size(); ++t)
      (line << " ").fixed(double(shares[t]) * 100 / LFM2_SHARES_ONE, 1);
    line << (larger ? " %\n" : ",");
  }
  system::writeAll(2, text, length(text));
  return 0;
}

} // namespace lfm2rt
