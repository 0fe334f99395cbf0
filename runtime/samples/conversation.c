/* conversation.c - two conversations: one is saved and goes on in the other's
 * context, where its last answer then has the form of a JSON schema.
 *
 *   lfm2-compile MODEL --emit=static -o model
 *   cc conversation.c model.a -o conversation
 *   ./conversation model.weights "What is a river?" "And a lake?"
 *
 * A conversation is a list of messages, kept as JSON. Each answer renders all
 * of it by the model's chat template; lfm2rt_read() reads only what is new. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { tokens_of_context = 512, tokens_of_answer = 60, longest_call = 4096 };

static const char schema[] =
    "{\"type\": \"object\", \"properties\": {\"sure\": {\"type\": \"boolean\"},"
    " \"stars\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 5}},"
    " \"required\": [\"sure\", \"stars\"], \"additionalProperties\": false}";

typedef struct talk {
  lfm2rt_context *context;
  lfm2rt_answer *reader;
  char messages[1 << 16]; /* JSON without the closing bracket. */
} talk;

static void die(const char *why) {
  fprintf(stderr, "conversation: %s\n", why);
  exit(1);
}

static void *take(uint64_t bytes) {
  void *memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  if (!memory)
    die("out of memory");
  return memory;
}

/* Adds to the messages; `quoted` as the inside of a JSON string. */
static void add(talk *talk, const char *text, size_t length, int quoted) {
  size_t used = strlen(talk->messages);
  for (size_t i = 0; i < length; ++i) {
    unsigned char c = (unsigned char)text[i];
    if (used + 8 > sizeof talk->messages)
      die("the conversation is too long");
    if (quoted && (c < ' ' || c == '"' || c == '\\'))
      used += (size_t)sprintf(talk->messages + used, "\\u%04x", c);
    else
      talk->messages[used++] = (char)c;
  }
  talk->messages[used] = 0;
}

static void begin_message(talk *talk, const char *role) {
  add(talk, talk->messages[0] ? ", " : "[", talk->messages[0] ? 2 : 1, 0);
  add(talk, "{\"role\": \"", 10, 0);
  add(talk, role, strlen(role), 0);
  add(talk, "\", \"content\": \"", 15, 0);
}

/* Takes a part of an answer. An application would run the calls, and add them
 * and what they gave to the messages. */
static int on_part(const lfm2rt_answer_part *part, void *user) {
  if (part->kind == LFM2RT_ANSWER_CALL)
    printf("call of %.*s with %.*s\n", (int)part->name_length, part->name,
           (int)part->length, part->text);
  else if (part->kind == LFM2RT_ANSWER_TEXT) {
    fwrite(part->text, 1, part->length, stdout);
    add(user, part->text, part->length, 1);
  }
  return 0;
}

static void open_talk(talk *talk, const lfm2rt_model *model,
                      const lfm2rt_weights *weights) {
  lfm2rt_error error;
  lfm2rt_context_options options = {0};
  options.tokens = tokens_of_context;
  options.threads = 2;
  options.marks = tokens_of_context / 64;
  uint64_t bytes = lfm2rt_context_size(model, &options);
  uint64_t reader_bytes = lfm2rt_answer_size(longest_call);
  if (lfm2rt_context_create(&talk->context, weights, &options, take(bytes),
                            bytes, &error) ||
      lfm2rt_answer_open(&talk->reader, weights, longest_call, 0, on_part, talk,
                         take(reader_bytes), reader_bytes, &error))
    die(error.message);
}

