// What dot4_exact.c needs of a C library; see ../start.c.
#include <stddef.h>
int memcmp(const void *a, const void *b, size_t bytes);
