// The words of the command line and what they were set to.
#ifndef LFM2RT_CLI_OPTIONS_H
#define LFM2RT_CLI_OPTIONS_H

#include "runtime/cli/Output.h"

namespace lfm2rt {

struct Options {
  // What to do: one of them; chat in a terminal if none is set.
  bool help = false, info = false, verify = false, bench = false,
       devices = false;
  const char *tokenize = nullptr, *detokenize = nullptr;
  const char *tokens = nullptr, *prompt = nullptr, *file = nullptr;
  const char *embed = nullptr, *embedFile = nullptr;
  bool standardInput = false;

  bool chat = false, printTokens = false, ignoreStop = false, profile = false;
  const char *logits = nullptr, *hidden = nullptr, *weights = nullptr,
             *trace = nullptr, *device = nullptr;
  // Of --embed.
  const char *promptName = nullptr, *raw = nullptr;
  bool asGiven = false, truncate = false;
  int64_t most = -1; // New tokens; -1 when not given.

  // Those not given are the model's.
  bool hasTemperature = false, hasTopP = false, hasMinP = false,
       hasPenalty = false, hasTopK = false;
  double temperature = 0, topP = 0, minP = 0, penalty = 0;
  int64_t topK = 0, seed = -1;      // -1: another seed each time.
  int64_t threads = 0, context = 0; // 0 when not given.
  bool pin = false, balance = false;
  const char *cpus = nullptr, *shares = nullptr; // Numbers with commas.

  int64_t benchPrompt = 512, benchGenerate = 128, benchDepth = 0,
          benchRepeat = 5, benchTexts = 64, benchText = 128;
};

// Complains and returns false on wrong use.
bool parseOptions(Options &options, int argc, char **argv, Output &output);

// Parses "1,2,3" into `numbers`, which has room for length(text) / 2 + 1.
// `what` is in the complaint, as "ids such as 1,2,3".
bool parseList(const char *text, int32_t *numbers, uint32_t *count,
               const char *what, Output &output);
inline bool parseIds(const char *text, int32_t *ids, uint32_t *count,
                     Output &output) {
  return parseList(text, ids, count, "ids such as 1,2,3", output);
}

// `usage` and `options` of a bidirectional model; nullptr: of a causal one.
// `devices`: the options of a program for these, or nullptr.
void printHelp(const char *usage, const char *options, const char *devices,
               Output &output);

} // namespace lfm2rt

#endif // LFM2RT_CLI_OPTIONS_H