static void say(talk *talk, const lfm2rt_weights *weights, const char *text) {
  lfm2rt_error error;
  begin_message(talk, "user");
  add(talk, text, strlen(text), 1);
  add(talk, "\"}", 2, 0);

  lfm2rt_conversation all = {0};
  char *messages = take(sizeof talk->messages);
  all.messages_bytes = (uint64_t)sprintf(messages, "%s]", talk->messages);
  all.messages = messages;
  all.flags = LFM2RT_CHAT_ANSWER;
  const int32_t *ids;
  uint64_t count, bytes = lfm2rt_chat_work_size(weights, &all);
  void *work = take(bytes);
  while (lfm2rt_chat_encode(weights, &all, work, bytes, &ids, &count, &error)) {
    if (error.status != LFM2RT_NO_MEMORY)
      die(error.message);
    free(work);
    bytes = error.needed;
    work = take(bytes);
  }

  uint32_t kept;
  if (lfm2rt_read(talk->context, ids, (uint32_t)count, &kept, &error))
    die(error.message);
  printf("[%u of %u tokens were read before] ", kept, (unsigned)count);
  begin_message(talk, "assistant");
  if (lfm2rt_generate_tokens(talk->context, NULL, 0, tokens_of_answer, 0,
                             lfm2rt_answer_token, talk->reader, &error))
    die(error.message);
  lfm2rt_answer_end(talk->reader);
  add(talk, "\"}", 2, 0);
  printf("\n");
  free(work);
  free(messages);
}

/* From now on answers meet the schema. What must follow anyhow, such as the
 * names of fields, is read without asking the model. */
static void hold(talk *talk, const lfm2rt_weights *weights) {
  lfm2rt_error error;
  lfm2rt_vocabulary *vocabulary;
  const lfm2rt_grammar *grammar;
  lfm2rt_constraint *constraint;
  lfm2rt_form form = {0};
  form.kind = LFM2RT_FORM_JSON_SCHEMA;
  uint64_t bytes = lfm2rt_vocabulary_size(weights);
  if (lfm2rt_vocabulary_create(&vocabulary, weights, take(bytes), bytes,
                               &error))
    die(error.message);
  bytes = lfm2rt_grammar_size(sizeof schema - 1);
  if (lfm2rt_grammar_create(&grammar, weights, &form, schema, sizeof schema - 1,
                            take(bytes), bytes, &error))
    die(error.message);
  bytes = lfm2rt_constraint_size(grammar, vocabulary, NULL);
  if (lfm2rt_constraint_create(&constraint, grammar, vocabulary, NULL,
                               take(bytes), bytes, &error))
    die(error.message);
  lfm2rt_guide guide = {lfm2rt_constraint_force, constraint};
  lfm2rt_set_allow(talk->context, lfm2rt_constraint_allow, constraint);
  lfm2rt_set_guide(talk->context, &guide);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: conversation FILE.weights TEXT TEXT\n");
    return 2;
  }
  static talk first, second;
  static lfm2rt_model model;
  static lfm2rt_weights weights;
  lfm2rt_error error;
  if (lfm2rt_model_open(&model, &model_program, &error) ||
      lfm2rt_weights_open_file(&weights, &model, argv[1], &error))
    die(error.message);
  open_talk(&first, &model, &weights);
  open_talk(&second, &model, &weights);
  say(&first, &weights, argv[2]);
  say(&second, &weights, argv[3]);

  uint64_t bytes = lfm2rt_save_size(first.context);
  void *saved = take(bytes);
  lfm2rt_save(first.context, saved);
  if (lfm2rt_restore(second.context, saved, bytes, &error))
    die(error.message);
  free(saved);
  strcpy(second.messages, first.messages);
  say(&first, &weights, argv[3]);
  hold(&second, &weights);
  say(&second, &weights, argv[3]);

  /* A call of a tool as a model may write it, here from a text. */
  lfm2rt_answer_text("<|tool_call_start|>[weather(town='Bern', days=2)]"
                     "<|tool_call_end|>",
                     66, first.reader);
  lfm2rt_answer_end(first.reader);
  lfm2rt_context_destroy(first.context);
  lfm2rt_context_destroy(second.context);
  lfm2rt_weights_close(&weights);
  return 0;
}
