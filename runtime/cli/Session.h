// The model, its weights and one context, as the command line uses them.
#ifndef LFM2RT_CLI_SESSION_H
#define LFM2RT_CLI_SESSION_H

#include "runtime/cli/File.h"
#include "runtime/cli/Options.h"
#include "runtime/include/lfm2rt/abi.h"
#include "runtime/json/Value.h"
#include "runtime/src/Text.h"

namespace lfm2rt {

struct DeviceCommands;

// A block of the system's memory that grows by copying.
class Buffer {
public:
  ~Buffer() { system::release(start, room); }
  // False when there is no memory; the contents stay.
  bool grow(uint64_t bytes);
  char *data() const { return static_cast<char *>(start); }
  uint64_t size() const { return room; }

private:
  void *start = nullptr;
  uint64_t room = 0;
};

// What was asked for of the threads.
struct ThreadPlan {
  uint32_t threads;
  uint32_t numCpus; // 0: threads go where the system puts them.
  uint32_t cpus[LFM2_MAX_THREADS];
  bool hasShares;
  uint32_t shares[LFM2_MAX_THREADS];
};

class Session {
public:
  Session(const Options &options, Output &output, const DeviceCommands *devices)
      : devices(devices), options(options), output(output) {}
  ~Session();

  // Each prints its failure and returns the exit status, 0 when all is well.
  int openModel(); // On a device, or the CPU, which it checks.
  int openCpu();   // That alone.
  int listDevices();
  int openWeights(); // Behind the executable, or in a file of its own.
  int planThreads();
  int checkContext(uint64_t tokens); // The program may have fewer.
  // `turns`: most contexts that its threads read at once.
  int openContext(uint64_t tokens, uint64_t threads, uint32_t turns = 0);

  static const lfm2_program &program();
  bool readsTexts() const { return isBidirectional(program()); }

  // What was asked for, or what is usual.
  uint64_t contextTokens() const;
  uint64_t threads() const { return plan.threads; }
  // Values of the command line, with this temperature, and the model's.
  int readSampling(); // Texts and biases of the command line.
  lfm2rt_sampling sampling(const Number &temperature) const;
  void applySampling();

  // Reads these tokens; `areAll`: in place of all that the context has read, as
  // far as it is not the same.
  lfm2rt_status readTokens(const int32_t *ids, uint32_t count, bool areAll,
                           lfm2rt_error &error);

  // Tokens of the text or ids that were asked for, in `prompt`.
  int readPrompt(Prompt &prompt);
  // The text that was asked for.
  int readText(Text &text);
  int readTools(); // Of --tools.
  // The whole of a file, or of standard input when `path` is nullptr.
  int readFile(const char *path, Buffer &to, uint64_t &bytes);

  // Whether no more tokens can be read.
  bool isFull() const {
    return lfm2rt_position(context) == lfm2rt_capacity(context);
  }

  // Each says what is wrong and returns the exit status.
  int noMemory(uint64_t bytes);
  int noRoom();
  // ", or raise --context", where that is possible, in the end of a message.
  void advise(Line &line) const;
  // A path after `option` that no file can have.
  int longPath(const char *option);
  int cannotWrite(const char *what, const char *path, int64_t error);
  // Text of the file, or of standard input when `path` is nullptr.
  int cannotRead(const char *path, int64_t error);

  lfm2rt_model model = {};
  lfm2rt_weights weights = {};
  lfm2rt_context *context = nullptr;
  uint64_t contextBytes = 0;
  Buffer deviceMemory;           // Of the device that the model is open on.
  const DeviceCommands *devices; // nullptr where the program has none.
  const Options &options;
  Output &output;
  // Of the command line, as many as `options` has.
  lfm2rt_text stops[Texts::most], breakers[Texts::most];
  lfm2rt_bias biases[Texts::most];
  uint64_t filesHash = 0; // Of those that say how to answer.
  Text tools = {"", 0};   // A list in JSON; without bytes where there is none.
  File trace;             // Of --profile=FILE, made before the first step.

private:
  bool needsSteps() const; // Of the model.
  int noDevices();

  Buffer text, work, profile, toolsText, lookup;
  ThreadPlan plan = {};
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_SESSION_H
