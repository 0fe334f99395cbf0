/* lfm2rt.h - runs a model compiled by lfm2-compile.
 *
 * Three objects. A model is a program made for this machine: code, immutable.
 * Its weights are an opened archive: read only, shared by any number of
 * contexts. A context is one conversation: its state, its threads, its sampler;
 * or, of a bidirectional model, what reads texts as a whole, many at a time.
 *
 * Threads: models and weights are shared freely; a context belongs to one
 * thread at a time, except lfm2rt_cancel(). Sizes are in bytes, counts in
 * tokens. Text is bytes, UTF-8 where it is text at all. The caller gives the
 * memory of every object; nothing allocates after a context is made; nothing
 * prints or exits.
 *
 * C99 on <stddef.h> and <stdint.h> alone. */
#ifndef LFM2RT_LFM2RT_H
#define LFM2RT_LFM2RT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LFM2RT_API __attribute__((visibility("default")))
#else
#define LFM2RT_API
#endif

/* Outcome of a call. Values are never renumbered; new ones are appended. */
typedef enum lfm2rt_status {
  LFM2RT_OK = 0,
  LFM2RT_INVALID_ARGUMENT = 1, /* The same call would fail again. */
  LFM2RT_NO_MEMORY = 2,        /* `needed` of the error says how many bytes. */
  LFM2RT_CONTEXT_FULL = 3,     /* The context is valid, the prompt was not read;
                                  `needed` is the context, in tokens, to have. */
  LFM2RT_CANCELLED = 4,        /* The context stands at the last whole token. */
  LFM2RT_UNSUPPORTED_CPU = 5,  /* No variant of the program runs here. */
  LFM2RT_BAD_WEIGHTS = 6,      /* Cut short, damaged, or of another model. */
  LFM2RT_SYSTEM = 7,           /* The system refused; `needed` is its errno. */
  LFM2RT_NO_TOKENIZER = 8,     /* The model was compiled without one. */
  LFM2RT_NOT_FINITE = 9,       /* Logits are no finite numbers: no token can be
                                  drawn. The weights are damaged. */
  LFM2RT_NO_DEVICE = 10,       /* None that runs the program, or none of that name. */
  LFM2RT_DEVICE_LOST = 11,     /* It stopped answering; so do all calls that need
                                  it. Close the model, and open it anew. */
} lfm2rt_status;

/* Why a call failed; filled on failure only. The caller owns it, so failing
 * never allocates. May be NULL wherever a function takes one. */
typedef struct lfm2rt_error {
  lfm2rt_status status;
  uint64_t needed;
  char message[496]; /* One line: what was expected, found, and what to do. */
} lfm2rt_error;

/* --- Model ---------------------------------------------------------------- */

struct lfm2_program; /* `<prefix>_program` in the library that was compiled. */

/* To be treated as opaque; the caller decides where it lies. There it stays as
 * long as weights of it are open. */
typedef struct lfm2rt_model {
  const struct lfm2_program *program;
  const void *variant;
  void *device; /* That runs it; NULL: this CPU. */
  uint64_t reserved[5];
} lfm2rt_model;

/* Picks the first variant of `program` that this CPU and its operating system
 * can run. LFM2RT_UNSUPPORTED_CPU names what is missing. Registers that Linux
 * gives on request only (the tiles of AMX) are requested here for the process,
 * if the variant needs them. */
LFM2RT_API lfm2rt_status lfm2rt_model_open(lfm2rt_model *model, const struct lfm2_program *program,
                                           lfm2rt_error *error);

/* --- Devices --- */

/* A device that this process can see, such as a GPU. */
typedef struct lfm2rt_device_info {
  char name[256];
  const char *kind;    /* "discrete", "integrated", "virtual", "CPU" or "other". */
  const char *variant; /* Of the program, the one that it would run; or NULL. */
  uint64_t memory;     /* Bytes that it has, on unified memory those of the host. */
  char lacks[224];     /* What it would need to run a variant; "" where it can. */
} lfm2rt_device_info;

/* Writes up to `capacity` of them, those that compute fastest first, and into `count`
 * how many there are. LFM2RT_NO_DEVICE: none, or nothing to find them with. */
LFM2RT_API lfm2rt_status lfm2rt_devices(const struct lfm2_program *program,
                                        lfm2rt_device_info *infos, uint32_t capacity,
                                        uint32_t *count, lfm2rt_error *error);

/* Bytes of memory that a device takes of the caller's while a model is open on it; 0
 * where the program has no variant for devices. */
LFM2RT_API uint64_t lfm2rt_device_size(const struct lfm2_program *program);

/* Opens the model on a device, such as a GPU, and picks the first variant of
 * `program` that it can run. `device` is "gpu", the best there is; "gpu:1", the
 * second of lfm2rt_devices(); or a part of a name there. `memory` (a multiple of 64,
 * lfm2rt_device_size() long) stays the caller's until lfm2rt_model_close().
 * LFM2RT_NO_DEVICE says what is missing. Weights are copied to the device when they
 * are opened, and contexts have their state there; all calls work as on a CPU.
 * Contexts of one model share the device, and may use it at the same time. */
