// Where the kernel starts the process: nothing is set up but the stack, with
// argc and argv on it. The executable is static and not relocated.
#include "runtime/cli/Main.h"
#include "runtime/platform/Platform.h"
#include "runtime/platform/linux/Syscall.h"

// What follows the environment on the stack: pairs of kind and value, set
// before anything else runs.
static const unsigned long *atStartPairs;

uint64_t lfm2rt::platform::atStart(uint64_t kind) {
  for (const unsigned long *pair = atStartPairs; pair[0]; pair += 2)
    if (pair[0] == kind)
      return pair[1];
  return 0;
}

extern "C" [[noreturn]] __attribute__((visibility("hidden"))) void
lfm2rt_start(long *stack) {
  const long *word = stack + 1 + stack[0] + 1; // The environment.
  while (*word)
    ++word;
  atStartPairs = reinterpret_cast<const unsigned long *>(word + 1);
  int status =
      lfm2rt::commandLine(int(stack[0]), reinterpret_cast<char **>(stack + 1),
                          /*devices=*/nullptr);
  for (;;)
    lfm2rt::platform::systemCall(lfm2rt::platform::SysExitGroup, status);
}

#if defined(__x86_64__)
__asm__(".pushsection .text._start,\"ax\",@progbits\n"
        ".globl _start\n"
        ".type _start,@function\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call lfm2rt_start\n"
        ".size _start, .-_start\n"
        ".popsection\n");
#elif defined(__aarch64__)
__asm__(".pushsection .text._start,\"ax\",@progbits\n"
        ".globl _start\n"
        ".type _start,@function\n"
        "_start:\n"
        "  mov x29, xzr\n"
        "  mov x30, xzr\n"
        "  mov x0, sp\n"
        "  b lfm2rt_start\n"
        ".size _start, .-_start\n"
        ".popsection\n");
#elif defined(__hexagon__)
__asm__(".pushsection .text._start,\"ax\",@progbits\n"
        ".globl _start\n"
        ".type _start,@function\n"
        ".p2align 4\n"
        "_start:\n"
        "  { r0 = r29\n"
        "    r29 = and(r29, #-8)\n"
        "    r30 = #0\n"
        "    r31 = #0 }\n"
        "  jump lfm2rt_start\n"
        ".size _start, .-_start\n"
        ".popsection\n");
#endif
