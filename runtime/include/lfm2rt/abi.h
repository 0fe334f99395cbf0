/* abi.h - what generated code and the runtime agree on.
 *
 * The only header that the compiler and the runtime share. A compiled model is
 * two things: machine code, entered through the functions of `lfm2_program`, and
 * an archive of bytes (weights, tokenizer, description), which the runtime maps.
 * Both carry LFM2_ABI_VERSION and the identity of the build; they must agree.
 *
 * C99 on <stdint.h> alone. Little endian. No field is ever reordered; a change
 * of meaning raises the version. The archive is the same for all machines. The
 * structures of the program follow the machine's pointers, as a C compiler for it
 * lays them out: runtime/src/Layout.cpp says what that is. */
#ifndef LFM2RT_ABI_H
#define LFM2RT_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 8: variants of devices, whose steps are lists of kernels. The version stands where
 * it stood, so that older ones are told by their number. */
#define LFM2_ABI_VERSION 9u

/* --- Program ------------------------------------------------------------- */

struct lfm2_step;

/* Waits until all threads of the step have called it. Returns the same value on
 * every thread: 0, or 1 when the step is to be given up. Generated code then
 * returns from the step at once; `state` is then undefined. */
typedef int32_t (*lfm2_barrier_fn)(const struct lfm2_step *step, int32_t thread);

/* Some tokens of a conversation or a text, behind each other in a step, with a
 * state of their own. */
typedef struct lfm2_run {
  int32_t first;    /* Its first token in the step. */
  int32_t count;    /* Its tokens, one or more. */
  int32_t position; /* Of the first of them. */
  int32_t context;  /* Tokens that its state has room for: a multiple of
                       LFM2_CONTEXT_GRANULE; position + count <= context. */
  int64_t state;    /* Bytes from the step's `state` to this run's. */
} lfm2_run;

/* The fields of a step, in order: X(kind, type, name). POINTER and INDEX (an
 * int32_t) are what generated code reads, by the name, with exec.field; RUNTIME
 * are pointers of which it only knows where they are. Each is aligned to its
 * size. The struct below, the check and the documentation of exec.field and all
 * offsets (step_layout.h) come from this list. It only grows at its end.
 *
 * The runtime owns all memory. `weights`, `state` and `scratch` are multiples of
 * 64, `near` of LFM2_NEAR_ALIGN; the others, of the size of what they point to. */
