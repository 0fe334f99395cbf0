// What the runtime knows of how texts become vectors, as the bytes of an
// archive section.

#ifndef LFM2C_LIB_MODEL_EMBEDDINGTABLES_H
#define LFM2C_LIB_MODEL_EMBEDDINGTABLES_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace lfm2c {

struct ModelConfig;

/// Builds section LFM2_SECTION_EMBEDDING, as abi.h lays it out, of a config
/// that was verified; empty for a causal model. Fails for a mean that leaves
/// the tokens of a prompt out.
llvm::Expected<std::vector<uint8_t>>
buildEmbeddingSection(const ModelConfig &config);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_EMBEDDINGTABLES_H
