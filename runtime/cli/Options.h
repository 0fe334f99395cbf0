// The words of the command line and what they were set to.
#ifndef LFM2RT_CLI_OPTIONS_H
#define LFM2RT_CLI_OPTIONS_H

#include "runtime/cli/Output.h"

namespace lfm2rt {

// Of a word that may have a text, behind a '='.
struct MaybeText {
  bool isGiven = false;
  const char *text = nullptr;
};

// Of a word that may be there more than once.
struct Texts {
  static constexpr uint32_t most = 64;
  const char *text[most];
  uint32_t count = 0;
};

struct Number {
  double value = 0;
  bool isGiven = false;
};

constexpr int64_t notGiven = INT64_MIN;
constexpr uint32_t mostLogprobs = 100;

struct Options {
  // What to do: one of them; chat in a terminal if none is set.
  bool help = false, info = false, verify = false, bench = false,
       devices = false;
  const char *tokenize = nullptr, *tokenizeFile = nullptr,
             *detokenize = nullptr;
  const char *tokens = nullptr, *prompt = nullptr, *file = nullptr;
  const char *embed = nullptr, *embedFile = nullptr;
  const char *jsonl = nullptr;
  bool standardInput = false;

  bool chat = false, printTokens = false, ignoreStop = false;
  MaybeText profile; // In which a trace is written.
  const char *logits = nullptr, *hidden = nullptr, *weights = nullptr,
             *device = nullptr;
  const char *history = nullptr; // A file.
  // Of conversations; files but for the first two.
  const char *system = nullptr, *variables = nullptr, *messages = nullptr,
             *tools = nullptr, *schema = nullptr, *grammar = nullptr,
             *save = nullptr, *load = nullptr, *toolChoice = nullptr;
  const char *whenFull = nullptr; // "shift" or "stop".
  bool showPrompt = false, json = false, lookup = false;
  // Of --jsonl.
  const char *out = nullptr;
  int64_t parallel = 0; // 0: as memory allows.
  bool resume = false;
  // Of --embed.
  const char *promptName = nullptr, *raw = nullptr;
  bool asGiven = false, truncate = false;
  int64_t most = -1; // New tokens; -1 when not given.

  // Those not given are the model's.
  Number temperature, topP, minP, penalty;
  Number frequency, presence, topSigma, typical, xtcProbability, xtcThreshold,
      temperatureRange, temperatureExponent, dryMultiplier, dryBase,
      mirostatRate, mirostatEntropy;
  int64_t topK = notGiven, penaltyTokens = notGiven, dryAllowed = notGiven,
          dryTokens = notGiven, mirostat = 0;
  Texts dryBreakers, biases;
  int64_t seed = -1; // -1: another seed each time.
  Texts stop;
  int64_t logprobs = notGiven;
  int64_t threads = 0, context = 0; // 0 when not given.
  MaybeText pin;                    // Numbers with commas, as in:
  const char *shares = nullptr;
  bool balance = false;

  int64_t benchPrompt = 512, benchGenerate = 128, benchDepth = 0,
          benchRepeat = 5, benchTexts = 64, benchText = 128;

  uint8_t task = 0; // Of Words.h.
  // What is read and answered has the model's chat form.
  bool converses = false;

  uint64_t answersHash = 0; // Of the words that answers depend on.
};

// Programs, as bits: some words are of some alone.
enum : uint8_t { OfCausal = 1, OfTexts = 2, OfDevices = 4, OfAny = 7 };

} // namespace lfm2rt

#endif // LFM2RT_CLI_OPTIONS_H
