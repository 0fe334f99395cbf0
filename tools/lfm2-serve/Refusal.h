// What a client is told when a request is not answered.

#ifndef LFM2C_TOOLS_LFM2_SERVE_REFUSAL_H
#define LFM2C_TOOLS_LFM2_SERVE_REFUSAL_H

#include <exception>
#include <stdexcept>
#include <string>

namespace lfm2s {

/// `what()` is one line: what was expected, what was found, what to do.
struct Refusal : std::runtime_error {
  Refusal(int status, const std::string &message, std::string code = "",
          std::string param = "")
      : std::runtime_error(message), status(status), code(std::move(code)),
        param(std::move(param)) {}

  int status;              /// Of HTTP.
  std::string code, param; /// As OpenAI's interface has them; "": null there.
  int retryAfter =
      0; /// Seconds after which it is worth another try; 0: never said.
  bool shouldRetry = true; /// False: clients are told not to by themselves.
};

/// 400. `param` is the field, as "messages[0].role".
Refusal badRequest(const std::string &message, const std::string &param = "",
                   const std::string &code = "");

/// What a caught exception means to a client: refusals as they are, failures of
/// the engine by their status, anything else as 500.
Refusal refusalOf(std::exception_ptr error);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_REFUSAL_H
