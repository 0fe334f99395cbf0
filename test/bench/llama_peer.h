// What programs that ask llama.cpp have in common: a model, a context and the
// tokens of a batch. Each is one file that peer.py compiles.
#ifndef LFM2C_TEST_BENCH_LLAMA_PEER_H
#define LFM2C_TEST_BENCH_LLAMA_PEER_H

#include "llama.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

/// Comma-separated ids.
inline std::vector<llama_token> parseIds(const char *text) {
  std::vector<llama_token> ids;
  for (char *end; *text; text = *end ? end + 1 : end)
    ids.push_back(llama_token(strtol(text, &end, 10)));
  return ids;
}

/// Null, with a message, where llama.cpp does not read the file. Its own
/// messages are kept quiet.
inline llama_model *loadModel(const char *path) {
  llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
  llama_backend_init();
  llama_model *model =
      llama_model_load_from_file(path, llama_model_default_params());
  if (!model)
    fprintf(stderr, "llama.cpp cannot load %s\n", path);
  return model;
}

/// Of a context of `tokens`, read at most `batch` at once. THREADS and
/// [fa|nofa] are the arguments from number 4 on.
inline llama_context_params makeParams(int argc, char **argv, size_t tokens,
                                       size_t batch) {
  llama_context_params params = llama_context_default_params();
  params.n_ctx = uint32_t(tokens);
  params.n_batch = params.n_ubatch = uint32_t(batch);
  params.n_threads = params.n_threads_batch = argc > 4 ? atoi(argv[4]) : 2;
  params.flash_attn_type = argc > 5 && !strcmp(argv[5], "fa")
                               ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                               : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  return params;
}

/// Null, with a message, where there is no such context.
inline llama_context *makeContext(llama_model *model,
                                  const llama_context_params &params) {
  llama_context *context = llama_init_from_model(model, params);
  if (!context)
    fprintf(stderr, "llama.cpp cannot make a context of %u tokens\n",
            params.n_ctx);
  return context;
}

/// Adds a token of the text `sequence`, whose output is asked for.
inline void addToken(llama_batch &batch, llama_token token, size_t position,
                     size_t sequence) {
  const int32_t at = batch.n_tokens++;
  batch.token[at] = token;
  batch.pos[at] = llama_pos(position);
  batch.n_seq_id[at] = 1;
  batch.seq_id[at][0] = llama_seq_id(sequence);
  batch.logits[at] = 1;
}

#endif // LFM2C_TEST_BENCH_LLAMA_PEER_H
