/* board.h - what answer.c asks of the machine. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>

void board_write(const char *text, size_t length);

#endif
