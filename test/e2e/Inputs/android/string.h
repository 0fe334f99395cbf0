/* What the sample for Android uses of bionic's. */
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t bytes);