LFM2RT_API lfm2rt_status lfm2rt_model_open_device(lfm2rt_model *model,
                                                  const struct lfm2_program *program,
                                                  const char *device, void *memory, uint64_t bytes,
                                                  lfm2rt_error *error);

/* Gives its device back, where it has one. No weights of it may be open. */
LFM2RT_API void lfm2rt_model_close(lfm2rt_model *model);

/* The name of the device that the model is open on; NULL: it runs on this CPU. */
LFM2RT_API const char *lfm2rt_model_device(const lfm2rt_model *model);

/* The variant picked, as "znver3"; lives as long as the program. */
LFM2RT_API const char *lfm2rt_model_variant(const lfm2rt_model *model);
LFM2RT_API uint32_t lfm2rt_model_vocabulary(const lfm2rt_model *model);
/* Most tokens that a context of this model may have. */
LFM2RT_API uint32_t lfm2rt_model_context_max(const lfm2rt_model *model);
/* Tokens of the largest step; prompts are read in pieces of this size. */
LFM2RT_API uint32_t lfm2rt_model_chunk(const lfm2rt_model *model);
/* Channels of a hidden state, and of a row of the embedding. */
LFM2RT_API uint32_t lfm2rt_model_hidden(const lfm2rt_model *model);

/* What a model gives; any of these. */
enum {
  LFM2RT_GIVES_LOGITS = 1,        /* For each token that is read. */
  LFM2RT_GIVES_HIDDEN = 2,        /* For each token that is read. */
  LFM2RT_GIVES_VECTORS = 4,       /* lfm2rt_embed(): a vector for each text, */
  LFM2RT_GIVES_TOKEN_VECTORS = 8, /* or one for each token of a text. */
  /* Every token sees the whole text: texts are read whole, not continued. */
  LFM2RT_IS_BIDIRECTIONAL = 256,
};
LFM2RT_API uint32_t lfm2rt_model_gives(const lfm2rt_model *model);
/* Elements of a vector of lfm2rt_embed(); 0 where the model gives none. */
LFM2RT_API uint32_t lfm2rt_model_vector(const lfm2rt_model *model);

/* --- Weights -------------------------------------------------------------- */

/* As lfm2rt_model; it stays where it lies as long as contexts of it live. */
typedef struct lfm2rt_weights {
  const lfm2rt_model *model;
  const uint8_t *section[8]; /* Indexed by LFM2_SECTION_*. */
  uint64_t bytes[8];
  void *mapping; /* Of lfm2rt_weights_open_file; NULL otherwise. */
  uint64_t mapping_bytes;
  uint64_t tokenizer[32];
  const void *footer;   /* Behind the sections. */
  uint64_t before;      /* Bytes in front of them that are there. */
  uint64_t uploaded[2]; /* Where a device has them. */
} lfm2rt_weights;

/* Opens the archive that ends at the last of `bytes` bytes: a whole file, or
 * its tail from the archive's start. `data` is a multiple of 64, stays the
 * caller's, and must live as long as `weights`. Reads no weights: what it checks
 * takes the same time for any model. lfm2rt_verify() checks the rest. */
LFM2RT_API lfm2rt_status lfm2rt_weights_open_memory(lfm2rt_weights *weights,
                                                    const lfm2rt_model *model, const void *data,
                                                    uint64_t bytes, lfm2rt_error *error);

/* The same out of a file, which is mapped, not read: OUT.weights, or an
 * executable with its archive behind it. */
LFM2RT_API lfm2rt_status lfm2rt_weights_open_file(lfm2rt_weights *weights,
                                                  const lfm2rt_model *model, const char *path,
                                                  lfm2rt_error *error);

/* Reads all that was opened, and compares it with the hashes that the compiler
 * wrote: weights, tokenizer, description, and the program where it stands in
 * front of them in the same file. On one thread, as fast as memory or disk can
 * be read. LFM2RT_BAD_WEIGHTS names the bytes that are damaged. */
LFM2RT_API lfm2rt_status lfm2rt_verify(const lfm2rt_weights *weights, lfm2rt_error *error);

/* Unmaps. No context of these weights may be alive. */
LFM2RT_API void lfm2rt_weights_close(lfm2rt_weights *weights);

/* JSON that describes the model; not terminated; lives as long as `weights`. */
LFM2RT_API const char *lfm2rt_weights_info(const lfm2rt_weights *weights, size_t *length);

/* --- Sampling ------------------------------------------------------------- */

/* Bytes of the caller's, not terminated. */
typedef struct lfm2rt_text {
  const char *text;
  size_t length;
} lfm2rt_text;

/* What is added to the logit of a token; -infinity bans it. */
typedef struct lfm2rt_bias {
  int32_t token;
  float bias;
} lfm2rt_bias;

/* Applied in this order: the mask of allowed tokens, biases, penalties for
 * repetition, frequency and presence, DRY, top-n-sigma, top-k, typical-p, top-p,
 * min-p, XTC, temperature, a draw. runtime/README.md defines them. Of the fields
 * from frequency_penalty on 0 is off. */
