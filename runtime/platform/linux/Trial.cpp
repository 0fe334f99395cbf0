// A trial run of code that the CPU may not have, in a process of its own.
#include "runtime/platform/Trial.h"
#include "runtime/platform/linux/Syscall.h"

namespace lfm2rt::platform {

bool survives(bool (*function)()) {
  constexpr long sharesNothing = 17; // SIGCHLD at its end, as fork() has it.
  long child = systemCall(SysClone, sharesNothing);
  if (child == 0) {
    // Nobody wants to read of this end, nor a file of its memory.
    constexpr long errors = 2, isDumpable = 4;
    for (long file = 0; file <= errors; ++file)
      systemCall(SysClose, file);
    systemCall(SysPrctl, isDumpable, 0);
    bool good = function();
    for (;;)
      systemCall(SysExitGroup, good ? 0 : 1);
  }
  if (child < 0)
    return true; // Nothing was found out.
  int status = 0;
  while (systemCall(SysWait4, child, pointer(&status), 0, 0) ==
         ErrorInterrupted)
    ;
  return status == 0;
}

} // namespace lfm2rt::platform
