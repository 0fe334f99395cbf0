#include "runtime/grammar/Tokens.h"

namespace lfm2rt {
namespace grammar {

uint32_t tokenOf(const lfm2_tokenizer *tokenizer, Text text) {
  uint8_t work[2048];
  int32_t id;
  const int64_t count =
      tokenizer ? lfm2_tokenizer_encode(tokenizer, text.at, text.bytes,
                                        LFM2_TOKENIZE_PARSE_SPECIAL, &id, 1,
                                        work, sizeof(work))
                : 0;
  return count == 1 ? uint32_t(id) : noToken;
}

} // namespace grammar
} // namespace lfm2rt
