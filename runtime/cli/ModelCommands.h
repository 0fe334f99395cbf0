// What models of one kind do. The compiler names one of these to the linker, so
// that a program has the commands of its own kind alone.
#ifndef LFM2RT_CLI_MODELCOMMANDS_H
#define LFM2RT_CLI_MODELCOMMANDS_H

#include "runtime/cli/Session.h"

namespace lfm2rt {

struct ModelCommands {
  // Each returns the exit status. That the model does what is asked for.
  int (*check)(Session &session);
  // What takes steps of the model. `started` is when the process began, by
  // system::nanoseconds().
  int (*run)(Session &session, uint64_t started);
};

} // namespace lfm2rt

extern "C" {
// Of bidirectional models, and of those that continue texts.
__attribute__((weak)) extern const lfm2rt::ModelCommands lfm2rt_texts;
__attribute__((weak)) extern const lfm2rt::ModelCommands lfm2rt_causal;
}

#endif // LFM2RT_CLI_MODELCOMMANDS_H
