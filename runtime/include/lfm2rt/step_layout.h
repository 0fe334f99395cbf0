// step_layout.h - where the fields of lfm2_step are, on machines of 64 and 32
// bits, out of the list in abi.h. The compiler makes code for either by it; the
// runtime, which is compiled for the machine, checks it (src/Layout.cpp).
#ifndef LFM2RT_STEP_LAYOUT_H
#define LFM2RT_STEP_LAYOUT_H

#include "lfm2rt/abi.h"

namespace lfm2rt {

// POINTER and INDEX: what generated code reads by name.
enum class StepFieldKind { POINTER, INDEX, RUNTIME };

struct StepField {
  const char *name;
  StepFieldKind kind;
};

inline constexpr StepField stepFields[] = {
#define LFM2_STEP_FIELD(kind, type, name) {#name, StepFieldKind::kind},
    LFM2_STEP_FIELDS(LFM2_STEP_FIELD)
#undef LFM2_STEP_FIELD
};

constexpr bool isNamed(const StepField &field, const char *name, unsigned long length) {
  const char *at = field.name;
  for (unsigned long i = 0; i < length; ++i, ++at)
    if (*at == 0 || *at != name[i])
      return false;
  return *at == 0;
}

// The field of that name, which need not be terminated, or nullptr.
constexpr const StepField *findStepField(const char *name, unsigned long length) {
  for (const StepField &field : stepFields)
    if (isNamed(field, name, length))
      return &field;
  return nullptr;
}

// Bytes from the start of lfm2_step to a field of the list, where a pointer has
// `pointerBytes`; for nullptr, the size of the whole.
constexpr int64_t stepOffset(const StepField *wanted, int64_t pointerBytes) {
  int64_t at = 0;
  for (const StepField &field : stepFields) {
    int64_t size = field.kind == StepFieldKind::INDEX ? 4 : pointerBytes;
    at = (at + size - 1) / size * size;
    if (&field == wanted)
      return at;
    at += size;
  }
  return (at + pointerBytes - 1) / pointerBytes * pointerBytes;
}

} // namespace lfm2rt

#endif /* LFM2RT_STEP_LAYOUT_H */
