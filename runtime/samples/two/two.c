/* two.c - two models in one program: they go on with one text in turn.
 *
 *   lfm2-compile MODEL --emit=static -o small
 *   lfm2-compile OTHER_MODEL --emit=static -o large
 *   cc two.c small.a large.a -o two
 *   ./two small.weights large.weights "The weather today"
 *
 * What belongs to a model has its name in front; the runtime is there once. */
#include "large.h"
#include "small.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { tokens_of_context = 512, tokens_of_turn = 16, turns = 4 };

typedef struct writer {
  const char *name;
  lfm2rt_model model;
  lfm2rt_weights weights;
  lfm2rt_context *context;
} writer;

/* The text so far. */
static char text[1 << 16];
static size_t length;

static void die(const char *why) {
  fprintf(stderr, "two: %s\n", why);
  exit(1);
}

static void *take(uint64_t bytes) {
  void *memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  if (!memory)
    die("out of memory");
  return memory;
}

static void begin(writer *writer, const struct lfm2_program *program,
                  const char *weights) {
  lfm2rt_error error;
  lfm2rt_context_options options = {0};
  options.tokens = tokens_of_context;
  options.threads = 2;
  if (lfm2rt_model_open(&writer->model, program, &error) ||
      lfm2rt_weights_open_file(&writer->weights, &writer->model, weights,
                               &error))
    die(error.message);
  uint64_t bytes = lfm2rt_context_size(&writer->model, &options);
  if (lfm2rt_context_create(&writer->context, &writer->weights, &options,
                            take(bytes), bytes, &error))
    die(error.message);
}

static int append(const char *piece, size_t bytes, void *user) {
  (void)user;
  if (length + bytes >= sizeof text)
    die("the text is too long");
  memcpy(text + length, piece, bytes);
  length += bytes;
  fwrite(piece, 1, bytes, stdout);
  return 0;
}

/* Each model has a vocabulary of its own: they exchange text, not ids. */
static void go_on(writer *writer) {
  lfm2rt_error error;
  uint64_t bytes = lfm2rt_text_work_size(&writer->weights, length);
  void *work = take(bytes);
  printf("[%s]", writer->name);
  lfm2rt_reset(writer->context);
  /* Where one would end the text, the other shall have a word, too. */
  if (lfm2rt_generate_text(writer->context, text, length, tokens_of_turn,
                           LFM2RT_ADD_BOS | LFM2RT_IGNORE_STOP, append, NULL,
                           work, bytes, &error))
    die(error.message);
  free(work);
}

int main(int argc, char **argv) {
  if (argc != 4 || strlen(argv[3]) >= sizeof text) {
    fprintf(stderr, "usage: two SMALL.weights LARGE.weights TEXT\n");
    return 2;
  }
  static writer small = {.name = "small"}, large = {.name = "large"};
  begin(&small, &small_program, argv[1]);
  begin(&large, &large_program, argv[2]);
  length = strlen(argv[3]);
  memcpy(text, argv[3], length);
  for (int turn = 0; turn < turns; ++turn)
    go_on(turn % 2 ? &large : &small);
  printf("\n");
  return 0;
}
