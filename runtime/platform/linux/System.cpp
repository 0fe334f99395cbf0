// Streams, memory and the end of the process, by system calls.
#include "runtime/cli/System.h"
#include "runtime/cli/CpuQuota.h"
#include "runtime/platform/linux/Syscall.h"
#include "runtime/src/Message.h"
#include "runtime/src/Support.h"

namespace lfm2rt::system {
using namespace platform;

int64_t readSome(int64_t file, void *to, uint64_t bytes) {
  return systemCall(SysRead, long(file), pointer(to), long(bytes));
}

int64_t writeAll(int64_t file, const void *from, uint64_t bytes) {
  auto *at = static_cast<const char *>(from);
  while (bytes > 0) {
    long n = systemCall(SysWrite, long(file), pointer(at), long(bytes));
    if (n == ErrorInterrupted)
      continue;
    if (n < 0)
      return n;
    at += n;
    bytes -= uint64_t(n);
  }
  return 0;
}

int64_t create(const char *path) {
  constexpr long writeOnlyCreateTruncateCloseOnExec =
      01 | 0100 | 01000 | 02000000;
  return systemCall(SysOpenat, AtCwd, pointer(path),
                    writeOnlyCreateTruncateCloseOnExec | LargeFiles, 0666);
}

int64_t openToAppend(const char *path, bool isPrivate) {
  constexpr long writeOnlyCreateAppendCloseOnExec =
      01 | 0100 | 02000 | 02000000;
  return systemCall(SysOpenat, AtCwd, pointer(path),
                    writeOnlyCreateAppendCloseOnExec | LargeFiles,
                    isPrivate ? 0600 : 0666);
}

int64_t cut(int64_t file, uint64_t bytes) { return cutFile(long(file), bytes); }

bool isReady(int64_t file, int32_t milliseconds) {
  struct {
    int32_t file;
    int16_t wanted, found;
  } asked = {int32_t(file), 1, 0};
  long most[2] = {0, milliseconds * 1000000L}; // Seconds, nanoseconds.
  // What cannot be asked does not wait.
  return systemCall(SysPpoll, pointer(&asked), 1, pointer(most)) != 0;
}

static bool find(const char *path, FileStatus &status) {
  return systemCall(SysNewfstatat, AtCwd, pointer(path), pointer(&status)) >= 0;
}

bool isSpecial(const char *path) {
  FileStatus status;
  constexpr uint32_t typeMask = 0170000, regular = 0100000;
  return find(path, status) && (status.mode & typeMask) != regular;
}

size_t folderBytes(const char *path) {
  size_t bytes = 0;
  for (size_t i = 0; path[i]; ++i)
    if (path[i] == '/')
      bytes = i + 1;
  return bytes;
}

static bool findFolder(const char *path, FileStatus &status) {
  char folder[4096];
  Message(folder, sizeof(folder)).write(path, folderBytes(path)) << ".";
  return find(folder, status);
}

bool isSameFile(const char *a, const char *b) {
  FileStatus first, second;
  bool isThere = find(a, first);
  if (isThere != find(b, second))
    return false;
  if (!isThere && (!equal(a + folderBytes(a), b + folderBytes(b)) ||
                   !findFolder(a, first) || !findFolder(b, second)))
    return false;
  return first.fileSystem == second.fileSystem && first.number == second.number;
}

int64_t rename(const char *from, const char *to) {
  return systemCall(SysRenameat, AtCwd, pointer(from), AtCwd, pointer(to));
}

void remove(const char *path) { systemCall(SysUnlinkat, AtCwd, pointer(path)); }

void *allocate(uint64_t bytes) {
  constexpr long readWrite = 3,
                 privateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
  long result = map(bytes, readWrite, privateAnonymousNoReserve, -1, 0);
  return isError(result) ? nullptr : reinterpret_cast<void *>(result);
}

void release(void *memory, uint64_t bytes) {
  systemCall(SysMunmap, pointer(memory), long(bytes));
}

uint32_t allowedCpus(uint32_t *cpus, uint32_t capacity) {
  uint64_t mask[128] = {};
  systemCall(SysSchedGetaffinity, 0, sizeof(mask), pointer(mask));
  uint32_t count = 0;
  for (uint32_t cpu = 0; cpu < sizeof(mask) * 8 && count < capacity; ++cpu)
    if (mask[cpu / 64] >> cpu % 64 & 1)
      cpus[count++] = cpu;
  return count;
}

// The beginning of a file of the kernel's own; 0 bytes where there is none.
static uint64_t readStart(const char *path, char *to, uint64_t room) {
  int64_t file = openForReading(path);
  if (file < 0)
    return 0;
  int64_t bytes = readSome(file, to, room);
  closeFile(file);
  return uint64_t(max(bytes, int64_t(0)));
}

uint32_t capacityOf(uint32_t cpu) {
  char path[64], text[16];
  Message(path, sizeof(path))
      << "/sys/devices/system/cpu/cpu" << cpu << "/cpu_capacity";
  const char *at = text;
  return uint32_t(readDigits(at, text + readStart(path, text, sizeof(text))));
}

uint64_t quotaCores() {
  char text[64];
  return coresOfQuota(text,
                      readStart("/sys/fs/cgroup/cpu.max", text, sizeof(text)));
}

// The number behind `name` and spaces; UINT64_MAX where there is none.
static uint64_t numberBehind(const char *name, const char *text,
                             uint64_t bytes) {
  const char *end = text + bytes;
  size_t n = length(name);
  for (const char *at = text; at + n < end; ++at) {
    if (memcmp(at, name, n) != 0)
      continue;
    at += n;
    while (at < end && *at == ' ')
      ++at;
    const char *digits = at;
    uint64_t number = readDigits(at, end);
    return at == digits ? UINT64_MAX : number;
  }
  return UINT64_MAX;
}

uint64_t availableMemory() {
  char text[512];
  uint64_t bytes = readStart("/proc/meminfo", text, sizeof(text));
  uint64_t available = numberBehind("MemAvailable:", text, bytes);
  if (available != UINT64_MAX)
    available *= 1024;
  // Of a container. "max": there is no limit.
  auto number = [&](const char *path) {
    return numberBehind("", text, readStart(path, text, sizeof(text)));
  };
  uint64_t most = number("/sys/fs/cgroup/memory.max");
  uint64_t used = number("/sys/fs/cgroup/memory.current");
  if (most != UINT64_MAX && used != UINT64_MAX)
    available = min(available, most - min(most, used));
  return available;
}

int64_t runOn(const uint32_t *cpus, uint32_t count) {
  uint64_t mask[128] = {};
  for (uint32_t i = 0; i < count; ++i)
    mask[cpus[i] / 64 % 128] |= uint64_t(1) << cpus[i] % 64;
  return systemCall(SysSchedSetaffinity, 0, sizeof(mask), pointer(mask));
}

int64_t secondsSince1970() {
  constexpr long realTime = 0;
  long time[2] = {};
  systemCall(SysClockGettime, realTime, pointer(time));
  return time[0];
}

uint64_t peakMemory() {
  // struct rusage: two struct timeval, then ru_maxrss in KiB.
  long usage[18] = {};
  systemCall(SysGetrusage, 0, pointer(usage));
  return uint64_t(usage[4]) * 1024;
}

uint32_t randomSeed() {
  uint32_t seed = 0;
  if (systemCall(SysGetrandom, pointer(&seed), sizeof(seed), 0) != sizeof(seed))
    seed = uint32_t(nanoseconds());
  return seed;
}

bool isTerminal(int64_t file) {
  constexpr long getAttributes = 0x5401;
  char attributes[64];
  return systemCall(SysIoctl, long(file), getAttributes, pointer(attributes)) >=
         0;
}

TerminalSize terminalSize() {
  constexpr long getSize = 0x5413;
  uint16_t size[4] = {};
  systemCall(SysIoctl, 1, getSize, pointer(size));
  return {size[0], size[1]};
}

namespace {
// struct termios of the kernel.
struct TerminalMode {
  uint32_t input, output, control, local;
  uint8_t line, keys[19];
};
constexpr long getMode = 0x5401, setMode = 0x5402;
TerminalMode modeBefore;
bool readsKeys = false; // A signal handler looks at it.
const char *farewell = nullptr;

char **environment = nullptr;
} // namespace

bool beginKeys() {
  if (systemCall(SysIoctl, 0, getMode, pointer(&modeBefore)) < 0)
    return false;
  TerminalMode mode = modeBefore;
  // No signal of a break, no parity, no 7 bits, no \n for \r, no Ctrl-S.
  mode.input &= ~uint32_t(02 | 020 | 040 | 0400 | 02000);
  // No signals, no lines, no echo, no Ctrl-V.
  mode.local &= ~uint32_t(01 | 02 | 010 | 0100000);
  constexpr int time = 5, least = 6;
  mode.keys[time] = 0;
  mode.keys[least] = 1;
  store(&readsKeys, true);
  return systemCall(SysIoctl, 0, setMode, pointer(&mode)) >= 0;
}

void setFarewell(const char *text) { store(&farewell, text); }

void endKeys() {
  if (!load(&readsKeys))
    return;
  if (const char *text = load(&farewell))
    writeAll(1, text, length(text));
  systemCall(SysIoctl, 0, setMode, pointer(&modeBefore));
  store(&readsKeys, false);
}

void setEnvironment(char **argv) {
  while (*argv)
    ++argv;
  environment = argv + 1;
}

const char *variable(const char *name) {
  size_t n = length(name);
  for (char **at = environment; *at; ++at)
    if (length(*at) > n && (*at)[n] == '=' && memcmp(*at, name, n) == 0)
      return *at + n + 1;
  return nullptr;
}

bool isScreen(int64_t file) {
  const char *kind = variable("TERM");
  return isTerminal(file) && kind && *kind && !equal(kind, "dumb");
}

int64_t executablePath(char *to, uint64_t bytes) {
  return systemCall(SysReadlinkat, AtCwd, pointer("/proc/self/exe"),
                    pointer(to), long(bytes));
}

namespace {
#if defined(__hexagon__)
// The kernel brings its own way back.
struct SignalAction {
  void (*handler)(int);
  unsigned long flags;
  uint32_t mask[2];
  uint32_t room; // qemu has a way back in it all the same, and writes it.
};
SignalAction actionOf(void (*handler)(int)) { return {handler, 0, {}, 0}; }
#else
struct SignalAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

extern "C" void lfm2rt_signal_return();
SignalAction actionOf(void (*handler)(int)) {
  constexpr unsigned long hasRestorer = 0x04000000;
  return {handler, hasRestorer, lfm2rt_signal_return, 0};
}
#endif
#if defined(__x86_64__)
__asm__(".pushsection .text.lfm2rt_signal_return,\"ax\",@progbits\n"
        ".hidden lfm2rt_signal_return\n"
        ".globl lfm2rt_signal_return\n"
        ".type lfm2rt_signal_return,@function\n"
        "lfm2rt_signal_return:\n"
        "  mov $15, %eax\n"
        "  syscall\n"
        ".size lfm2rt_signal_return, .-lfm2rt_signal_return\n"
        ".popsection\n");
#elif defined(__aarch64__)
__asm__(".pushsection .text.lfm2rt_signal_return,\"ax\",@progbits\n"
        ".hidden lfm2rt_signal_return\n"
        ".globl lfm2rt_signal_return\n"
        ".type lfm2rt_signal_return,@function\n"
        "lfm2rt_signal_return:\n"
        "  mov x8, #139\n"
        "  svc #0\n"
        ".size lfm2rt_signal_return, .-lfm2rt_signal_return\n"
        ".popsection\n");
#endif

constexpr long hangUp = 1, interrupt = 2, quit = 3, brokenPipe = 13,
               terminate = 15, terminalStop = 20, fileSize = 25;
const auto byDefault = reinterpret_cast<Handler>(uintptr_t(0));
const auto ignore = reinterpret_cast<Handler>(uintptr_t(1));

// Returns what was set before.
Handler setAction(long signal, Handler handler) {
  SignalAction action = actionOf(handler), before = {};
  systemCall(SysRtSigaction, signal, pointer(&action), pointer(&before),
             sizeof(action.mask));
  return before.handler;
}
} // namespace

void failWhereWritingEnds() {
  setAction(brokenPipe, ignore);
  setAction(fileSize, ignore);
}

void onEnd(Handler handler) {
  constexpr long signals[] = {hangUp, interrupt, quit, terminate};
  for (long signal : signals)
    if (setAction(signal, handler) == ignore)
      setAction(signal, ignore);
}

void suspend() {
  endKeys();
  systemCall(SysKill, systemCall(SysGetpid), terminalStop);
}

void endBy(int signal) {
  endKeys();
  setAction(signal, byDefault);
  systemCall(SysKill, systemCall(SysGetpid), signal);
}

Handler onInterrupt(Handler handler) { return setAction(interrupt, handler); }

const char *errorText(int64_t error) {
  switch (-error) {
  case 1:
    return "operation not permitted";
  case 2:
    return "no such file or directory";
  case 4:
    return "interrupted";
  case 5:
    return "input/output error";
  case 9:
    return "it is closed";
  case 12:
    return "out of memory";
  case 13:
    return "permission denied";
  case 20:
    return "a part of the path is not a directory";
  case 21:
    return "is a directory";
  case 22:
    return "invalid argument";
  case 24:
    return "too many open files";
  case 27:
    return "file too large";
  case 28:
    return "no space left on the disk";
  case 30:
    return "read-only file system";
  case 32:
    return "nobody reads the pipe any more";
  case 36:
    return "name too long";
  }
  return "the system refused";
}

} // namespace lfm2rt::system
