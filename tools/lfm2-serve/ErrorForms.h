// How refusals look in the interfaces that this server has.

#ifndef LFM2C_TOOLS_LFM2_SERVE_ERRORFORMS_H
#define LFM2C_TOOLS_LFM2_SERVE_ERRORFORMS_H

#include "tools/lfm2-serve/Json.h"
#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {

/// {"error": {"message", "type", "param", "code"}}
Json openAIError(const Refusal &refusal);
/// {"error": "..."}
Json ollamaError(const Refusal &refusal);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_ERRORFORMS_H
