/* chat.h - conversations in the form that a model was trained with.
 *
 * A model compiled from a checkpoint has that checkpoint's chat template, compiled.
 * Here messages, tools and variables, all of them JSON, become the text that the
 * template prints, byte for byte as transformers' apply_chat_template() does, and
 * that text becomes ids.
 *
 * A program that calls none of these is linked without them. */
#ifndef LFM2RT_CHAT_H
#define LFM2RT_CHAT_H

#include "lfm2rt/lfm2rt.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /* The model is to answer: the text ends where its message begins
   * (add_generation_prompt). */
  LFM2RT_CHAT_ANSWER = 1,
  /* The model is to go on with the last message: the text ends behind what that
   * says. Not together with LFM2RT_CHAT_ANSWER. */
  LFM2RT_CHAT_CONTINUE = 2,
  /* All of the text is read for control tokens, also what users and tools say. */
  LFM2RT_CHAT_TRUSTED = 4,
};

/* What a conversation is. JSON is UTF-8, need not be terminated, and is the
 * caller's; it must not change while a call runs. */
typedef struct lfm2rt_conversation {
  /* A list of messages as OpenAI's interface has them: {"role", "content"} with what
   * else the template reads. Like transformers, this leaves out members of a message
   * that are null, and gives reasoning under the names reasoning_content and
   * thinking. Arguments of a tool call that are a string of JSON are given to the
   * template as what the string says, if that is an object. */
  const char *messages;
  uint64_t messages_bytes;
  const char *tools; /* A list of tools, or NULL. */
  uint64_t tools_bytes;
  const char *variables; /* An object of what else the template reads, such as
                            {"enable_thinking": false}, or NULL. */
  uint64_t variables_bytes;
  uint32_t flags;     /* LFM2RT_CHAT_* */
  int32_t utc_offset; /* Seconds that local time is ahead of UTC. */
  int64_t now;        /* Seconds since 1970, UTC, for templates that print the date. */
} lfm2rt_conversation;

/* Not 0 where the model has a chat template. */
LFM2RT_API int lfm2rt_chat_has_template(const lfm2rt_weights *weights);

/* The name of a variable that the template reads, messages and bos_token among them;
 * not terminated; lives as long as `weights`. NULL from the number on of which there
 * is none. */
LFM2RT_API const char *lfm2rt_chat_variable(const lfm2rt_weights *weights, uint32_t number,
                                            size_t *length);

/* Bytes of work memory that are enough for most templates, for both calls below. */
LFM2RT_API uint64_t lfm2rt_chat_work_size(const lfm2rt_weights *weights,
                                          const lfm2rt_conversation *conversation);

/* What the template makes of the conversation. `work`, at a multiple of 8, is the
 * caller's, and holds the text, which is not terminated. LFM2RT_NO_MEMORY: call again
 * with `needed` bytes, which are at least twice as many; it may take a few rounds.
 * LFM2RT_INVALID_ARGUMENT: the JSON is wrong, and the message says where; or the
 * template refuses the conversation, or cannot print it, and the message names the
 * line of the template. No template runs for long: it may take 2^24 steps. */
LFM2RT_API lfm2rt_status lfm2rt_chat_render(const lfm2rt_weights *weights,
                                            const lfm2rt_conversation *conversation, void *work,
                                            uint64_t work_bytes, const char **text,
                                            uint64_t *length, lfm2rt_error *error);

/* The same as ids, in `work`. Control tokens come from the template and from what the
 * assistant says: one that a character of another message, of a tool or of a variable
 * takes part in stays plain text, unless LFM2RT_CHAT_TRUSTED. (The role of a message
 * may take part, if it has letters, digits, "_" and "-" only.) No bos is put in front:
 * the template prints it. */
LFM2RT_API lfm2rt_status lfm2rt_chat_encode(const lfm2rt_weights *weights,
                                            const lfm2rt_conversation *conversation, void *work,
                                            uint64_t work_bytes, const int32_t **ids,
                                            uint64_t *count, lfm2rt_error *error);

/* lfm2rt_chat_render() for a template that is not in an archive: the bytes of a
 * section (chat_format.h), at a multiple of 8. */
LFM2RT_API lfm2rt_status lfm2rt_chat_render_section(const void *section, uint64_t section_bytes,
                                                    const lfm2rt_conversation *conversation,
                                                    void *work, uint64_t work_bytes,
                                                    const char **text, uint64_t *length,
                                                    lfm2rt_error *error);

#ifdef __cplusplus
}
#endif
#endif /* LFM2RT_CHAT_H */
