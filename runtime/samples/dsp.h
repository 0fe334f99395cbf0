/* dsp.h - the entries of dsp.c: plain C, shapes and buffers in memory that the
 * caller shares. What a remote call unpacks fits them as it is. */
#ifndef LFM2RT_SAMPLES_DSP_H
#define LFM2RT_SAMPLES_DSP_H

#include "lfm2rt/lfm2rt.h"

#define DSP_ENTRY __attribute__((visibility("default")))

/* Bytes of memory that dsp_open() needs for a conversation of `tokens` tokens
 * on `threads` threads; 0 when the model allows no such. */
DSP_ENTRY uint64_t dsp_memory(uint32_t tokens, uint32_t threads);
/* Floats of one row of logits. */
DSP_ENTRY uint32_t dsp_vocabulary(void);

/* Bytes of memory next to the cores (VTCM) that so many threads stage weights
 * in; 0 where the code stages none. */
DSP_ENTRY uint64_t dsp_near(uint32_t threads);
/* Lends such memory, at a multiple of 128, from now on until after dsp_close();
 * NULL takes it back. To be called before dsp_memory(), of which it is a part
 * where none is lent. */
DSP_ENTRY void dsp_lend_near(void *memory, uint64_t bytes);

/* `archive` is the file OUT.weights as it is, at a multiple of 64; `memory` is
 * at a multiple of 4096. Both stay the caller's until dsp_close(). `parallel`
 * runs a task on all threads at the same time; NULL with one thread. 0, or a
 * status. */
DSP_ENTRY int dsp_open(const void *archive, uint64_t archive_bytes,
                       void *memory, uint64_t memory_bytes, uint32_t tokens,
                       uint32_t threads, lfm2rt_parallel_fn parallel,
                       void *user);
/* Reads tokens. `logits` is NULL or receives the row after the last of them. */
DSP_ENTRY int dsp_read(const int32_t *tokens, uint32_t count, float *logits,
                       uint32_t capacity);
/* Draws the next token after those that were read. It is not read yet. */
DSP_ENTRY int dsp_next(int32_t *token);
/* Forgets what was read. */
DSP_ENTRY int dsp_reset(void);
DSP_ENTRY int dsp_close(void);
/* Why the last call failed, terminated. */
DSP_ENTRY const char *dsp_message(void);

#endif // LFM2RT_SAMPLES_DSP_H
