// What the command line needs of the operating system beyond the platform
// layer. Functions that can fail return -errno on failure.
#ifndef LFM2RT_CLI_SYSTEM_H
#define LFM2RT_CLI_SYSTEM_H

#include "runtime/platform/Platform.h"

namespace lfm2rt::system {

// Failures that somebody looks at.
constexpr int64_t interrupted = -4, outOfMemory = -12;

// 0 at the end of the file; `interrupted` when a signal came first.
int64_t readSome(int64_t file, void *to, uint64_t bytes);
// All of it, however many calls that takes.
int64_t writeAll(int64_t file, const void *from, uint64_t bytes);
// Truncates a file that is there.
int64_t create(const char *path);
// What is written goes to the end of a file that is there. `isPrivate`: nobody
// else may read one that is not.
int64_t openToAppend(const char *path, bool isPrivate = false);
// Makes a file that is open for writing so long.
int64_t cut(int64_t file, uint64_t bytes);
// Whether reading from it would not wait for longer.
bool isReady(int64_t file, int32_t milliseconds = 0);
// Whether there is something that is no ordinary file: a device, a pipe.
bool isSpecial(const char *path);
// Bytes of a path up to the name in it.
size_t folderBytes(const char *path);
// Whether both lead to one file, or would once they are written.
bool isSameFile(const char *a, const char *b);
int64_t rename(const char *from, const char *to);
void remove(const char *path);

// Pages of zeros; nullptr when there are none. Untouched ones cost nothing.
void *allocate(uint64_t bytes);
void release(void *memory, uint64_t bytes);

using platform::cores;
using platform::nanoseconds;
using platform::process;
int64_t secondsSince1970(); // UTC.
// Numbers of the CPUs that this thread may run on, ascending, as far as there
// is room. Returns how many.
uint32_t allowedCpus(uint32_t *cpus, uint32_t capacity);
// This thread, and those that it starts, then run on these CPUs alone.
int64_t runOn(const uint32_t *cpus, uint32_t count);
// How fast a CPU is, the fastest being 1024; 0 where the system does not say.
uint32_t capacityOf(uint32_t cpu);
// How many cores' worth of time this process may use; 0 where nothing says.
uint64_t quotaCores();
// That this process could still have; UINT64_MAX where nothing says.
uint64_t availableMemory();
uint64_t peakMemory(); // Most bytes that were resident.
uint32_t randomSeed();
bool isTerminal(int64_t file);
// Whether it is one that knows more than lines.
bool isScreen(int64_t file);
// Columns and rows of the terminal that standard output is; 0 where it does not
// say.
struct TerminalSize {
  uint16_t rows, columns;
  bool operator==(TerminalSize other) const {
    return rows == other.rows && columns == other.columns;
  }
};
TerminalSize terminalSize();
// From now on each key of the terminal comes as it is typed, and none of them
// is shown or ends anything. False where that cannot be.
bool beginKeys();
// As it was before, also where the process ends by a signal: `farewell`, which
// stays the caller's, is written then, too.
void endKeys();
void setFarewell(const char *farewell);
// Stops this process, as Ctrl-Z does, until somebody continues it.
void suspend();
// Of the environment; nullptr where it is not set. It stands behind `argv`.
void setEnvironment(char **argv);
const char *variable(const char *name);
// Not terminated if longer; returns the length.
int64_t executablePath(char *to, uint64_t bytes);

// Writing to a closed pipe, or beyond the largest file that is allowed, then
// fails instead of ending the process.
void failWhereWritingEnds();
using Handler = void (*)(int signal);
// What ends the process (Ctrl-C, Ctrl-\, its terminal gone, kill) calls this
// before; signals that the process was started to ignore stay ignored.
void onEnd(Handler handler);
// From that handler: ends the process as the signal would have.
void endBy(int signal);
// Calls that wait return early when Ctrl-C comes. Returns the handler before,
// to be put back.
Handler onInterrupt(Handler handler);

// "No such file or directory" for -2.
const char *errorText(int64_t error);

} // namespace lfm2rt::system

#endif // LFM2RT_CLI_SYSTEM_H
