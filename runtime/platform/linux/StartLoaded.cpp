// Where the system's loader starts the process, with the C library in it:
// drivers of devices need both. The program is linked against their names
// alone; see the DeviceHost of the targets.
#include "runtime/cli/Devices.h"
#include "runtime/cli/Main.h"
#include "runtime/platform/Loader.h"

extern "C" {
void *dlopen(const char *name, int flags);
void *dlsym(void *library, const char *name);

// The C library calls it, on the stack and with the locks that it wants.
__attribute__((visibility("hidden"))) int lfm2rt_main(int argc, char **argv,
                                                      char **) {
  lfm2rt::platform::setLoader(dlopen, dlsym);
  // Then it ends the process, as what drivers have registered runs first.
  return lfm2rt::commandLine(argc, argv, &lfm2rt::deviceCommands);
}
}

// __libc_start_main(main, argc, argv, init, fini, end of the loader, stack):
// there is nothing of ours to initialise or to end.
#if defined(__x86_64__)
__asm__(".pushsection .text._start,\"ax\",@progbits\n"
        ".globl _start\n"
        ".type _start,@function\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rdx, %r9\n"
        "  pop %rsi\n"
        "  mov %rsp, %rdx\n"
        "  and $-16, %rsp\n"
        "  push %rax\n"
        "  push %rsp\n"
        "  xor %r8d, %r8d\n"
        "  xor %ecx, %ecx\n"
        "  lea lfm2rt_main(%rip), %rdi\n"
        "  call *__libc_start_main@GOTPCREL(%rip)\n"
        "  hlt\n"
        ".size _start, .-_start\n"
        ".popsection\n");
#elif defined(__aarch64__)
__asm__(".pushsection .text._start,\"ax\",@progbits\n"
        ".globl _start\n"
        ".type _start,@function\n"
        "_start:\n"
        "  mov x29, xzr\n"
        "  mov x30, xzr\n"
        "  mov x5, x0\n"
        "  ldr x1, [sp]\n"
        "  add x2, sp, #8\n"
        "  mov x6, sp\n"
        "  adrp x0, lfm2rt_main\n"
        "  add x0, x0, :lo12:lfm2rt_main\n"
        "  mov x3, xzr\n"
        "  mov x4, xzr\n"
        "  bl __libc_start_main\n"
        "  brk #0\n"
        ".size _start, .-_start\n"
        ".popsection\n");
#endif
