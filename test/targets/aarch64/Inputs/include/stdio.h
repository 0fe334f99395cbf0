// What dot4_exact.c needs of a C library; see ../start.c.
int printf(const char *format, ...);
