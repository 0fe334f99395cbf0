// Texts to vectors, for OpenAI's interface and for Ollama's.

#ifndef LFM2C_TOOLS_LFM2_SERVE_EMBEDDINGS_H
#define LFM2C_TOOLS_LFM2_SERVE_EMBEDDINGS_H

#include "tools/lfm2-serve/Exchange.h"
#include "tools/lfm2-serve/Fields.h"
#include "tools/lfm2-serve/ModelTable.h"

namespace lfm2s {

/// Of one request.
constexpr size_t mostTexts = 2048;

using Texts = std::vector<std::vector<int32_t>>;
/// The vectors of one text, `rows` of `width` values: one, or one a token.
using TakeVectors =
    std::function<void(const float *values, uint32_t rows, uint32_t width)>;

/// Gives the vectors of each text to `take`, in order, and adds to `tokens`
/// those that were read. `flags` of lfm2rt_embed(). Throws Refusal, ClientLeft.
void embedAll(Exchange &exchange, Served &served, const Texts &texts,
              uint32_t flags, uint64_t &tokens, const TakeVectors &take);
/// A list of numbers, or where there are several rows a list of such.
Json vectorsOf(const float *values, uint32_t rows, uint32_t width);
/// Throws Refusal where another number of them is asked for.
void checkDimensions(const Fields &request, uint32_t width);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_EMBEDDINGS_H
