// Threads by clone, on stacks of the caller's. They share everything but their
// stack; there is no thread-local storage.
#include "runtime/platform/Platform.h"
#include "runtime/platform/linux/Syscall.h"
#include "runtime/src/Support.h"

namespace lfm2rt::platform {

// clone(flags, stack, 0, alive, 0), in the order of the architecture. The child
// finds its function and argument as the first two words of its stack.
extern "C" long lfm2rt_clone(unsigned long flags, void *stack, uint32_t *alive);
#if defined(__x86_64__)
__asm__(".pushsection .text.lfm2rt_clone,\"ax\",@progbits\n"
        ".hidden lfm2rt_clone\n"
        ".globl lfm2rt_clone\n"
        ".type lfm2rt_clone,@function\n"
        "lfm2rt_clone:\n"
        "  mov %rdx, %r10\n"
        "  xor %edx, %edx\n"
        "  xor %r8d, %r8d\n"
        "  mov $56, %eax\n"
        "  syscall\n"
        "  test %rax, %rax\n"
        "  jnz 1f\n"
        "  xor %ebp, %ebp\n"
        "  pop %rax\n"
        "  pop %rdi\n"
        "  call *%rax\n"
        "  xor %edi, %edi\n"
        "  mov $60, %eax\n"
        "  syscall\n"
        "1: ret\n"
        ".size lfm2rt_clone, .-lfm2rt_clone\n"
        ".popsection\n");
#elif defined(__aarch64__)
__asm__(".pushsection .text.lfm2rt_clone,\"ax\",@progbits\n"
        ".hidden lfm2rt_clone\n"
        ".globl lfm2rt_clone\n"
        ".type lfm2rt_clone,@function\n"
        "lfm2rt_clone:\n"
        "  mov x4, x2\n"
        "  mov x2, xzr\n"
        "  mov x3, xzr\n"
        "  mov x8, #220\n"
        "  svc #0\n"
        "  cbnz x0, 1f\n"
        "  mov x29, xzr\n"
        "  mov x30, xzr\n"
        "  ldp x1, x0, [sp], #16\n"
        "  blr x1\n"
        "  mov x0, xzr\n"
        "  mov x8, #93\n"
        "  svc #0\n"
        "1: ret\n"
        ".size lfm2rt_clone, .-lfm2rt_clone\n"
        ".popsection\n");
#elif defined(__hexagon__)
__asm__(".pushsection .text.lfm2rt_clone,\"ax\",@progbits\n"
        ".hidden lfm2rt_clone\n"
        ".globl lfm2rt_clone\n"
        ".type lfm2rt_clone,@function\n"
        ".p2align 4\n"
        "lfm2rt_clone:\n"
        "  { r3 = r2\n"
        "    r2 = #0\n"
        "    r4 = #0\n"
        "    r6 = #220 }\n"
        "  trap0(#1)\n"
        "  { p0 = cmp.eq(r0, #0)\n"
        "    if (!p0.new) jumpr:nt r31 }\n"
        "  { r3:2 = memd(r29 + #0)\n"
        "    r30 = #0 }\n"
        "  { r0 = r3\n"
        "    callr r2 }\n"
        "  { r0 = #0\n"
        "    r6 = #93 }\n"
        "  trap0(#1)\n"
        ".size lfm2rt_clone, .-lfm2rt_clone\n"
        ".popsection\n");
#endif

namespace {
// VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, and CHILD_CLEARTID for joining.
constexpr unsigned long cloneFlags = 0x50f00 | 0x200000;
constexpr long futexWait = 0;
} // namespace

int64_t startThread(Thread &thread, void *stack, uint64_t stackBytes) {
  auto **top =
      reinterpret_cast<void **>(static_cast<char *>(stack) + stackBytes);
  top[-1] = thread.argument;
  top[-2] = reinterpret_cast<void *>(thread.function);
  thread.alive = 1;
  long result = lfm2rt_clone(cloneFlags, top - 2, &thread.alive);
  return result < 0 ? result : 0;
}

void joinThread(Thread &thread) {
  // The kernel wakes this word as one that processes may share.
  while (uint32_t alive = load(&thread.alive))
    systemCall(SysFutex, pointer(&thread.alive), futexWait, long(alive), 0);
}

} // namespace lfm2rt::platform