#define LFM2_STEP_FIELDS(X)                                                    \
  /* Section LFM2_SECTION_WEIGHTS of the archive. */                           \
  X(POINTER, const uint8_t *, weights)                                         \
  /* The conversation, `state_bytes(context)` bytes; where runs are listed,    \
   * what their `state` counts from. */                                        \
  X(POINTER, uint8_t *, state)                                                 \
  /* `scratch_bytes` of the entry. Undefined between steps. */                 \
  X(POINTER, uint8_t *, scratch)                                               \
  /* [count] ids, each below `vocabulary`; or below 0: see embeddings. */      \
  X(POINTER, const int32_t *, tokens)                                          \
  /* Receives [num_logits, vocabulary]; may be NULL where that is 0. */        \
  X(POINTER, float *, logits)                                                  \
  /* Tokens in this step, 1 ... size of the entry. */                          \
  X(INDEX, int32_t, count)                                                     \
  /* Position of the token of a step that lists no runs. */                    \
  X(INDEX, int32_t, position)                                                  \
  /* Tokens that `state` has room for, of a step that lists no runs: a         \
   * multiple of LFM2_CONTEXT_GRANULE above position. */                       \
  X(INDEX, int32_t, context)                                                   \
  /* Tokens that leave logits; where there are none, the head is not run. */   \
  X(INDEX, int32_t, num_logits)                                                \
  /* Threads that enter this step. */                                          \
  X(INDEX, int32_t, threads)                                                   \
  /* Of `near`, for each thread; at least the entry's. */                      \
  X(INDEX, int32_t, near_bytes)                                                \
  X(RUNTIME, lfm2_barrier_fn, barrier)                                         \
  /* The runtime's own. */                                                     \
  X(RUNTIME, void *, user)                                                     \
  /* [threads + 1], from 0 to LFM2_SHARES_ONE, never falling: of n items,      \
   * thread t has those from n * shares[t] / LFM2_SHARES_ONE to                \
   * n * shares[t + 1] / LFM2_SHARES_ONE, rounded down. What comes out does    \
   * not depend on it. */                                                      \
  X(POINTER, const uint32_t *, shares)                                         \
  /* Memory next to the core, where there is some; any memory will do. Thread  \
   * t has near_bytes from t * near_bytes on. A multiple of LFM2_NEAR_ALIGN,   \
   * as near_bytes is. Undefined between steps. */                             \
  X(POINTER, uint8_t *, near)                                                  \
  /* Rows of [hidden]: the token with id < 0 has row -1 - id of them in place  \
   * of a row of the embedding. NULL where no id is below 0. */                \
  X(POINTER, const float *, embeddings)                                        \
  /* Receives [count, hidden], the hidden states after the last norm, if not   \
   * NULL. */                                                                  \
  X(POINTER, float *, hidden)                                                  \
  /* Receives what the model pools or projects, if not NULL: [num_runs,        \
   * vector], or [count, vector] for LFM2_OUTPUT_TOKEN_VECTORS. */             \
  X(POINTER, float *, vectors)                                                 \
  /* [num_runs] the runs of the step, in order and without gaps: texts of a    \
   * bidirectional model, tokens of conversations of a causal one. NULL where  \
   * the entry is of one token of a causal model: its step is as the fields    \
   * above say. */                                                             \
  X(POINTER, const lfm2_run *, runs)                                           \
  X(INDEX, int32_t, num_runs)                                                  \
  /* [count] the number of each token's run, where runs are listed. */         \
  X(POINTER, const int32_t *, token_runs)                                      \
  /* [num_logits] the tokens that leave logits, where runs are listed. */      \
  X(POINTER, const int32_t *, logit_tokens)

/* The arguments of one step, the same for every thread of the step. */
typedef struct lfm2_step {
#define LFM2_STEP_FIELD(kind, type, name) type name;
  LFM2_STEP_FIELDS(LFM2_STEP_FIELD)
#undef LFM2_STEP_FIELD
} lfm2_step;

#define LFM2_SHARES_ONE 65536u /* The shift by 16 that code makes of it. */

/* Every thread of a step calls this, with thread = 0 ... threads - 1. */
typedef void (*lfm2_step_fn)(const lfm2_step *step, int32_t thread);

/* The capacity of a context is a multiple of this many tokens. */
#define LFM2_CONTEXT_GRANULE 16

/* The state of a bidirectional model's context has room for so many times its
 * tokens: each text of a step takes a multiple of LFM2_CONTEXT_GRANULE. With twice
 * the step's tokens, texts of half of that and more fill a step. */
#define LFM2_TEXTS_STATE 2

/* Bytes. No vector of a generated step is longer, so that those of packed
 * weights lie at multiples of their length in near memory. */
#define LFM2_NEAR_ALIGN 128

/* Most threads of a step: scratch has room for what each of them keeps. */
#define LFM2_MAX_THREADS 64

/* What a step of n tokens does between two barriers: it reads weight_bytes, and
 * expert_bytes for each expert that one of its tokens chose, at most `experts` and
 * n * experts_used; cache_bytes for each position in the cache; and takes macs
 * multiply-adds for each token, and cache_macs more for each position that the
 * token attends to. For the profile; nothing is computed by it. */
