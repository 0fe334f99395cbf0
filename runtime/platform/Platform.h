// What the runtime asks of an operating system. One folder implements it with
// system calls alone, another over a C library.
//
// Functions that can fail return 0 or more on success and -errno on failure.
#ifndef LFM2RT_PLATFORM_PLATFORM_H
#define LFM2RT_PLATFORM_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

namespace lfm2rt::platform {

// A thread that runs function(argument) once.
struct Thread {
  void (*function)(void *argument);
  void *argument;
  uint64_t handle;
  uint32_t alive; // The kernel clears it when the thread has ended.
};

// `thread` and the stack (a multiple of 4096) stay put until joined.
int64_t startThread(Thread &thread, void *stack, uint64_t stackBytes);
void joinThread(Thread &thread);

// Sleeps while *word == value; may also return for no reason.
void waitWhile(const uint32_t *word, uint32_t value);
void wakeAll(const uint32_t *word);
// Gives the core to another thread that waits for it.
void yield();
uint32_t cores(); // That this process may run on, 1 or more.
// The number of this process, which fork() changes; 0 where there are none.
uint32_t process();

// What the system says of this machine at the start of a process, in Linux's
// words: the entry `kind` of the auxiliary vector, such as AT_HWCAP; 0 if
// nothing.
uint64_t atStart(uint64_t kind);
// Asks to use registers that the system saves only for processes that ask, on
// all threads; `component` is their number in the CPU's XSAVE. Nothing to ask:
// 0.
int64_t useRegisters(uint32_t component);

uint64_t nanoseconds(); // Of a clock that never jumps.

// Maps bytes [offset, offset + bytes) of an open file for reading, shared with
// the page cache; offset is a multiple of 65536.
int64_t openForReading(const char *path);
int64_t fileBytes(int64_t file);
int64_t readAt(int64_t file, void *to, uint64_t bytes, uint64_t offset);
int64_t mapFile(int64_t file, uint64_t offset, uint64_t bytes, void **mapping);
void closeFile(int64_t file);
void unmap(void *mapping, uint64_t bytes);

} // namespace lfm2rt::platform

#endif // LFM2RT_PLATFORM_PLATFORM_H
