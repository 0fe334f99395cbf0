// The command line of a compiled model.
#ifndef LFM2RT_CLI_MAIN_H
#define LFM2RT_CLI_MAIN_H

namespace lfm2rt {

struct DeviceCommands;

// The process's exit status: 0 done, 1 failed, 2 wrong use. Runs the program
// `lfm2_program`. `devices` is nullptr where the process cannot have any.
int commandLine(int argc, char **argv, const DeviceCommands *devices);

} // namespace lfm2rt

#endif // LFM2RT_CLI_MAIN_H
