/* answer.c - the functions of Answer.java: open, answer, close. */
#include "model.h"

#include <jni.h>
#include <stdlib.h>
#include <string.h>

enum { tokens_of_context = 1024, tokens_of_answer = 200, threads = 4 };

typedef struct answerer {
  lfm2rt_model model;
  lfm2rt_weights weights;
  lfm2rt_context *context;
  void *memory;
  char text[tokens_of_answer * 64];
  size_t length;
} answerer;

static void refuse(JNIEnv *env, const char *why) {
  jclass kind = (*env)->FindClass(env, "java/lang/IllegalStateException");
  if (kind)
    (*env)->ThrowNew(env, kind, why);
}

static void close_all(answerer *self) {
  if (self->context)
    lfm2rt_context_destroy(self->context);
  lfm2rt_weights_close(&self->weights);
  free(self->memory);
  free(self);
}

/* Opens the model out of this library and its weights out of a file. */
JNIEXPORT jlong JNICALL Java_org_example_answer_Answer_open(JNIEnv *env,
                                                            jclass type,
                                                            jstring path) {
  (void)type;
  lfm2rt_error error;
  lfm2rt_context_options options = {0};
  const char *name = (*env)->GetStringUTFChars(env, path, NULL);
  answerer *self = calloc(1, sizeof *self);
  if (!name || !self) {
    free(self);
    return 0; /* Java throws what it could not allocate. */
  }
  options.tokens = tokens_of_context;
  options.threads = threads;
  lfm2rt_status status =
      lfm2rt_model_open(&self->model, &model_program, &error);
  if (!status)
    status =
        lfm2rt_weights_open_file(&self->weights, &self->model, name, &error);
  if (!status) {
    uint64_t bytes = lfm2rt_context_size(&self->model, &options);
    if (posix_memalign(&self->memory, 4096, bytes))
      self->memory = NULL;
    status = lfm2rt_context_create(&self->context, &self->weights, &options,
                                   self->memory, bytes, &error);
  }
  (*env)->ReleaseStringUTFChars(env, path, name);
  if (!status)
    return (jlong)(intptr_t)self;
  refuse(env, error.message);
  close_all(self);
  return 0;
}

static int keep(const char *piece, size_t length, void *user) {
  answerer *self = user;
  if (self->length + length >= sizeof self->text)
    return 1;
  memcpy(self->text + self->length, piece, length);
  self->length += length;
  return 0;
}

/* What the model answers, behind all that was said before. UTF-8 in and out, as
 * bytes: Java's own form of it differs beyond U+FFFF. */
JNIEXPORT jbyteArray JNICALL Java_org_example_answer_Answer_answer(
    JNIEnv *env, jclass type, jlong handle, jbyteArray said) {
  (void)type;
  lfm2rt_error error;
  answerer *self = (answerer *)(intptr_t)handle;
  jsize length = (*env)->GetArrayLength(env, said);
  uint64_t bytes = lfm2rt_text_work_size(&self->weights, (size_t)length);
  char *text = malloc((size_t)length + 1);
  void *work = malloc(bytes);
  jbyteArray result = NULL;
  if (!text || !work) {
    refuse(env, "out of memory");
  } else {
    (*env)->GetByteArrayRegion(env, said, 0, length, (jbyte *)text);
    self->length = 0;
    if (lfm2rt_generate_text(self->context, text, (size_t)length,
                             tokens_of_answer, LFM2RT_CHAT, keep, self, work,
                             bytes, &error)) {
      refuse(env, error.message);
    } else {
      result = (*env)->NewByteArray(env, (jsize)self->length);
      if (result)
        (*env)->SetByteArrayRegion(env, result, 0, (jsize)self->length,
                                   (const jbyte *)self->text);
    }
  }
  free(work);
  free(text);
  return result;
}

JNIEXPORT void JNICALL Java_org_example_answer_Answer_close(JNIEnv *env,
                                                            jclass type,
                                                            jlong handle) {
  (void)env, (void)type;
  close_all((answerer *)(intptr_t)handle);
}