typedef struct lfm2rt_sampling {
  float temperature;     /* 0 or less: the most likely token. */
  float top_p;           /* 1 or more: off. */
  float min_p;           /* 0 or less: off. */
  float repeat_penalty;  /* 1: off. */
  int32_t top_k;         /* 0 or less: off. */
  int32_t repeat_window; /* Last tokens, the prompt's too; 0: no penalties. */
  uint32_t seed;         /* Equal seeds give equal draws. */
  float frequency_penalty, presence_penalty;
  float top_n_sigma;                    /* Less than 0: off. */
  float typical_p;                      /* 1 or more: off. */
  float xtc_probability, xtc_threshold; /* A threshold above 0.5: off. */
  float dynatemp_range, dynatemp_exponent;
  /* Mirostat 2, with biases, mask and temperature alone; bits a token. */
  float mirostat_tau, mirostat_eta;
  float dry_multiplier, dry_base;         /* A base below 1: off. */
  int32_t dry_allowed_length, dry_window; /* Tokens. */
  uint32_t num_dry_breakers, num_biases;
  const lfm2rt_text *dry_breakers; /* Texts over which no repetition goes. */
  const lfm2rt_bias *biases;       /* Both stay the caller's as long as they are set. */
} lfm2rt_sampling;

/* What the model's makers recommend, with seed 0; without what they say nothing
 * of, whose other values are llama.cpp's. */
LFM2RT_API void lfm2rt_sampling_defaults(const lfm2rt_weights *weights, lfm2rt_sampling *sampling);

/* Called between logits and sampling. Returns one bit a token, bit `id % 32` of
 * word `id / 32` set where the token is allowed, valid until the next call; or
 * NULL when all are. `tokens` are all `count` tokens of the context. At least
 * one token must be allowed. */
typedef const uint32_t *(*lfm2rt_allow_fn)(const int32_t *tokens, uint32_t count, void *user);

/* --- Context -------------------------------------------------------------- */

/* After fork() its threads are in the process that made it: in the other one,
 * calls that read tokens in a context with threads of its own, and more than
 * one, fail with LFM2RT_INVALID_ARGUMENT. All others work, lfm2rt_save() and
 * lfm2rt_context_destroy() too; make a context there. */
typedef struct lfm2rt_context lfm2rt_context;

/* Runs `task(argument, thread)` for thread = 0 ... threads - 1, all at the same
 * time, and returns when all have returned. For applications with a pool. */
typedef void (*lfm2rt_parallel_fn)(void (*task)(void *argument, int32_t thread), void *argument,
                                   int32_t threads, void *user);

/* Called by each thread that a context starts for itself, before any work, with
 * its number, 1 ... threads - 1: to pin it to a core or to name it, say. The
 * caller's thread has number 0; who pins it does so after
 * lfm2rt_context_create(), which counts the cores that it may run on: threads
 * yield early where these are too few. */
typedef void (*lfm2rt_thread_fn)(int32_t thread, void *user);

#define LFM2RT_MOST_TURNS 1024
#define LFM2RT_MOST_MARKS 65536
#define LFM2RT_MOST_DRAFTS 63

typedef struct lfm2rt_context_options {
  uint32_t tokens;             /* Room for so many; rounded up to a multiple of 16. Of a
                       bidirectional model: most tokens that are read at once,
                       of all texts together. */
  uint32_t threads;            /* That compute, the caller's included; 1 ... 64. A
                       device computes on none. */
  uint32_t zeroed;             /* Not 0: the memory is known to hold zeros, so that it need
                       not be cleared (fresh pages of the system, say). */
  uint32_t turns;              /* Most contexts that lfm2rt_eval_turns() reads by the threads
                       of this one, LFM2RT_MOST_TURNS at most; 0: none. */
  uint32_t marks;              /* Positions that lfm2rt_rewind_to() can go back to at once,
                       of lfm2rt_mark_size() bytes or less each; one for 64 tokens
                       is usual. 0: it reads from the start again. */
  uint32_t drafts;             /* Most guesses of a drafter that one step verifies; each
                       takes logits of its own. 0: none. */
  lfm2rt_parallel_fn parallel; /* NULL: the context has threads of its own, which
                   live in its memory and soon sleep between calls; where
                   the system is not Linux, for 0.2 ms at a time. */
  void *parallel_user;
  lfm2rt_thread_fn on_thread; /* May be NULL. */
  void *on_thread_user;
  void *near;          /* Memory next to the cores (a DSP's VTCM), a multiple of 128, in
                 which threads stage weights; NULL: the context's own memory
                 stands for it. It stays the caller's, and nothing is left in
                 it between calls. */
  uint64_t near_bytes; /* lfm2rt_near_size() or more. */
} lfm2rt_context_options;

/* Bytes that such a context takes: convolution state, KV cache, scratch,
 * logits, stacks of its threads. Exact, and constant for the life of the
 * context. 0 when the options are not possible. */
LFM2RT_API uint64_t lfm2rt_context_size(const lfm2rt_model *model,
                                        const lfm2rt_context_options *options);

/* Bytes of its device's memory that weights of the model take, or, with options, one
 * such context, as exactly as lfm2rt_context_size(). 0 on a CPU. */
