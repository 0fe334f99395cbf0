// Writes llama.cpp's logits of every prompt position, to be judged beside ours:
//
//   llama_logits MODEL.gguf IDS OUT.f32 [THREADS [fa|nofa [CHUNK]]]
//
// IDS are comma-separated; OUT is float32 [positions, vocabulary], as our own
// programs write it. It is no part of the product and is not built with it;
// logits_error.py compiles it against a llama.cpp checkout and its build
// folder:
//
//   clang++-22 -O2 -std=c++17 llama_logits.cpp -I$LLAMA/include
//   -I$LLAMA/ggml/include
//     $BUILD/src/libllama.a $BUILD/ggml/src/lib*.a -lpthread -ldl -lm -o
//     llama_logits

#include "llama.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

static std::vector<llama_token> parseIds(const char *text) {
  std::vector<llama_token> ids;
  for (char *end; *text; text = *end ? end + 1 : end)
    ids.push_back(llama_token(strtol(text, &end, 10)));
  return ids;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: llama_logits MODEL.gguf IDS OUT.f32 [THREADS "
                    "[fa|nofa [CHUNK]]]\n");
    return 2;
  }
  std::vector<llama_token> ids = parseIds(argv[2]);
  int threads = argc > 4 ? atoi(argv[4]) : 2;
  bool flash = argc > 5 && !strcmp(argv[5], "fa");
  size_t chunk = argc > 6 ? size_t(atoi(argv[6])) : 128;

  llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
  llama_backend_init();
  llama_model *model =
      llama_model_load_from_file(argv[1], llama_model_default_params());
  if (!model) {
    fprintf(stderr, "llama_logits: llama.cpp cannot load %s\n", argv[1]);
    return 1;
  }
  llama_context_params params = llama_context_default_params();
  params.n_ctx = uint32_t(ids.size() + 64);
  params.n_batch = params.n_ubatch = uint32_t(chunk);
  params.n_threads = params.n_threads_batch = threads;
  params.flash_attn_type =
      flash ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  llama_context *context = llama_init_from_model(model, params);
  if (!context) {
    fprintf(stderr,
            "llama_logits: llama.cpp cannot make a context of %u tokens\n",
            params.n_ctx);
    return 1;
  }
  size_t vocabulary =
      size_t(llama_vocab_n_tokens(llama_model_get_vocab(model)));
  FILE *out = fopen(argv[3], "wb");
  if (!out) {
    perror(argv[3]);
    return 1;
  }
  llama_batch batch = llama_batch_init(int32_t(chunk), 0, 1);
  for (size_t first = 0; first < ids.size(); first += chunk) {
    batch.n_tokens = int32_t(std::min(chunk, ids.size() - first));
    for (int32_t i = 0; i < batch.n_tokens; ++i) {
      batch.token[i] = ids[first + size_t(i)];
      batch.pos[i] = llama_pos(first) + i;
      batch.n_seq_id[i] = 1;
      batch.seq_id[i][0] = 0;
      batch.logits[i] = 1;
    }
    if (llama_decode(context, batch)) {
      fprintf(stderr, "llama_logits: llama_decode failed at position %zu\n",
              first);
      return 1;
    }
    for (int32_t i = 0; i < batch.n_tokens; ++i)
      fwrite(llama_get_logits_ith(context, i), sizeof(float), vocabulary, out);
  }
  if (fclose(out)) {
    perror(argv[3]);
    return 1;
  }
  llama_batch_free(batch);
  llama_free(context);
  llama_model_free(model);
  return 0;
}
