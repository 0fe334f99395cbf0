// What a Hexagon tells a process on it. Which system that is under (QuRT, in
// Qualcomm's DSPs) is for the application to know.
#include "runtime/platform/Platform.h"
#include "runtime/platform/Trial.h"

namespace lfm2rt::platform {

// For so many cycles other hardware threads have the core to themselves.
void yield() { __asm__ volatile("pause(#255)"); }

// More than there are hardware threads: waiting is always for one that runs,
// since all threads of the application's are to run at the same time.
uint32_t cores() { return 64; }

// By the timer of 19.2 MHz that is the same for all threads.
uint64_t nanoseconds() {
  uint64_t count;
  __asm__ volatile("%0 = c31:30" : "=r"(count));
  return count / 12 * 625 + count % 12 * 625 / 12;
}

// Nobody is asked at the start.
uint64_t atStart(uint64_t) { return 0; }

bool survives(bool (*)()) { return true; }

} // namespace lfm2rt::platform
