// The functions of the runtime that a compiled library brings, found by name.

#ifndef LFM2C_LIB_ENGINE_FUNCTIONS_H
#define LFM2C_LIB_ENGINE_FUNCTIONS_H

#include "lfm2rt/chat.h"
#include "lfm2rt/constraint.h"
#include "lfm2rt/tool_calls.h"

namespace lfm2e {

/// X(name) for each lfm2rt_<name> that is used.
#define LFM2E_FUNCTIONS(X)                                                     \
  X(answer_end)                                                                \
  X(answer_open)                                                               \
  X(answer_size)                                                               \
  X(answer_token)                                                              \
  X(cancel)                                                                    \
  X(capacity)                                                                  \
  X(chat_encode)                                                               \
  X(chat_has_template)                                                         \
  X(chat_render)                                                               \
  X(chat_variable)                                                             \
  X(chat_work_size)                                                            \
  X(constraint_accept)                                                         \
  X(constraint_allow)                                                          \
  X(constraint_create)                                                         \
  X(constraint_forced)                                                         \
  X(constraint_size)                                                           \
  X(context_create)                                                            \
  X(context_destroy)                                                           \
  X(context_size)                                                              \
  X(device_size)                                                               \
  X(embed)                                                                     \
  X(embed_limit)                                                               \
  X(embed_most_tokens)                                                         \
  X(embed_size)                                                                \
  X(embed_tokens)                                                              \
  X(embed_work_size)                                                           \
  X(eval)                                                                      \
  X(eval_turns)                                                                \
  X(fork)                                                                      \
  X(grammar_create)                                                            \
  X(grammar_open)                                                              \
  X(grammar_size)                                                              \
  X(grammar_used)                                                              \
  X(hidden)                                                                    \
  X(keep_hidden)                                                               \
  X(logits)                                                                    \
  X(logprob_of)                                                                \
  X(logprobs)                                                                  \
  X(marked)                                                                    \
  X(model_chunk)                                                               \
  X(model_close)                                                               \
  X(model_context_max)                                                         \
  X(model_device)                                                              \
  X(model_gives)                                                               \
  X(model_hidden)                                                              \
  X(model_open)                                                                \
  X(model_open_device)                                                         \
  X(model_variant)                                                             \
  X(model_vector)                                                              \
  X(model_vocabulary)                                                          \
  X(opens_reasoning)                                                           \
  X(pass)                                                                      \
  X(position)                                                                  \
  X(prompt_name)                                                               \
  X(read)                                                                      \
  X(reset)                                                                     \
  X(restore)                                                                   \
  X(rewind_to)                                                                 \
  X(sample)                                                                    \
  X(sampling_defaults)                                                         \
  X(save)                                                                      \
  X(save_size)                                                                 \
  X(set_allow)                                                                 \
  X(set_sampling)                                                              \
  X(text_work_size)                                                            \
  X(token_is_control)                                                          \
  X(token_is_stop)                                                             \
  X(token_text)                                                                \
  X(tokenize)                                                                  \
  X(tokens)                                                                    \
  X(vocabulary_create)                                                         \
  X(vocabulary_size)                                                           \
  X(weights_close)                                                             \
  X(weights_info)                                                              \
  X(weights_open_file)

struct Functions {
#define LFM2E_FUNCTION(name) decltype(&lfm2rt_##name) name;
  LFM2E_FUNCTIONS(LFM2E_FUNCTION)
#undef LFM2E_FUNCTION
};

/// Finds all of them in the library that dlopen() returned as `handle`. Throws
/// Failure with the name of the first that `path` lacks: it was made by another
/// version of the compiler, or is no compiled model.
void findFunctions(void *handle, const char *path, Functions &functions);

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_FUNCTIONS_H
