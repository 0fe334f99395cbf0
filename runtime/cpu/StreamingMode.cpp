// What generated code calls, by the ABI of the architecture, before it takes
// SME's array ZA for itself while TPIDR2_EL0 is set: a caller has left
// something in the array, and TPIDR2_EL0 points to
//
//   where    address   to be saved; null: it is not wanted
//   rows     u16       from the first one on, of as many bytes as a vector of
//                      the streaming mode
//   -        6 bytes   0, or a later version of the ABI
//
// Weak: a program may bring its own with a compiler's library.
extern "C" {

// Only x14 to x17 may change. Older assemblers do not know the words of SME.
__attribute__((weak, naked)) void __arm_tpidr2_save() {
  __asm__("mrs x14, S3_3_C13_C0_5\n" // TPIDR2_EL0
          "  cbz x14, 2f\n"
          "  ldrh w15, [x14, #10]\n"
          "  ldr w16, [x14, #12]\n"
          "  orr w15, w15, w16\n"
          "  cbnz w15, 3f\n"
          "  ldr x16, [x14]\n"
          "  ldrh w17, [x14, #8]\n"
          "  cbz x16, 2f\n"
          "  mov w15, #0\n"
          "1: cmp w15, w17\n"
          "  b.eq 2f\n"
          "  .inst 0xe1206200\n" // str za[w15, 0], [x16]
          "  .inst 0x04305830\n" // addsvl x16, x16, #1
          "  add w15, w15, #1\n"
          "  b 1b\n"
          "2: ret\n"
          "3: brk #1\n");
}

} // extern "C"
