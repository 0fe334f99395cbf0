// Devices on the command line. Only a program that a loader starts has them:
// its start hands these commands over.
#ifndef LFM2RT_CLI_DEVICES_H
#define LFM2RT_CLI_DEVICES_H

#include "runtime/include/lfm2rt/lfm2rt.h"

namespace lfm2rt {

class Session;

// Those that return a number return the exit status.
struct DeviceCommands {
  int (*list)(Session &session);
  // Opens the model where it was asked for, on the best device or on the CPU,
  // and says which.
  int (*openModel)(Session &session);
  // After a failure on a device that was not asked for: opens the model on the
  // CPU, and says why. False where it is to be a device, or there is no code
  // for the CPU.
  bool (*fallBack)(Session &session, const lfm2rt_error &error);
  // What --info says of the device, into the description's last line.
  int (*info)(Session &session);
};

extern const DeviceCommands deviceCommands;

} // namespace lfm2rt

#endif // LFM2RT_CLI_DEVICES_H