LFM2RT_API uint64_t lfm2rt_device_bytes(const lfm2rt_model *model,
                                        const lfm2rt_context_options *options);

/* Bytes of near memory that its threads stage weights in; 0 where the model's
 * code stages none. */
LFM2RT_API uint64_t lfm2rt_near_size(const lfm2rt_model *model,
                                     const lfm2rt_context_options *options);

/* Makes a context in `memory` (a multiple of 4096, `bytes` long), which stays
 * the caller's and must outlive it. It stands at position 0 and samples with
 * the recommended values. */
LFM2RT_API lfm2rt_status lfm2rt_context_create(lfm2rt_context **context,
                                               const lfm2rt_weights *weights,
                                               const lfm2rt_context_options *options, void *memory,
                                               uint64_t bytes, lfm2rt_error *error);

/* Ends its threads. The memory is the caller's again. */
LFM2RT_API void lfm2rt_context_destroy(lfm2rt_context *context);

/* Tokens read so far. */
LFM2RT_API uint32_t lfm2rt_position(const lfm2rt_context *context);
/* Tokens there is room for. */
LFM2RT_API uint32_t lfm2rt_capacity(const lfm2rt_context *context);
/* The tokens read so far, [position]; valid until the next call. One that was
 * read as a row in place of a token is below 0, and made of the row's bytes. */
LFM2RT_API const int32_t *lfm2rt_tokens(const lfm2rt_context *context);
/* Forgets everything: position 0. The sampler's random numbers go on. */
LFM2RT_API void lfm2rt_reset(lfm2rt_context *context);

/* Ends the call that reads tokens in `context`, with LFM2RT_CANCELLED: within a
 * step of several tokens, or before its next step. A call that takes its last
 * step may end as if nothing had been said; then, and when none runs, it is the
 * next call that reads tokens which ends so. Any thread, and any signal
 * handler, may call it. */
LFM2RT_API void lfm2rt_cancel(lfm2rt_context *context);

/* Takes effect from the next token on, and seeds the random numbers. */
LFM2RT_API void lfm2rt_set_sampling(lfm2rt_context *context, const lfm2rt_sampling *sampling);
LFM2RT_API void lfm2rt_set_allow(lfm2rt_context *context, lfm2rt_allow_fn allow, void *user);

/* --- Tokens in, logits and tokens out ------------------------------------- */

/* Reads `count` tokens, and before them the one that a generation left to be
 * read, if any. `logits` is NULL, or receives the logits of every one of
 * them, [count, vocabulary]. Those of the last are kept in any case, for
 * lfm2rt_logits() and lfm2rt_sample().
 *
 * A bidirectional model reads one text, whole, into an empty context: call
 * lfm2rt_reset() before the next. The last token's logits are kept only where
 * `logits` is asked for. */
LFM2RT_API lfm2rt_status lfm2rt_eval(lfm2rt_context *context, const int32_t *tokens, uint32_t count,
                                     float *logits, lfm2rt_error *error);

/* The same, but tokens may be given by what the model would take from its
 * embedding: a token of -1 - r stands for row r of `embeddings`, [rows, hidden],
 * which is the caller's and is not needed after the call. Any order and number
 * of both. */
LFM2RT_API lfm2rt_status lfm2rt_eval_embeddings(lfm2rt_context *context, const int32_t *tokens,
                                                uint32_t count, const float *embeddings,
                                                uint32_t rows, float *logits, lfm2rt_error *error);

/* The next tokens of one of several conversations. */
typedef struct lfm2rt_turn {
  lfm2rt_context *context;
  const int32_t *tokens;
  uint32_t count; /* None, where a generation left one to be read. */
  uint32_t read;  /* Set by lfm2rt_eval_turns(): how many were read. */
} lfm2rt_turn;

/* Reads tokens of several contexts in one step, so that all weights are read once
 * for all of them. `by` is the context whose threads and memory do it; it may be
 * one of the turns. A context has one turn at most, is of the same weights, and is
 * in no other call. Before the tokens of a turn the one that a generation left to
 * be read is read, if any.
 *
 * The step has at most `most` tokens, or as many as the program reads at once
 * (0, or lfm2rt_model_chunk()). Turns of one token come first, then the others in
 * order, as far as there is room: so answers go on while a prompt is read in
 * pieces, and `most` says how long they wait for it. Call again with what is
 * left. A turn that is read to its end has logits, for lfm2rt_logits() and
 * lfm2rt_sample(); others have none. What comes out does not depend, to the bit,
 * on who else is in the step.
 *
 * Nothing is read where it fails: LFM2RT_CONTEXT_FULL, LFM2RT_INVALID_ARGUMENT, and
 * LFM2RT_CANCELLED after lfm2rt_cancel(by). Contexts that keep hidden states, and
 * those of bidirectional models, are refused. */
LFM2RT_API lfm2rt_status lfm2rt_eval_turns(lfm2rt_context *by, lfm2rt_turn *turns, uint32_t count,
                                           uint32_t most, lfm2rt_error *error);

