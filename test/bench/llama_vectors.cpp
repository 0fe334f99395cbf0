// Writes the vectors that llama.cpp makes of texts, to be judged beside ours,
// and says how long it took:
//
//   llama_vectors MODEL.gguf ROWS OUT.f32 [THREADS [fa|nofa [UBATCH [REPEAT
//   [hidden]]]]]
//
// ROWS has a line of comma-separated ids for each text. OUT is float32: a
// vector a text, or a token where the model does not pool or `hidden` asks for
// all hidden states. Texts go in batches of at most UBATCH tokens. Each of
// REPEAT runs prints its seconds, without loading. embed_speed.py compiles it
// against a llama.cpp checkout and its build folder, as llama_logits.cpp is.

#include "llama_peer.h"

#include <algorithm>
#include <chrono>
#include <string>

using Rows = std::vector<std::vector<llama_token>>;

static Rows readRows(const char *path) {
  Rows rows;
  FILE *file = fopen(path, "r");
  if (!file)
    return rows;
  std::string text;
  for (int c; (c = fgetc(file)) != EOF;) {
    if (c != '\n') {
      text += char(c);
      continue;
    }
    rows.push_back(parseIds(text.c_str()));
    text.clear();
  }
  fclose(file);
  return rows;
}

/// One batch: rows `first` up to `last`, which are appended to `out`.
static bool runBatch(llama_context *context, llama_batch &batch,
                     const Rows &rows, size_t first, size_t last, size_t width,
                     bool pooled, std::vector<float> &out) {
  llama_memory_clear(llama_get_memory(context), true);
  batch.n_tokens = 0;
  for (size_t row = first; row < last; ++row)
    for (size_t i = 0; i < rows[row].size(); ++i)
      addToken(batch, rows[row][i], i, row - first);
  if (llama_decode(context, batch))
    return false;
  const int32_t count = pooled ? int32_t(last - first) : batch.n_tokens;
  for (int32_t i = 0; i < count; ++i) {
    const float *vector = pooled ? llama_get_embeddings_seq(context, i)
                                 : llama_get_embeddings_ith(context, i);
    if (!vector)
      return false;
    out.insert(out.end(), vector, vector + width);
  }
  return true;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: llama_vectors MODEL.gguf ROWS OUT.f32 [THREADS "
                    "[fa|nofa [UBATCH [REPEAT [hidden]]]]]\n");
    return 2;
  }
  const Rows rows = readRows(argv[2]);
  const size_t most = argc > 6 ? size_t(atoi(argv[6])) : 512;
  const int repeat = argc > 7 ? atoi(argv[7]) : 1;
  const bool hidden = argc > 8 && !strcmp(argv[8], "hidden");

  if (rows.empty()) {
    fprintf(stderr, "llama_vectors: cannot read %s\n", argv[2]);
    return 1;
  }
  llama_model *model = loadModel(argv[1]);
  if (!model)
    return 1;
  // Where each batch begins, and how many texts the largest has.
  std::vector<size_t> firsts = {0};
  size_t tokens = 0, texts = 1;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (tokens + rows[i].size() > most && tokens) {
      firsts.push_back(i);
      tokens = 0;
    }
    tokens += rows[i].size();
    texts = std::max(texts, i + 1 - firsts.back());
  }
  firsts.push_back(rows.size());

  llama_context_params params = makeParams(argc, argv, most, most);
  params.n_seq_max = uint32_t(texts);
  params.kv_unified = true;
  params.embeddings = true;
  if (hidden)
    params.pooling_type = LLAMA_POOLING_TYPE_NONE;
  llama_context *context = makeContext(model, params);
  if (!context)
    return 1;
  const bool pooled = llama_pooling_type(context) != LLAMA_POOLING_TYPE_NONE;
  const size_t width = size_t(llama_model_n_embd_out(model));
  llama_batch batch = llama_batch_init(int32_t(most), 0, 1);
  std::vector<float> out;
  for (int turn = 0; turn < repeat; ++turn) {
    out.clear();
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i + 1 < firsts.size(); ++i)
      if (!runBatch(context, batch, rows, firsts[i], firsts[i + 1], width,
                    pooled, out)) {
        fprintf(stderr, "llama_vectors: llama_decode failed at text %zu\n",
                firsts[i]);
        return 1;
      }
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    printf("%.6f\n", took.count());
    fflush(stdout);
  }
  FILE *file = fopen(argv[3], "wb");
  if (!file ||
      fwrite(out.data(), sizeof(float), out.size(), file) != out.size() ||
      fclose(file)) {
    perror(argv[3]);
    return 1;
  }
  llama_batch_free(batch);
  llama_free(context);
  llama_model_free(model);
  return 0;
}
