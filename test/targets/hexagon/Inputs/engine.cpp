// A DMA engine in software, for one thread: what is started is done while it is
// waited for, in two parts.
#include "lfm2rt/abi.h"
#include "test/runtime/Inputs/hexagon/process.h"

extern "C" {
void stages(uint8_t *near, const uint8_t *weights, uint8_t *out,
            const lfm2_step *step);

struct Descriptor {
  uint32_t next, bytes, from, to;
} *volatile engine_next;
static uint32_t lengths[8];
static int copies, waits;

__attribute__((used)) void engine_run() {
  ++waits;
  Descriptor *d = engine_next;
  if (!d)
    return;
  uint32_t n = d->bytes & 0xffffff;
  // Flags above the length ask for things that nobody wants.
  if (d->next || d->bytes >> 24 || reinterpret_cast<uint32_t>(d) % 16) {
    print("a wrong descriptor\n");
    end(1);
  }
  static bool isHalf;
  isHalf = !isHalf;
  uint32_t first = isHalf ? 0 : n / 2, last = isHalf ? n / 2 : n;
  for (uint32_t i = first; i < last; ++i)
    reinterpret_cast<uint8_t *>(d->to)[i] =
        reinterpret_cast<const uint8_t *>(d->from)[i];
  if (isHalf)
    return;
  d->bytes |= 0x80000000;
  engine_next = nullptr;
  lengths[copies++] = n;
}

// In place of an instruction: nothing but the address to return to changes.
__asm__(".globl engine_wait\n"
        "engine_wait:\n"
        "  allocframe(#128)\n"
        "  memd(r29+#0) = r1:0\n"
        "  memd(r29+#8) = r3:2\n"
        "  memd(r29+#16) = r5:4\n"
        "  memd(r29+#24) = r7:6\n"
        "  memd(r29+#32) = r9:8\n"
        "  memd(r29+#40) = r11:10\n"
        "  memd(r29+#48) = r13:12\n"
        "  memd(r29+#56) = r15:14\n"
        "  { memw(r29+#64) = r28\n"
        "    r0 = p3:0 }\n"
        "  { memw(r29+#68) = r0\n"
        "    r0 = lc0 }\n"
        "  { memw(r29+#72) = r0\n"
        "    r0 = sa0 }\n"
        "  memw(r29+#76) = r0\n"
        "  call engine_run\n"
        "  r0 = memw(r29+#76)\n"
        "  { sa0 = r0\n"
        "    r0 = memw(r29+#72) }\n"
        "  { lc0 = r0\n"
        "    r0 = memw(r29+#68) }\n"
        "  { p3:0 = r0\n"
        "    r28 = memw(r29+#64) }\n"
        "  r15:14 = memd(r29+#56)\n"
        "  r13:12 = memd(r29+#48)\n"
        "  r11:10 = memd(r29+#40)\n"
        "  r9:8 = memd(r29+#32)\n"
        "  r7:6 = memd(r29+#24)\n"
        "  r5:4 = memd(r29+#16)\n"
        "  r3:2 = memd(r29+#8)\n"
        "  r1:0 = memd(r29+#0)\n"
        "  dealloc_return\n");

[[noreturn]] void start(long *) {
  uint8_t *weights = pages(4096), *near = pages(4096), *out = pages(4096);
  for (uint32_t i = 0; i < 4096; ++i)
    weights[i] = uint8_t(i * 31 + i / 256 * 7);
  lfm2_step step = {};
  step.barrier = [](const lfm2_step *, int32_t) { return 0; };
  stages(near, weights, out, &step);
  int wrong = 0;
  for (uint32_t i = 0; i < 1000; ++i)
    wrong += out[i] != weights[3 + i];
  for (uint32_t i = 0; i < 77; ++i)
    wrong += out[1000 + i] != weights[1024 + i];
  wrong += near[1000] != 0 || near[1024 + 77] != 0;
  char text[128];
  Message line(text, sizeof(text));
  line << copies << " copies of " << lengths[0] << " and " << lengths[1]
       << " bytes in " << waits << " waits, " << wrong << " wrong\n";
  print(text);
  end(wrong != 0);
}
}
