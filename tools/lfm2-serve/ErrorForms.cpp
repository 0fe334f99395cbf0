#include "tools/lfm2-serve/ErrorForms.h"

namespace lfm2s {
namespace {

const char *typeOf(int status) {
  switch (status) {
  case 401:
    return "authentication_error";
  case 429:
    return "rate_limit_error";
  default:
    return status < 500 ? "invalid_request_error" : "server_error";
  }
}

Json orNull(const std::string &text) {
  return text.empty() ? Json() : Json(text);
}

} // namespace

Json openAIError(const Refusal &refusal) {
  return {{"error",
           {{"message", refusal.what()},
            {"type", typeOf(refusal.status)},
            {"param", orNull(refusal.param)},
            {"code", orNull(refusal.code)}}}};
}

Json ollamaError(const Refusal &refusal) { return {{"error", refusal.what()}}; }

} // namespace lfm2s
