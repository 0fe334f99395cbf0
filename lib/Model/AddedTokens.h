// The added tokens of a tokenizer as the tables that texts are searched with.

#ifndef LFM2C_LIB_MODEL_ADDEDTOKENS_H
#define LFM2C_LIB_MODEL_ADDEDTOKENS_H

#include "lfm2rt/tokenizer_format.h"
#include "lib/Model/TokenizerSpec.h"

namespace lfm2c {

/// By LFM2_LITERALS_*: what is looked for, sorted by bytes, each once.
struct AddedTokenTables {
  std::vector<lfm2_tokenizer_literal> literals[LFM2_LITERALS_NUM];
};

/// `offsets[id]` is where the bytes of a token stand in `bytes`; what is looked
/// for in another form than that is appended to them.
AddedTokenTables buildAddedTokens(const TokenizerSpec &spec,
                                  const std::vector<uint32_t> &offsets,
                                  std::string &bytes);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_ADDEDTOKENS_H
