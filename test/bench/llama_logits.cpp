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

#include "llama_peer.h"

#include <algorithm>

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: llama_logits MODEL.gguf IDS OUT.f32 [THREADS "
                    "[fa|nofa [CHUNK]]]\n");
    return 2;
  }
  std::vector<llama_token> ids = parseIds(argv[2]);
  size_t chunk = argc > 6 ? size_t(atoi(argv[6])) : 128;

  llama_model *model = loadModel(argv[1]);
  if (!model)
    return 1;
  llama_context *context =
      makeContext(model, makeParams(argc, argv, ids.size() + 64, chunk));
  if (!context)
    return 1;
  size_t vocabulary =
      size_t(llama_vocab_n_tokens(llama_model_get_vocab(model)));
  FILE *out = fopen(argv[3], "wb");
  if (!out) {
    perror(argv[3]);
    return 1;
  }
  llama_batch batch = llama_batch_init(int32_t(chunk), 0, 1);
  for (size_t first = 0; first < ids.size(); first += chunk) {
    batch.n_tokens = 0;
    for (size_t i = first; i < std::min(first + chunk, ids.size()); ++i)
      addToken(batch, ids[i], i, 0);
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