typedef struct lfm2_stretch {
  const char *layer; /* Kind of layer, "conv_ffn"; "" outside of layers. */
  const char *phase; /* "gate_up", or "gate_up input" for a part of it. */
  uint64_t weight_bytes;
  uint64_t expert_bytes;
  uint64_t macs;
  uint32_t cache_bytes;
  uint32_t cache_macs;
  uint32_t experts;
  uint32_t experts_used;
  uint32_t flags; /* LFM2_STRETCH_* */
  uint32_t reserved;
} lfm2_stretch;

enum {
  LFM2_STRETCH_LOGITS = 1, /* n is the number of tokens that leave logits. */
};

/* Where in a step a stretch is done: after the place before, up to a barrier. */
typedef struct lfm2_place {
  uint16_t stretch; /* Index into lfm2_entry.stretches. */
  int16_t layer;    /* Number of the layer, or -1 outside of layers. */
} lfm2_place;

/* A function of a device. */
typedef struct lfm2_kernel {
  const char *name; /* "decode.conv_ffn.gate_up" */
  const void *code; /* Of LFM2_CODE_VULKAN a module of SPIR-V with the entry
                             point "main", as it is or as packed_kernels.h says. */
  uint32_t code_bytes;
  uint32_t invocations;   /* Of a workgroup: local size x, 1, 1. */
  uint32_t near_bytes;    /* Workgroup memory that it takes. */
  uint32_t num_arguments; /* Words of 64 bits, behind the step's address. */
} lfm2_kernel;

/* `groups` workgroups run a kernel. It gets, as push constants, the 64-bit device
 * address of the step, then `num_arguments` words of the entry's `arguments` from
 * `first_argument` on. */
typedef struct lfm2_dispatch {
  uint32_t kernel; /* Index into lfm2_variant.kernels. */
  uint32_t groups;
  uint32_t first_argument;
  uint32_t reserved;
} lfm2_dispatch;

/* What kernels read as the step: lfm2_step with every pointer a device address and
 * every field of the runtime's 0, as it is laid out for 64-bit pointers. `threads`,
 * `near` and `shares` are not read: a thread is a workgroup, and its near memory is
 * the workgroup's. What its pointers point to is laid out as in lfm2_step. */
typedef struct lfm2_device_step {
#define LFM2_DEVICE_FIELD_POINTER(type, name) uint64_t name;
#define LFM2_DEVICE_FIELD_RUNTIME(type, name) uint64_t name;
#define LFM2_DEVICE_FIELD_INDEX(type, name) int32_t name;
#define LFM2_DEVICE_FIELD(kind, type, name) LFM2_DEVICE_FIELD_##kind(type, name)
  LFM2_STEP_FIELDS(LFM2_DEVICE_FIELD)
#undef LFM2_DEVICE_FIELD
#undef LFM2_DEVICE_FIELD_POINTER
#undef LFM2_DEVICE_FIELD_RUNTIME
#undef LFM2_DEVICE_FIELD_INDEX
} lfm2_device_step;

/* One size of step the program was compiled for, in rising order of tokens:
 * decode (1), verification (a few), prefill (a chunk). */
typedef struct lfm2_entry {
  int32_t tokens;         /* Most tokens of one step of this entry. */
  uint32_t num_places;    /* One more than there are barriers; 0: not known. */
  uint64_t scratch_bytes; /* For one step, all threads together. */
  lfm2_step_fn run;       /* Of LFM2_CODE_CPU, else NULL. */
  const lfm2_stretch *stretches;
  const lfm2_place *places; /* [num_places], in order of execution. */
  uint32_t num_stretches;
  uint32_t near_bytes; /* For one step, of each thread: a multiple of
                          LFM2_NEAR_ALIGN. */
  /* Of a device: what is run one after the other, each when the one before it has
   * ended: [num_places], one for each place. NULL of LFM2_CODE_CPU. */
  const lfm2_dispatch *dispatches;
  const uint64_t *arguments; /* Of all dispatches. */
} lfm2_entry;

enum {
  LFM2_CODE_CPU = 0,    /* Functions of the program. */
  LFM2_CODE_VULKAN = 1, /* SPIR-V, which addresses memory by pointers. */
};

