/* What the sample for Android uses of Java's native interface, to be compiled
 * and not to be called: the functions stand in no order that Java knows. */
#ifndef JNI_H
#define JNI_H
#include <stdint.h>

#define JNIEXPORT __attribute__((visibility("default")))
#define JNICALL

typedef int8_t jbyte;
typedef int32_t jsize;
typedef int64_t jlong;
typedef void *jclass, *jstring, *jbyteArray;

struct functions;
typedef const struct functions *JNIEnv;
struct functions {
  jclass (*FindClass)(JNIEnv *, const char *);
  int32_t (*ThrowNew)(JNIEnv *, jclass, const char *);
  const char *(*GetStringUTFChars)(JNIEnv *, jstring, uint8_t *);
  void (*ReleaseStringUTFChars)(JNIEnv *, jstring, const char *);
  jsize (*GetArrayLength)(JNIEnv *, jbyteArray);
  jbyteArray (*NewByteArray)(JNIEnv *, jsize);
  void (*GetByteArrayRegion)(JNIEnv *, jbyteArray, jsize, jsize, jbyte *);
  void (*SetByteArrayRegion)(JNIEnv *, jbyteArray, jsize, jsize, const jbyte *);
};
#endif