/* Makes the context one that has read these tokens, and no others: it keeps those
 * that it has read already, as far as they are the first of `tokens`, goes back to
 * there, and reads the rest, at least the last one, so that there are logits. So a
 * conversation may be given whole, turn after turn, and costs what is new in it.
 * `kept` may be NULL, or receives how many were not read.
 *
 * LFM2RT_CONTEXT_FULL, with `needed` in tokens, and LFM2RT_INVALID_ARGUMENT leave
 * the context as it was. */
LFM2RT_API lfm2rt_status lfm2rt_read(lfm2rt_context *context, const int32_t *tokens, uint32_t count,
                                     uint32_t *kept, lfm2rt_error *error);

/* Forgets the tokens from `position` on, and the one that a generation left to be
 * read. The context goes back to the last mark that it kept by itself (see
 * lfm2rt_context_options.marks) and reads the tokens from there on again, so that
 * what follows has the same bits. Marks stand where
 * calls that read several tokens began, and at most 64 tokens apart; where there
 * are no more to keep, those go that are missed least, so that older ones get
 * rarer. Rows that were read in place of tokens cannot be read again: where some
 * would have to be, LFM2RT_INVALID_ARGUMENT names them. */
LFM2RT_API lfm2rt_status lfm2rt_rewind_to(lfm2rt_context *context, uint32_t position,
                                          lfm2rt_error *error);

/* The position of the last mark that the context kept by itself, at `position` or
 * before; 0 where there is none. Going back there reads nothing again. */
LFM2RT_API uint32_t lfm2rt_marked(const lfm2rt_context *context, uint32_t position);

/* From now on, until it is called with NULL, calls that read tokens write their
 * hidden states after the last norm into `hidden`, [capacity, hidden], which
 * stays the caller's. One that would read more than `capacity` tokens at once
 * fails with LFM2RT_NO_MEMORY and reads nothing; `needed` is in bytes. */
LFM2RT_API lfm2rt_status lfm2rt_keep_hidden(lfm2rt_context *context, float *hidden,
                                            uint32_t capacity, lfm2rt_error *error);

/* The hidden states of the tokens that were read last, [*count, hidden]: of
 * lfm2rt_eval() all, a token that was pending first; of a generation, the last
 * token's. NULL where none are kept, and after lfm2rt_reset(), lfm2rt_rewind()
 * and lfm2rt_restore() until a token is read. */
LFM2RT_API const float *lfm2rt_hidden(const lfm2rt_context *context, uint32_t *count);

/* Logits after the last token, [vocabulary]. NULL where there are none: before
 * any token was read, after lfm2rt_reset(), lfm2rt_rewind() and
 * lfm2rt_restore() until one is, and after LFM2RT_CANCELLED where that came
 * within a prompt. */
LFM2RT_API const float *lfm2rt_logits(const lfm2rt_context *context);

/* Draws a token from these logits. It is not read yet. -1 without any, and where
 * one of them is no finite number. */
LFM2RT_API int32_t lfm2rt_sample(lfm2rt_context *context);
/* Passes by the random numbers of `tokens` tokens that were not drawn, since they
 * must follow: so what is drawn later is what it would be behind drawn ones. */
LFM2RT_API void lfm2rt_pass(lfm2rt_context *context, uint32_t tokens);

/* A token and the natural logarithm of its probability, as the model gives it:
 * before anything of lfm2rt_sampling. */
typedef struct lfm2rt_logprob {
  int32_t token;
  double logprob;
} lfm2rt_logprob;

/* Writes the `best` most probable of these tokens into `out`, [best], the most
 * probable first. Returns how many it wrote: as many as there are tokens at most;
 * 0 without logits, and where one of them is no finite number. Within a
 * lfm2rt_token_fn they are of the place of its token; there are none where it had
 * to follow one that is not read yet. */
LFM2RT_API uint32_t lfm2rt_logprobs(lfm2rt_context *context, uint32_t best, lfm2rt_logprob *out);
/* That of any token; 0 where there is none, or no such token. */
LFM2RT_API double lfm2rt_logprob_of(const lfm2rt_context *context, int32_t token);

/* Divides the work of each step among the threads in proportion to `weights`,
 * [threads], which are not all 0; NULL: equally, as a new context does. For cores
 * of unequal speed. Results stay the same, bit by bit. */
LFM2RT_API lfm2rt_status lfm2rt_set_shares(lfm2rt_context *context, const uint32_t *weights,
                                           lfm2rt_error *error);
/* The share of each thread, in 65536ths, [threads]: in steps of one token, or, if
 * `larger` is not 0, of more. */
LFM2RT_API void lfm2rt_shares(const lfm2rt_context *context, int larger, uint32_t *shares);

/* Called with each new token, also with the one that ends the text. A result
 * other than 0 ends the generation with LFM2RT_OK. Meanwhile the context may be
 * asked for its tokens, those before this one, and be cancelled; nothing else. */
typedef int (*lfm2rt_token_fn)(int32_t token, void *user);

/* Guesses which tokens follow. Writes up to `capacity` ids behind `tokens`, all
 * `count` of the conversation, into `guesses`, the most likely continuation as one
 * sequence, and returns how many. */
