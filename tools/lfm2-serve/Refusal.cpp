#include "tools/lfm2-serve/Refusal.h"

#include "lib/Engine/Failure.h"

#include <utility>

namespace lfm2s {
namespace {

Refusal refusalOf(const lfm2e::Failure &failure) {
  switch (failure.status) {
  case LFM2RT_CONTEXT_FULL:
    return Refusal(400, failure.what(), "context_length_exceeded", "messages");
  case LFM2RT_INVALID_ARGUMENT:
  case LFM2RT_NO_TOKENIZER:
    return Refusal(400, failure.what(), "invalid_value");
  case LFM2RT_NO_MEMORY: {
    Refusal refusal(503, failure.what(), "out_of_memory");
    refusal.retryAfter = 5;
    return refusal;
  }
  default:
    return Refusal(500, failure.what(), "engine_failed");
  }
}

} // namespace

Refusal badRequest(const std::string &message, const std::string &param,
                   const std::string &code) {
  return Refusal(400, message, code, param);
}

Refusal refusalOf(std::exception_ptr error) {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const Refusal &refusal) {
    return refusal;
  } catch (const lfm2e::QueueFull &full) {
    Refusal refusal(429, full.what(), "queue_full");
    refusal.retryAfter = 1;
    return refusal;
  } catch (const lfm2e::Failure &failure) {
    return refusalOf(failure);
  } catch (const std::bad_alloc &) {
    Refusal refusal(503, "expected memory for the request, found none free",
                    "out_of_memory");
    refusal.retryAfter = 5;
    return refusal;
  } catch (const std::exception &other) {
    return Refusal(500, other.what(), "internal_error");
  } catch (...) {
    return Refusal(500, "the request failed in a way that nothing is known of",
                   "internal_error");
  }
}

} // namespace lfm2s
