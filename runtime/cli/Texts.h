// The commands of bidirectional models. They are in a program only where the
// compiler names lfm2rt_texts to the linker: other programs stay smaller.
#ifndef LFM2RT_CLI_TEXTS_H
#define LFM2RT_CLI_TEXTS_H

#include "runtime/cli/Session.h"

namespace lfm2rt {

struct TextCommands {
  // That the model does what is asked for. Each returns the exit status.
  int (*check)(Session &session);
  int (*embed)(Session &session);
  // `started` is when the process began, by system::nanoseconds().
  int (*bench)(Session &session, uint64_t started);
};

int benchTexts(Session &session, uint64_t started);

} // namespace lfm2rt

extern "C" __attribute__((weak)) const lfm2rt::TextCommands lfm2rt_texts;

#endif // LFM2RT_CLI_TEXTS_H