typedef uint32_t (*lfm2rt_draft_fn)(const int32_t *tokens, uint32_t count, int32_t *guesses,
                                    uint32_t capacity, void *user);

typedef struct lfm2rt_drafter {
  lfm2rt_draft_fn draft; /* NULL: no drafter. */
  void *user;
} lfm2rt_drafter;

/* From now on generations ask `drafter` (NULL: nobody, as a new context does) for
 * guesses, and read them in the same step as the token before. Each is compared
 * with what is drawn at its place: up to the first other one they are right, and
 * came at the price of one step. What is drawn is what would be without a drafter,
 * to the last random number. How many guesses are asked for follows what was right
 * lately. The context needs lfm2rt_context_options.drafts. */
LFM2RT_API void lfm2rt_set_drafter(lfm2rt_context *context, const lfm2rt_drafter *drafter);

typedef struct lfm2rt_draft_counts {
  uint64_t steps;   /* That verified guesses. */
  uint64_t guessed; /* Tokens in these. */
  uint64_t right;
} lfm2rt_draft_counts;
/* Since the context was made. */
LFM2RT_API void lfm2rt_draft_statistics(const lfm2rt_context *context, lfm2rt_draft_counts *counts);

/* The tokens that must follow, as lfm2rt_draft_fn guesses those that may. */
typedef struct lfm2rt_guide {
  lfm2rt_draft_fn force; /* NULL: no guide. */
  void *user;
} lfm2rt_guide;

/* From now on generations ask `guide` (NULL: nobody) behind each token which ones
 * must follow, and take these without computing what the model thinks of them: they
 * are read together, in one step. Each passes a random number by. What is not
 * forced is a matter of lfm2rt_set_allow(). */
LFM2RT_API void lfm2rt_set_guide(lfm2rt_context *context, const lfm2rt_guide *guide);

enum {
  LFM2RT_IGNORE_STOP = 1,   /* Go on after a token that ends the text. */
  LFM2RT_ADD_BOS = 2,       /* Text: put the token of a start in front, and that of
                               an end behind, where the model's tokenizer does. */
  LFM2RT_PARSE_SPECIAL = 4, /* Text: "<|im_end|>" and the like are tokens. */
  LFM2RT_CHAT = 8,          /* Text: what the user says next in a chat. Implies
                               ADD_BOS at position 0; control tokens in the text
                               are plain text unless PARSE_SPECIAL. */
};

/* Reads `prompt` and generates up to `most` tokens. The last of them is read
 * when the next call begins. `count` may be 0 where there is such a token, or
 * logits. Ends early, with LFM2RT_OK, at a stop token or when the context is
 * full, and with LFM2RT_NOT_FINITE in front of logits that are no numbers. */
LFM2RT_API lfm2rt_status lfm2rt_generate_tokens(lfm2rt_context *context, const int32_t *prompt,
                                                uint32_t count, uint32_t most, uint32_t flags,
                                                lfm2rt_token_fn on_token, void *user,
                                                lfm2rt_error *error);

/* --- Text ----------------------------------------------------------------- */

/* Called with each piece of text: whole UTF-8 characters as far as the model
 * writes such, valid until return. A result other than 0 ends the generation
 * with LFM2RT_OK. */
typedef int (*lfm2rt_text_fn)(const char *text, size_t length, void *user);

/* Bytes of work memory, at a multiple of 8, that a text of `length` bytes needs
 * below; most of them stay untouched. 0 for text that has 2 GiB or more with
 * the model's chat form around it (a third of that if the model normalises), and
 * where there is no tokenizer. */
LFM2RT_API uint64_t lfm2rt_text_work_size(const lfm2rt_weights *weights, size_t length);

/* Writes the ids of `text` into `ids` and their number into `count`: at most
 * length + 2, or 3 * length + 2 for a model that normalises texts to form C.
 * LFM2RT_NO_MEMORY when `capacity` ids or `work_bytes` are too few. Text that
 * is not UTF-8 is taken byte by byte. */
LFM2RT_API lfm2rt_status lfm2rt_tokenize(const lfm2rt_weights *weights, const char *text,
                                         size_t length, uint32_t flags, int32_t *ids,
                                         uint64_t capacity, uint64_t *count, void *work,
                                         uint64_t work_bytes, lfm2rt_error *error);

/* The bytes of a token, not terminated, maybe a part of a character; a length
 * of 0 for ids that stand for no text. Lives as long as `weights`. */
LFM2RT_API const char *lfm2rt_token_text(const lfm2rt_weights *weights, int32_t token,
                                         size_t *length);
/* Not 0 for tokens that steer and are not shown, such as <|im_start|>. */
LFM2RT_API int lfm2rt_token_is_control(const lfm2rt_weights *weights, int32_t token);
/* Not 0 for tokens that end a text. */
LFM2RT_API int lfm2rt_token_is_stop(const lfm2rt_weights *weights, int32_t token);

/* Texts that end what lfm2rt_generate_text() generates: it returns where one has
 * been written, over whatever tokens, and shows nothing of it. What may be the
 * beginning of one is shown only when it is known not to be. They stay the
 * caller's until the next call of this; those without bytes stop nothing. The
 * context then stands as it does after any token: what comes next has the stop
 * text, and all of the last token, in front of it; lfm2rt_rewind() goes back. */
