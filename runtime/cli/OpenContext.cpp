// A session gets its context: threads, memory, shares of the work, a profile.

#include "runtime/cli/Devices.h"
#include "runtime/cli/Profile.h"
#include "runtime/cli/Session.h"
#include "runtime/cli/Threads.h"
#include "runtime/include/lfm2rt/lookup.h"
#include "runtime/platform/Platform.h"

namespace lfm2rt {

int Session::planThreads() {
  return lfm2rt::planThreads(plan, options, output);
}

int Session::checkContext(uint64_t tokens) {
  uint64_t most = lfm2rt_model_context_max(&model);
  if (tokens <= most)
    return 0;
  return output.fail(
      Line() << "expected a context of at most " << most
             << " tokens, which this program was compiled for, found " << tokens
             << "; compile it with a larger --context",
      2);
}

int Session::openContext(uint64_t tokens, uint64_t threads, uint32_t turns) {
  if (int status = checkContext(tokens))
    return status;
  lfm2rt_context_options wanted = {};
  wanted.tokens = uint32_t(tokens);
  wanted.threads = uint32_t(threads);
  wanted.zeroed = 1;
  wanted.turns = turns;
  // They go back; those of many prompts begin anew.
  if (options.converses && !turns)
    wanted.marks = uint32_t(min(tokens / 64 + 1, uint64_t(LFM2RT_MOST_MARKS)));
  if (options.lookup)
    wanted.drafts = LFM2RT_MOST_DRAFTS;
  if (plan.numCpus) {
    wanted.on_thread = pinThread;
    wanted.on_thread_user = &plan;
  }
  contextBytes = lfm2rt_context_size(&model, &wanted);
  void *memory = system::allocate(contextBytes);
  if (!memory) {
    uint64_t bytes = contextBytes;
    contextBytes = 0;
    return noMemory(bytes);
  }
  lfm2rt_error error;
  if (lfm2rt_context_create(&context, &weights, &wanted, memory, contextBytes,
                            &error) != LFM2RT_OK) {
    system::release(memory, contextBytes);
    contextBytes = 0;
    if (!devices || !devices->fallBack(*this, error))
      return output.fail(error);
    int status = openWeights();
    return status ? status : openContext(tokens, threads, turns);
  }
  if (plan.numCpus)
    pinThread(0, &plan);
  applySampling();
  if (plan.hasShares &&
      lfm2rt_set_shares(context, plan.shares, &error) != LFM2RT_OK)
    return output.fail(error);
  if (options.lookup) {
    uint64_t bytes = lfm2rt_lookup_size(uint32_t(tokens));
    if (!lookup.grow(bytes))
      return noMemory(bytes);
    lfm2rt_drafter drafter = {
        lfm2rt_lookup_draft,
        lfm2rt_lookup_create(lookup.data(), uint32_t(tokens))};
    lfm2rt_set_drafter(context, &drafter);
  }
  if (options.balance)
    if (int status = balanceThreads(*this))
      return status;
  if (options.profile.isGiven && !startProfile(*this, profile))
    return 1;
  return 0;
}

} // namespace lfm2rt