/* One set of entries for one set of features: of the CPU, or of a device. A program
 * compiled for one has one; others have several, the best of a kind first. All read
 * the same archive and have states of the same bytes. */
typedef struct lfm2_variant {
  const char *name;         /* "znver3", "x86-64-v3", "vulkan", ... */
  const uint32_t *features; /* Indexes of features_<arch>.h, or of
                               features_vulkan.h, ascending. */
  uint32_t num_features;
  uint32_t num_entries;
  const lfm2_entry *entries;
  const lfm2_kernel *kernels; /* [num_kernels] of a device. */
  uint32_t num_kernels;
  uint32_t code; /* LFM2_CODE_* */
} lfm2_variant;

/* The one symbol of generated code that the runtime knows, `lfm2_program` (or
 * `<prefix>_program` in a library). */
typedef struct lfm2_program {
  uint32_t abi_version; /* LFM2_ABI_VERSION */
  uint32_t vocabulary;  /* Rows of the embedding: ids and logits are below it. */
  uint8_t identity[16]; /* Equal to that of the archive. */
  uint32_t context_max; /* Most tokens of a context that the compiler was asked for. */
  uint32_t num_variants;
  const lfm2_variant *variants;
  uint64_t state_fixed_bytes;     /* Convolution columns, first in the state; a
                                       multiple of 32. */
  uint64_t state_bytes_per_token; /* KV cache, after them; even:
      state_bytes(context) = state_fixed_bytes + context * state_bytes_per_token */
  uint64_t weights_bytes;         /* Equal to those of the archive's section. */
  uint32_t hidden;                /* Channels of `hidden` and `embeddings` of a step. */
  uint32_t vector;                /* Channels of `vectors`; 0: it gives none. */
  uint32_t outputs;               /* LFM2_OUTPUT_*: what a step can be asked for. */
  uint32_t flags;                 /* LFM2_PROGRAM_* */
  uint32_t state_head_bytes;      /* Of a token's keys, or values, of one head: the KV cache is
                                       a row of stripes of state_head_bytes * context, in each of
                                       which 16 tokens lie behind each other. */
  uint32_t state_form;            /* LFM2_STATE_*: what the KV cache holds. */
  const void *driver;             /* The runtime's driver of the devices that variants are
                                       for, lfm2rt_vulkan; NULL where all are for CPUs:
                                       no code for devices is linked then. */
} lfm2_program;

/* What keys and values are stored as; passes/tiling/CacheForm.h has the bytes. */
enum {
  LFM2_STATE_NO_CACHE = 0, /* There is no cache, or nobody said. */
  LFM2_STATE_F16 = 1,
  LFM2_STATE_F32 = 2,
  LFM2_STATE_Q8_0 = 3,
  LFM2_STATE_Q4_0 = 4,
};

enum {
  LFM2_OUTPUT_LOGITS = 1,
  LFM2_OUTPUT_HIDDEN = 2,
  LFM2_OUTPUT_VECTORS = 4,       /* One for each run, */
  LFM2_OUTPUT_TOKEN_VECTORS = 8, /* or one for each token. */
};

enum {
  /* Every token sees all of its run: texts are read whole, by steps of runs. */
  LFM2_PROGRAM_BIDIRECTIONAL = 1,
};

/* Features of CPUs that code can need stand in features_<architecture>.h, in the
 * order of their indexes. They are checked, with the operating system's support of
 * their registers, before any function of a variant is entered. */

/* --- Archive -------------------------------------------------------------- */

/* An archive is a run of sections in the order of their numbers, the first at its
 * start, each followed by zeros up to a multiple of 64 bytes; then, as the last
 * bytes of the file, the footer. The archive's start is a multiple of
 * LFM2_ARCHIVE_ALIGN in its file: behind an executable, or 0 in a weights file of
 * its own.
 *
 * Every byte is under a hash, which is XXH64 with seed 0. When an archive is
 * opened, the footer, the defaults and the section for embedding are compared
 * with theirs; the rest takes as long as reading it, and is left to those who
 * ask. */
