/* board.h - what answer.c asks of the machine. */
#ifndef LFM2RT_SAMPLES_FREESTANDING_BOARD_H
#define LFM2RT_SAMPLES_FREESTANDING_BOARD_H

#include <stddef.h>

void board_write(const char *text, size_t length);

#endif // LFM2RT_SAMPLES_FREESTANDING_BOARD_H
