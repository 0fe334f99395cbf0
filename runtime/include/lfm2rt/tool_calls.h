/* tool_calls.h - tells apart what a model answers: text, reasoning, calls of tools.
 *
 * An answer is read while it is generated. Its parts are given to a function of the
 * caller's: text and reasoning as they come, in whole UTF-8 characters; calls with a
 * name and with arguments as JSON. Tokens that steer, such as <|tool_call_start|>,
 * are never among them.
 *
 * Nothing here fails a generation. What stands where calls should stand and is none
 * is given as text, together with what was expected at which byte. C99. */
#ifndef LFM2RT_TOOL_CALLS_H
#define LFM2RT_TOOL_CALLS_H

#include "lfm2rt/lfm2rt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a part of an answer is. Values are never renumbered; new ones are appended. */
typedef enum lfm2rt_answer_kind {
  LFM2RT_ANSWER_TEXT = 0,       /* `text` is for who reads the answer. */
  LFM2RT_ANSWER_REASONING = 1,  /* `text` stood between <think> and </think>. */
  LFM2RT_ANSWER_CALL = 2,       /* A call is whole: `name`, and `text` is its arguments. */
  LFM2RT_ANSWER_CALL_BEGIN = 3, /* With LFM2RT_ANSWER_PIECES: `name` is known. */
  LFM2RT_ANSWER_ARGUMENTS = 4,  /* With LFM2RT_ANSWER_PIECES: `text` is the next piece
                                   of the arguments. */
  LFM2RT_ANSWER_NO_CALL = 5,    /* No call: `text` is what was taken for one, up to the
                                   byte where `expected` should have stood. What
                                   follows it up to the end of the calls comes as
                                   text. A call of this number that has begun is void. */
} lfm2rt_answer_kind;

/* Texts are not terminated, and valid until return. */
typedef struct lfm2rt_answer_part {
  lfm2rt_answer_kind kind;
  uint32_t call;    /* Number of the call in the answer, from 0. */
  const char *text; /* Arguments are an object as Python's json.dumps writes it,
                           in UTF-8. */
  uint64_t length;  /* Bytes. */
  const char *name; /* Of the function: 1 to 127 bytes, dots included. */
  uint64_t name_length;
  const char *expected; /* Of LFM2RT_ANSWER_NO_CALL, terminated, static. */
  uint64_t at;          /* Bytes from where the calls begin to that place. */
} lfm2rt_answer_part;

/* A result other than 0 is returned by the call that led here, and by those that
 * follow; no more parts are given until lfm2rt_answer_end(). */
typedef int (*lfm2rt_answer_fn)(const lfm2rt_answer_part *part, void *user);

enum {
  LFM2RT_ANSWER_PIECES = 1, /* Calls are given while they come, too. */
  /* An answer whose first character, but for white space, is "[" or "{" is calls
   * without tokens around: for models that were asked for JSON. */
  LFM2RT_ANSWER_IS_CALLS = 2,
  LFM2RT_ANSWER_REASONS = 4, /* The prompt ended with <think>. */
};

/* Not 0 where the last of these ids, a prompt's, say <think>, but for white space
 * behind it. */
LFM2RT_API int lfm2rt_opens_reasoning(const lfm2rt_weights *weights, const int32_t *ids,
                                      uint32_t count);

/* Reads one answer after another. */
typedef struct lfm2rt_answer lfm2rt_answer;

/* Bytes of memory, at a multiple of 8, for calls of up to `longest` bytes, of which
 * the arguments as JSON have up to twice as many; a longer one is given as text,
 * which does not concern others. 0 from 1 GiB on. */
LFM2RT_API uint64_t lfm2rt_answer_size(uint64_t longest);

/* Makes a reader of answers in `memory`, which stays the caller's and is lost without
 * further ado. With `weights`, which must outlive it, tokens can be read. Fails with
 * LFM2RT_INVALID_ARGUMENT where `longest` is 0 or too large, LFM2RT_NO_MEMORY,
 * LFM2RT_NO_TOKENIZER. */
LFM2RT_API lfm2rt_status lfm2rt_answer_open(lfm2rt_answer **answer, const lfm2rt_weights *weights,
                                            uint64_t longest, uint32_t flags,
                                            lfm2rt_answer_fn on_part, void *user, void *memory,
                                            uint64_t bytes, lfm2rt_error *error);

/* Reads a token that was generated, or that opens the answer behind the assistant's
 * name. A marker that is a token of the model is found by its id, and its spelling
 * is text. `answer` is a lfm2rt_answer, so this may be the on_token of
 * lfm2rt_generate_tokens(). */
LFM2RT_API int lfm2rt_answer_token(int32_t token, void *answer);

/* Reads a piece of the answer's text in which markers are spelled out; it may end
 * anywhere. May be the on_text of a caller who has no tokens. */
LFM2RT_API int lfm2rt_answer_text(const char *text, size_t length, void *answer);

/* The answer has ended: gives what was held back. Ready for the next. */
LFM2RT_API int lfm2rt_answer_end(lfm2rt_answer *answer);

/* Gives `on_text` a call in pieces as the family's chat templates print it:
 * name(argument='text', other=1). They do not escape strings: an argument with a
 * quote in it does not read back. `arguments` is a JSON object, else
 * LFM2RT_INVALID_ARGUMENT; `work` is lfm2rt_call_work_size() at a multiple of 8, else
 * LFM2RT_NO_MEMORY. What `on_text` returns is ignored. */
LFM2RT_API lfm2rt_status lfm2rt_call_text(const char *name, size_t name_length,
                                          const char *arguments, size_t length,
                                          lfm2rt_text_fn on_text, void *user, void *work,
                                          uint64_t work_bytes, lfm2rt_error *error);
/* Bytes for arguments of `length` bytes. */
LFM2RT_API uint64_t lfm2rt_call_work_size(size_t length);

#ifdef __cplusplus
}
#endif
#endif /* LFM2RT_TOOL_CALLS_H */
