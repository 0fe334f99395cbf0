// Trying what may end the process.
#ifndef LFM2RT_PLATFORM_TRIAL_H
#define LFM2RT_PLATFORM_TRIAL_H

namespace lfm2rt::platform {

// Whether `function` returns true, and returns at all. Where the system has
// processes it runs in one of its own, so that an instruction which the machine
// lacks ends that one; elsewhere it is not run, and the answer is true.
bool survives(bool (*function)());

} // namespace lfm2rt::platform

#endif // LFM2RT_PLATFORM_TRIAL_H
