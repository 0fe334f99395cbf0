#include "runtime/src/CpuEngine.h"
#include "runtime/src/Profile.h"

namespace lfm2rt {
namespace {

struct Call {
  lfm2_step_fn run;
  Pool *pool;
  // Seen by thread 0 to be other than 0, the step ends; may be nullptr.
  const uint32_t *cancel;
  const lfm2_step *step;
};

int32_t stepBarrier(const lfm2_step *step, int32_t thread) {
  auto *call = static_cast<const Call *>(step->user);
  return call->pool->barrier(thread, call->cancel);
}

void runShare(void *argument, int32_t thread) {
  auto *call = static_cast<const Call *>(argument);
  call->run(call->step, thread);
}

} // namespace

lfm2rt_status CpuEngine::run(const lfm2_entry &entry, lfm2_step &step,
                             bool mayEnd, lfm2rt_error *) {
  Call call = {entry.run, &context.pool, mayEnd ? &context.cancel : nullptr,
               &step};
  step.weights = context.weights->section[LFM2_SECTION_WEIGHTS];
  step.scratch = context.scratch;
  step.threads = int32_t(context.pool.size());
  step.near_bytes = int32_t(entry.near_bytes);
  step.near = context.near;
  step.barrier = stepBarrier;
  step.shares = context.shares.of(entry);
  step.user = &call;
  if (Profile *profile = context.profile) {
    context.pool.note(profile->begin(entry, step),
                      Profile::wordsPerThread(entry));
    context.pool.run(runShare, &call);
    context.pool.note(nullptr, 0);
    profile->end();
  } else {
    context.pool.run(runShare, &call);
  }
  return context.pool.wasGivenUp() ? LFM2RT_CANCELLED : LFM2RT_OK;
}

} // namespace lfm2rt
