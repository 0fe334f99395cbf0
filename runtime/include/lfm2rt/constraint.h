/* constraint.h - answers that have a form: a JSON schema, a grammar, a regular
 * expression, or calls of declared tools.
 *
 * Three objects. A vocabulary is the model's tokens in an order in which masks are made
 * fast. A grammar is a form, compiled to tables. Both are immutable and shared by any
 * number of conversations and threads. A constraint is one conversation's way through a
 * grammar; it belongs to one thread at a time. The caller gives the memory of each,
 * which must outlive what is made of it; nothing allocates.
 *
 *     lfm2rt_vocabulary_create(&vocabulary, &weights, ...);
 *     lfm2rt_grammar_create(&grammar, &weights, &options, schema, length, ...);
 *     lfm2rt_constraint_create(&constraint, grammar, vocabulary, &sizes, ...);
 *     lfm2rt_set_allow(context, lfm2rt_constraint_allow, constraint);
 *     lfm2rt_set_guide(context, &(lfm2rt_guide){lfm2rt_constraint_force, constraint});
 *     lfm2rt_generate_text(context, ...);
 *
 * C99 on <stddef.h> and <stdint.h> alone. */
#ifndef LFM2RT_CONSTRAINT_H
#define LFM2RT_CONSTRAINT_H

#include "lfm2rt/lfm2rt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Vocabulary ----------------------------------------------------------- */

typedef struct lfm2rt_vocabulary lfm2rt_vocabulary;

/* Bytes, at a multiple of 8; 0 for a model without tokenizer. */
LFM2RT_API uint64_t lfm2rt_vocabulary_size(const lfm2rt_weights *weights);

/* Sorts the tokens: some 30 ms for 65,536 of them. `weights` must outlive it. */
LFM2RT_API lfm2rt_status lfm2rt_vocabulary_create(lfm2rt_vocabulary **vocabulary,
                                                  const lfm2rt_weights *weights, void *memory,
                                                  uint64_t bytes, lfm2rt_error *error);

/* Of its memory the first bytes that it needs from now on. */
LFM2RT_API uint64_t lfm2rt_vocabulary_used(const lfm2rt_vocabulary *vocabulary);

/* --- Grammar -------------------------------------------------------------- */

typedef struct lfm2rt_grammar lfm2rt_grammar;

/* What the text of a grammar is written in. runtime/README.md says what of it is
 * known, and what an answer then looks like. */
enum {
  LFM2RT_FORM_JSON_SCHEMA = 0,
  LFM2RT_FORM_GBNF = 1,  /* llama.cpp's grammars. */
  LFM2RT_FORM_REGEX = 2, /* The whole answer matches. */
  LFM2RT_FORM_TOOLS = 3, /* A list of tools as OpenAI's interface has it: the answer
                            calls some of them, in the model's own form. */
};

typedef struct lfm2rt_form {
  uint32_t kind;  /* LFM2RT_FORM_* */
  uint32_t flags; /* LFM2RT_FORM_FLAG_* */
  /* Of LFM2RT_FORM_TOOLS: NULL or "auto", the model may call tools or answer by text;
   * "required", it calls one or more; else the name of the one that it calls. */
  const char *tool;
} lfm2rt_form;

enum {
  LFM2RT_FORM_COMPACT = 1,        /* JSON without white space; otherwise a space behind
                                 each ',' and ':', as Python writes it. */
  LFM2RT_FORM_ANY_SPACE = 2,      /* White space wherever JSON allows it. */
  LFM2RT_FORM_JSON_CALLS = 4,     /* Tools are called by JSON. */
  LFM2RT_FORM_AFTER_THINKING = 8, /* The form starts behind "</think>"; any text may
                                     stand in front of that. */
};

/* Bytes of memory, at a multiple of 8, with which most texts of so many bytes can be
 * compiled; most of them stay untouched. */
LFM2RT_API uint64_t lfm2rt_grammar_size(size_t length);

/* Compiles `text`, which is not needed afterwards. LFM2RT_INVALID_ARGUMENT says what is
 * wrong with it, and where: by line and column for GBNF, by byte for an expression, by
 * JSON pointer for a schema. LFM2RT_NO_MEMORY: give twice as much. */
LFM2RT_API lfm2rt_status lfm2rt_grammar_create(const lfm2rt_grammar **grammar,
                                               const lfm2rt_weights *weights,
                                               const lfm2rt_form *form, const char *text,
                                               size_t length, void *memory, uint64_t bytes,
                                               lfm2rt_error *error);

/* The same for a model that is not open: `tokenizer` is its section of that name, at a
 * multiple of 8, and ids are below `vocabulary`. */
