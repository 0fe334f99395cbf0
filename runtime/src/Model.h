// Insides of lfm2rt_model and lfm2rt_weights.
#ifndef LFM2RT_SRC_MODEL_H
#define LFM2RT_SRC_MODEL_H

#include "runtime/include/lfm2rt/abi.h"
#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/tokenizer/tokenizer.h"

namespace lfm2rt {

inline const lfm2_variant &variantOf(const lfm2rt_model &model) {
  return *static_cast<const lfm2_variant *>(model.variant);
}

inline bool isBidirectional(const lfm2_program &program) {
  return program.flags & LFM2_PROGRAM_BIDIRECTIONAL;
}

// nullptr where the model was compiled without one.
inline const lfm2_tokenizer *tokenizerOf(const lfm2rt_weights &weights) {
  static_assert(sizeof(lfm2_tokenizer) <= sizeof(weights.tokenizer),
                "the public structure has room for the tokenizer");
  auto *tokenizer = reinterpret_cast<const lfm2_tokenizer *>(weights.tokenizer);
  return tokenizer->header ? tokenizer : nullptr;
}

// A pointer into the weights' defaults, or nullptr.
const lfm2_defaults *defaultsOf(const lfm2rt_weights &weights);

} // namespace lfm2rt

#endif // LFM2RT_SRC_MODEL_H
