// Where the kernel starts the process: nothing is set up but the stack, with
// argc and argv on it. The executable is static and not relocated.
#include "runtime/cli/Main.h"
#include "runtime/platform/linux/Syscall.h"

extern "C" [[noreturn]] __attribute__((visibility("hidden"))) void
lfm2rt_start(long *stack) {
  int status =
      lfm2rt::commandLine(int(stack[0]), reinterpret_cast<char **>(stack + 1));
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
#endif
