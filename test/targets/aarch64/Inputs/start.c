// A C library of three functions, so that small programs for AArch64 are made
// without one: _start, memcmp, and printf of %s and %d. Its memset and memcpy
// are for the compiler.
#include <stdarg.h>
#include <stdint.h>

static long call(long number, long a, long b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}

static void put(const char *text, long bytes) {
  call(64, 1, (long)text, bytes);
}

static void putNumber(long value) {
  char digits[24], *at = digits + sizeof digits;
  unsigned long rest = value < 0 ? -(unsigned long)value : (unsigned long)value;
  do
    *--at = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0)
    *--at = '-';
  put(at, digits + sizeof digits - at);
}

int printf(const char *format, ...) {
  va_list args;
  va_start(args, format);
  for (; *format; ++format) {
    if (*format != '%') {
      put(format, 1);
      continue;
    }
    if (*++format == 'd') {
      putNumber(va_arg(args, int));
      continue;
    }
    const char *text = va_arg(args, const char *);
    for (; *text; ++text)
      put(text, 1);
  }
  va_end(args);
  return 0;
}

int memcmp(const void *a, const void *b, unsigned long bytes) {
  const unsigned char *x = a, *y = b;
  for (unsigned long i = 0; i < bytes; ++i)
    if (x[i] != y[i])
      return x[i] - y[i];
  return 0;
}
void *memset(void *to, int value, unsigned long bytes) {
  for (volatile char *t = to; bytes--;)
    *t++ = (char)value;
  return to;
}
void *memcpy(void *to, const void *from, unsigned long bytes) {
  const char *f = from;
  for (volatile char *t = to; bytes--;)
    *t++ = *f++;
  return to;
}

int main(void);
void _start(void) { call(94, main(), 0, 0); }
