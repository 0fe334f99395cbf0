// The words of the command line, and lists in them, read.
#ifndef LFM2RT_CLI_PARSEOPTIONS_H
#define LFM2RT_CLI_PARSEOPTIONS_H

#include "runtime/cli/Options.h"

namespace lfm2rt {

// `program` is what this one is. Complains and returns false on wrong use.
bool parseOptions(Options &options, uint8_t program, int argc, char **argv,
                  Output &output);

// Parses "15-1.5" or "15+inf", the id below `vocabulary`.
bool parseBias(const char *text, uint32_t vocabulary, lfm2rt_bias &bias);

// Parses "1,2,3" into `numbers`, which has room for length(text) / 2 + 1.
// `what` is in the complaint, as "ids such as 1,2,3".
bool parseList(const char *text, int32_t *numbers, uint32_t *count,
               const char *what, Output &output);
inline bool parseIds(const char *text, int32_t *ids, uint32_t *count,
                     Output &output) {
  return parseList(text, ids, count, "ids such as 1,2,3", output);
}

} // namespace lfm2rt

#endif // LFM2RT_CLI_PARSEOPTIONS_H