#define LFM2_ARCHIVE_ALIGN 65536u
#define LFM2_ARCHIVE_MAGIC "LFM2ARC1"

enum {
  LFM2_SECTION_WEIGHTS = 0,   /* Packed for the program, in order of use. */
  LFM2_SECTION_TOKENIZER = 1, /* Tables; see tokenizer_format.h. */
  LFM2_SECTION_INFO = 2,      /* JSON text of --info, UTF-8, no terminator. */
  LFM2_SECTION_DEFAULTS = 3,  /* One lfm2_defaults, or nothing. */
  LFM2_SECTION_EMBEDDING = 4, /* One lfm2_embedding with what follows it, or
                                 nothing. */
  LFM2_SECTION_CHAT = 5,      /* The compiled chat template, or nothing. */
  LFM2_SECTION_GRAMMAR = 6,   /* The form of all answers, or nothing. */
  LFM2_SECTION_HASHES = 7,    /* Words of 64 bits: the hash of all that stands in
                                 front of the archive in its file, and those of
                                 the pieces of each section before this one. */
  LFM2_NUM_SECTIONS = 8
};

/* A section is hashed in pieces of so many bytes, the last one with the zeros
 * behind the section. An empty one has none. */
#define LFM2_HASH_PIECE (1u << 20)

/* What the model's makers recommend, and what the runtime cannot know by itself. */
typedef struct lfm2_defaults {
  float temperature;     /* 0 or less: greedy. */
  float top_p;           /* 1 or more: off. */
  float min_p;           /* 0 or less: off. */
  float repeat_penalty;  /* 1: off. */
  int32_t top_k;         /* 0 or less: off. */
  int32_t repeat_window; /* Tokens that the penalty looks back; 64 is usual. */
  int32_t context;       /* Of --context; 0: lfm2_program.context_max. */
  int32_t reserved;
  uint64_t decode_bytes; /* Of weights that one decode step reads; 0: all of them. */
} lfm2_defaults;

/* How a model that gives vectors wants its texts. After it stand, without gaps,
 * int32_t skip[num_skip], rising; uint32_t ends[2 * num_prompts], the ends of the
 * name and of the text of each prompt in the bytes that follow; and these bytes. */
typedef struct lfm2_embedding {
  uint32_t flags;          /* LFM2_EMBEDDING_* */
  uint32_t max_tokens;     /* Of a text, special tokens included; 0: not said. */
  uint32_t num_skip;       /* Tokens whose vectors are left out: punctuation. */
  uint32_t num_prompts;    /* What is put in front of a text, by name. */
  uint32_t default_prompt; /* Number of the one that is put where nobody names
                              one, or LFM2_PROMPT_NONE. */
  uint32_t reserved;       /* 0 */
} lfm2_embedding;

#define LFM2_PROMPT_NONE 0xffffffffu

enum {
  LFM2_EMBEDDING_NORMALIZE = 1, /* Vectors have length 1 unless told otherwise. */
};

typedef struct lfm2_footer {
  char magic[8]; /* LFM2_ARCHIVE_MAGIC */
  uint32_t abi_version;
  uint32_t num_sections; /* LFM2_NUM_SECTIONS */
  uint8_t identity[16];
  uint64_t archive_offset; /* In the file. */
  uint64_t archive_bytes;  /* Up to the footer, which follows directly. */
  uint64_t section_bytes[LFM2_NUM_SECTIONS];
  uint64_t hashes_hash; /* Of the last section and the zeros behind it. */
  uint64_t spare;       /* 0 */
  uint64_t hash;        /* Of this structure up to here. */
  uint64_t reserved;    /* 0 */
} lfm2_footer;

#ifdef __cplusplus
}
#endif
#endif /* LFM2RT_ABI_H */
