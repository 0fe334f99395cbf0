// The command line of a compiled model.
#ifndef LFM2RT_CLI_MAIN_H
#define LFM2RT_CLI_MAIN_H

namespace lfm2rt {

// The process's exit status: 0 done, 1 failed, 2 wrong use. Runs the program
// `lfm2_program`.
int commandLine(int argc, char **argv);

} // namespace lfm2rt

#endif // LFM2RT_CLI_MAIN_H