LFM2RT_API void lfm2rt_set_stops(lfm2rt_context *context, const lfm2rt_text *texts, uint32_t count);
/* Which of them ended the last lfm2rt_generate_text(), from 0; -1: none. */
LFM2RT_API int32_t lfm2rt_stopped_by(const lfm2rt_context *context);

/* lfm2rt_generate_tokens for text. `work` is lfm2rt_text_work_size(length). With
 * LFM2RT_CHAT the text starts with what the model's form opens an answer with,
 * such as <think>. */
LFM2RT_API lfm2rt_status lfm2rt_generate_text(lfm2rt_context *context, const char *text,
                                              size_t length, uint32_t most, uint32_t flags,
                                              lfm2rt_text_fn on_text, void *user, void *work,
                                              uint64_t work_bytes, lfm2rt_error *error);

/* --- Vectors of texts ----------------------------------------------------- */

enum {
  /* Vectors as the model gives them; otherwise each has length 1. */
  LFM2RT_NOT_NORMALIZED = 16,
  LFM2RT_NORMALIZED = 32, /* Also where the model's makers do not. */
  /* Of a model with a vector for each token: the text is a query, of which no
   * token is left out; of a document, punctuation is. */
  LFM2RT_IS_QUERY = 64,
  LFM2RT_TRUNCATE = 128, /* What is too long for a text is cut off. */
};

/* Most tokens of a text of this context: as many as it reads at once, or fewer
 * where the model was made for fewer. */
LFM2RT_API uint32_t lfm2rt_embed_limit(const lfm2rt_context *context);

/* The name of a prompt, which a model's makers want in front of some texts, as
 * "query" or "document"; not terminated. NULL from the number on of which there
 * is none. */
LFM2RT_API const char *lfm2rt_prompt_name(const lfm2rt_weights *weights, uint32_t number,
                                          size_t *length);

/* Writes the ids of a text that lfm2rt_embed() is to read: the token of a start
 * where the model has one, the prompt of the name `prompt`, `text`, and the token
 * of an end where the model has one. "": no prompt; NULL: the one that the model's
 * makers put where none is named, if any. Text that spells a special token is that
 * token, as in other programs. `work` is lfm2rt_embed_work_size(weights, length).
 * Fails as lfm2rt_tokenize() does. */
LFM2RT_API lfm2rt_status lfm2rt_embed_tokens(const lfm2rt_weights *weights, const char *prompt,
                                             const char *text, size_t length, int32_t *ids,
                                             uint64_t capacity, uint64_t *count, void *work,
                                             uint64_t work_bytes, lfm2rt_error *error);
/* Bytes, at a multiple of 8; 0 where lfm2rt_text_work_size() is. With any prompt,
 * a text has at most lfm2rt_embed_most_tokens() ids. */
LFM2RT_API uint64_t lfm2rt_embed_work_size(const lfm2rt_weights *weights, size_t length);
LFM2RT_API uint64_t lfm2rt_embed_most_tokens(const lfm2rt_weights *weights, size_t length);

typedef struct lfm2rt_ids {
  const int32_t *tokens;
  uint32_t count; /* One or more. */
  uint32_t rows;  /* Set by lfm2rt_embed(): vectors of this text. */
} lfm2rt_ids;

/* Bytes of the vectors of these texts, before what lfm2rt_embed() leaves out. */
LFM2RT_API uint64_t lfm2rt_embed_size(const lfm2rt_context *context, const lfm2rt_ids *texts,
                                      uint32_t count);

/* Writes the vectors of `count` texts into `vectors`, one text's behind the
 * other's in the order of `texts`: one for each, or, where the model gives a
 * vector for each token, as many as `rows` then says. `vectors` is
 * lfm2rt_embed_size() long. As many texts as fit are read in one step; results
 * do not depend on it. What the context had read is forgotten.
 *
 * A text longer than lfm2rt_embed_limit() is refused before anything is read,
 * `needed` being its tokens, unless LFM2RT_TRUNCATE is given; the token of an
 * end then stands behind what is left. After LFM2RT_CANCELLED the vectors of the
 * texts whose `rows` are not 0 are whole; they are the first ones.
 * LFM2RT_NOT_FINITE: a vector is no numbers. */
LFM2RT_API lfm2rt_status lfm2rt_embed(lfm2rt_context *context, lfm2rt_ids *texts, uint32_t count,
                                      uint32_t flags, float *vectors, lfm2rt_error *error);

/* --- State of a conversation ---------------------------------------------- */

/* Marks and saved states carry a version and hashes of all their bytes, XXH64
 * mostly: what is damaged, of another version or of another model is refused
 * with LFM2RT_INVALID_ARGUMENT, and the context stays as it was. A hash takes
 * about as long as the copy. It is no guard against those who mean harm. */

/* A mark is the convolution state at a position: small, and of fixed size. With
 * it a context goes back there, as long as the tokens before the position are
 * still those of then. `memory` is the caller's; no alignment. */
