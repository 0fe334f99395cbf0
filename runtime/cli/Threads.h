// How many threads, on which CPUs, and how they divide the work.
#ifndef LFM2RT_CLI_THREADS_H
#define LFM2RT_CLI_THREADS_H

#include "runtime/cli/Session.h"

namespace lfm2rt {

// Fills the plan, or says what is wrong; returns the exit status.
int planThreads(ThreadPlan &plan, const Options &options, Output &output);
// Has the type of lfm2rt_thread_fn; `plan` is a ThreadPlan with CPUs.
void pinThread(int32_t thread, void *plan);
// Measures the threads by some steps without meaning, sets their shares, and
// forgets the steps. Returns the exit status.
int balanceThreads(Session &session);

} // namespace lfm2rt

#endif // LFM2RT_CLI_THREADS_H