LFM2RT_API lfm2rt_status lfm2rt_grammar_create_for(const lfm2rt_grammar **grammar,
                                                   const void *tokenizer, uint64_t tokenizer_bytes,
                                                   uint32_t vocabulary, const lfm2rt_form *form,
                                                   const char *text, size_t length, void *memory,
                                                   uint64_t bytes, lfm2rt_error *error);

/* The form of all answers that the model was compiled with (--schema, --grammar); NULL
 * where there is none. Nothing is copied: it lies in `weights`.
 * LFM2RT_BAD_WEIGHTS: it is damaged. */
LFM2RT_API lfm2rt_status lfm2rt_grammar_open(const lfm2rt_grammar **grammar,
                                             const lfm2rt_weights *weights, lfm2rt_error *error);

/* Of its memory the first bytes that it needs from now on. They hold no pointers: they may
 * be copied or kept, and be a grammar elsewhere. */
LFM2RT_API uint64_t lfm2rt_grammar_used(const lfm2rt_grammar *grammar);

/* --- Constraint ----------------------------------------------------------- */

typedef struct lfm2rt_constraint lfm2rt_constraint;

typedef struct lfm2rt_constraint_options {
  uint32_t tokens; /* Of an answer that are remembered, so that going back to them is
                      cheap; 0: 4096. Longer answers are fine. */
  uint32_t cache;  /* Bytes in which masks and states are kept until they are wanted
                      again; 0: 2 MiB. */
} lfm2rt_constraint_options;

/* Bytes, at a multiple of 8. `options` may be NULL. */
LFM2RT_API uint64_t lfm2rt_constraint_size(const lfm2rt_grammar *grammar,
                                           const lfm2rt_vocabulary *vocabulary,
                                           const lfm2rt_constraint_options *options);

/* LFM2RT_NO_MEMORY: `bytes` are too few, or `cache` is for this grammar. */
LFM2RT_API lfm2rt_status lfm2rt_constraint_create(lfm2rt_constraint **constraint,
                                                  const lfm2rt_grammar *grammar,
                                                  const lfm2rt_vocabulary *vocabulary,
                                                  const lfm2rt_constraint_options *options,
                                                  void *memory, uint64_t bytes,
                                                  lfm2rt_error *error);

/* The next answer starts behind the first `position` tokens of its context, or, with
 * LFM2RT_AT_NEXT, behind those that the next call of lfm2rt_constraint_allow() is given.
 * A new constraint stands at LFM2RT_AT_NEXT. */
#define LFM2RT_AT_NEXT UINT32_MAX
LFM2RT_API void lfm2rt_constraint_begin(lfm2rt_constraint *constraint, uint32_t position);

/* A lfm2rt_allow_fn; `constraint` is its `user`. The tokens behind the start of the
 * answer are compared with those of the call before: it goes on, goes back, or starts
 * again. Allowed are the tokens of text with which the answer can still be ended, those
 * that the grammar names, and, where the answer may end, the tokens that end a text. */
LFM2RT_API const uint32_t *lfm2rt_constraint_allow(const int32_t *tokens, uint32_t count,
                                                   void *constraint);

/* The answer goes on with a token that the next call of lfm2rt_constraint_allow() will
 * have. Returns 0, and leaves all as it was, if it is not allowed. */
LFM2RT_API int lfm2rt_constraint_accept(lfm2rt_constraint *constraint, int32_t token);

/* Writes into `ids` up to `capacity` tokens that must follow whatever is drawn, as the
 * tokenizer would write their text; returns how many. They are not accepted by it. None
 * where the answer could go on in two ways, and in front of a token that ends it. */
LFM2RT_API uint32_t lfm2rt_constraint_forced(lfm2rt_constraint *constraint, int32_t *ids,
                                             uint32_t capacity);

/* The same behind all `count` tokens of a context, with the type of lfm2rt_draft_fn:
 * for lfm2rt_set_guide(), with `constraint` as its `user`, beside lfm2rt_set_allow(). */
LFM2RT_API uint32_t lfm2rt_constraint_force(const int32_t *tokens, uint32_t count, int32_t *next,
                                            uint32_t capacity, void *constraint);

enum {
  LFM2RT_ANSWER_OPEN = 0,    /* It has to go on. */
  LFM2RT_ANSWER_MAY_END = 1, /* It may end here. */
  LFM2RT_ANSWER_ENDED = 2,   /* Nothing can follow but a token that ends it. */
  LFM2RT_ANSWER_LEFT = 3,    /* It has a token that was not allowed: only tokens that
                                end it are from now on. */
};
LFM2RT_API int lfm2rt_constraint_state(const lfm2rt_constraint *constraint);

#ifdef __cplusplus
}
#endif
#endif /* LFM2RT_CONSTRAINT_H */