LFM2RT_API uint64_t lfm2rt_mark_size(const lfm2rt_model *model);
LFM2RT_API void lfm2rt_mark(const lfm2rt_context *context, void *memory);
LFM2RT_API lfm2rt_status lfm2rt_rewind(lfm2rt_context *context, const void *mark,
                                       lfm2rt_error *error);

/* The whole state, to be kept anywhere and restored into a context of the same
 * compiled program that has room for its tokens, in this process or another. What
 * is saved after LFM2RT_DEVICE_LOST is refused by lfm2rt_restore(). */
LFM2RT_API uint64_t lfm2rt_save_size(const lfm2rt_context *context);
LFM2RT_API void lfm2rt_save(const lfm2rt_context *context, void *memory);
LFM2RT_API lfm2rt_status lfm2rt_restore(lfm2rt_context *context, const void *saved, uint64_t bytes,
                                        lfm2rt_error *error);

/* Makes `to` stand where `from` stands, by copying; both of the same weights,
 * and `to` with room for its tokens. The sampler's settings and random numbers are
 * copied too, and the marks that `from` kept by itself, as far as `to` has room. */
LFM2RT_API lfm2rt_status lfm2rt_fork(lfm2rt_context *to, const lfm2rt_context *from,
                                     lfm2rt_error *error);

/* --- Profile -------------------------------------------------------------- */

/* Where the time of a context's steps goes: by kind of layer and by phase, which
 * is the work between two barriers of its threads. Off unless it was started;
 * then a barrier costs two readings of a counter more. */

/* Bytes that the sums and one step take. */
LFM2RT_API uint64_t lfm2rt_profile_size(const lfm2rt_context *context);

/* Starts anew. `memory` is the caller's, a multiple of 64, until the profile is
 * stopped or the context destroyed. What is more than lfm2rt_profile_size() keeps
 * the first steps one by one, as many as fit, for lfm2rt_profile_next(). */
LFM2RT_API lfm2rt_status lfm2rt_profile_start(lfm2rt_context *context, void *memory, uint64_t bytes,
                                              lfm2rt_error *error);
/* Sums and steps are gone. */
LFM2RT_API void lfm2rt_profile_stop(lfm2rt_context *context);

/* Sets the shares of the threads (see lfm2rt_set_shares()) to what makes them end
 * together, as measured in the steps since the profile was started or this was
 * called; for steps of one token and for larger ones apart, since generation is
 * bound by memory and reading by arithmetic. Of each thread the best step counts,
 * so that one that was disturbed does not. Differences of less than a tenth are
 * taken for noise: the shares are equal. Some steps of each kind will do; those
 * of which there were none keep their shares. */
LFM2RT_API lfm2rt_status lfm2rt_balance(lfm2rt_context *context, lfm2rt_error *error);

/* All calls of one phase, of layers of one kind, in steps of one size. Texts live
 * as long as the program. */
typedef struct lfm2rt_profile_row {
  const char *layer; /* Kind of layer, as "conv_ffn"; "" outside of layers. */
  const char *phase; /* As "gate_up"; "gate_up input" prepares its input. */
  uint64_t size;     /* Most tokens of such a step: 1 is generation. */
  uint64_t calls;
  uint64_t tokens;           /* Of the steps, summed over the calls. */
  uint64_t nanoseconds;      /* From when all threads were done with what is before
                           to when all were done with this. */
  uint64_t busy_nanoseconds; /* Of all threads together, without waiting. */
  uint64_t bytes;            /* Of weights and cache that had to be read, each once a step. */
  uint64_t macs;             /* Multiply-adds. */
} lfm2rt_profile_row;

/* Writes up to `capacity` rows, in order of size and then of execution, of steps
 * that were not cancelled. Returns how many there are; 0 without a profile. */
LFM2RT_API uint32_t lfm2rt_profile_rows(const lfm2rt_context *context, lfm2rt_profile_row *rows,
                                        uint32_t capacity);

/* One thread in one phase of one step. */
typedef struct lfm2rt_profile_event {
  const char *layer, *phase;
  int32_t number; /* Of the layer; -1 outside of layers. */
  int32_t thread;
  int32_t position, count; /* Of the step: its first token, how many. */
  uint64_t step;           /* Number of the step, from 0. */
  uint64_t begin, end;     /* Nanoseconds since the profile was started. */
  uint64_t bytes, macs;    /* Of all threads together. */
} lfm2rt_profile_event;

/* Where a reader of events stands: zeros at the beginning. */
typedef struct lfm2rt_profile_cursor {
  uint64_t offset, step;
  uint32_t thread, place;
  double tick; /* Nanoseconds, the same for all events. */
} lfm2rt_profile_cursor;

/* The events of the steps that were kept: step by step, for each its threads,
 * for each of these in order of time. Returns 0 after the last. */
LFM2RT_API int lfm2rt_profile_next(const lfm2rt_context *context, lfm2rt_profile_cursor *cursor,
                                   lfm2rt_profile_event *event);

#ifdef __cplusplus
}
#endif
#endif /* LFM2RT_LFM2RT_H */
