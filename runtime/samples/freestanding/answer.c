/* answer.c - a model where there is no C library and no system.
 *
 *   lfm2-compile MODEL --target=aarch64-bare --emit=static --weights=join -o
 * model clang --target=aarch64-none-elf -O2 -ffreestanding -c answer.c board.c
 *   ld.lld --gc-sections -o answer answer.o board.o model.a
 *
 * All memory is fixed when it is built: the weights are part of the image, and
 * the context lies in `memory`. The model runs on the thread that calls; who
 * has more cores gives a function that runs a task on them
 * (lfm2rt_context_options). */
#include "board.h"
#include "model.h"

static _Alignas(4096) unsigned char memory[4 << 20];
static _Alignas(64) unsigned char work[1 << 20];
static lfm2rt_model model;
static lfm2rt_weights weights;

static int show(const char *text, size_t length, void *user) {
  (void)user;
  board_write(text, length);
  return 0;
}

static int fail(const lfm2rt_error *error) {
  size_t length = 0;
  while (error->message[length])
    ++length;
  board_write(error->message, length);
  board_write("\n", 1);
  return 1;
}

int main(void) {
  static const char question[] = "What is a river?";
  lfm2rt_error error;
  lfm2rt_context *context;
  lfm2rt_context_options options = {0};
  options.tokens = 128;
  options.threads = 1;
  options.zeroed = 1; /* As what is static is when a program starts. */
  if (lfm2rt_model_open(&model, &model_program, &error) ||
      lfm2rt_weights_open_memory(&weights, &model, model_archive,
                                 (uint64_t)(model_archive_end - model_archive),
                                 &error) ||
      lfm2rt_context_create(&context, &weights, &options, memory, sizeof memory,
                            &error) ||
      lfm2rt_generate_text(context, question, sizeof question - 1, 40,
                           LFM2RT_CHAT, show, NULL, work, sizeof work, &error))
    return fail(&error);
  board_write("\n", 1);
  return 0;
}
