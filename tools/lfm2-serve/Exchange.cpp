#include "tools/lfm2-serve/Exchange.h"

#include "tools/lfm2-serve/ErrorForms.h"

namespace lfm2s {

Exchange::Exchange(const httplib::Request &request, httplib::Response &response,
                   Connection &connection, Dialect dialect)
    : request(request), response(response), connection(connection),
      record(connection.record), dialect(dialect),
      deadline(std::chrono::steady_clock::time_point::max()),
      lastLook(std::chrono::steady_clock::now()) {}

void Exchange::checkClient() {
  // A call of the system for each token would be too many.
  constexpr std::chrono::milliseconds rest(50);
  auto now = std::chrono::steady_clock::now();
  if (now < lastLook + rest)
    return;
  lastLook = now;
  if (connection.hasLeft())
    throw ClientLeft();
  if (now > deadline) {
    Refusal late(504,
                 "expected an answer within the time that the server's "
                 "--timeout gives, found none; ask for fewer tokens",
                 "timeout");
    late.shouldRetry = false;
    throw late;
  }
}

void Exchange::endConnection() {
  connection.mustClose = true;
  response.set_header("Connection", "close");
}

void Exchange::reply(const Json &json, int status) {
  response.status = status;
  response.set_content(writeJson(json), "application/json");
}

void Exchange::refuse(const Refusal &refusal) {
  record.error = refusal.what();
  if (refusal.retryAfter)
    response.set_header("Retry-After", std::to_string(refusal.retryAfter));
  if (!refusal.shouldRetry)
    response.set_header("X-Should-Retry", "false");
  if (refusal.status == 401)
    response.set_header("WWW-Authenticate", "Bearer");
  reply(dialect == Dialect::OpenAI ? openAIError(refusal)
                                   : ollamaError(refusal),
        refusal.status);
}

void Exchange::stream(const char *type,
                      std::function<void(const Write &)> produce) {
  record.isStream = true;
  response.status = 200;
  response.set_header("Cache-Control", "no-cache");
  response.set_header("X-Accel-Buffering", "no"); // Of proxies.
  auto provide = [this, self = shared_from_this(),
                  produce = std::move(produce)](size_t,
                                                httplib::DataSink &sink) {
    Write write = [&](const std::string &text) {
      if (!sink.write(text.data(), text.size()))
        throw ClientLeft();
    };
    try {
      try {
        produce(write);
      } catch (const ClientLeft &) {
        throw;
      } catch (...) {
        Refusal refusal = refusalOf(std::current_exception());
        record.error = refusal.what();
        if (dialect == Dialect::OpenAI)
          write(sse(openAIError(refusal)));
        else
          write(writeJson(ollamaError(refusal)) + "\n");
      }
    } catch (const ClientLeft &) {
      record.error = "the client left";
      return false;
    }
    sink.done();
    return true;
  };
  if (request.version != "HTTP/1.0")
    return response.set_chunked_content_provider(type, provide);
  // It knows no chunks: the end of the connection is that of the answer.
  endConnection();
  response.set_content_provider(type, provide);
}

std::string sse(const Json &data) {
  return "data: " + writeJson(data) + "\n\n";
}

std::string sse(const std::string &name, const Json &data) {
  return "event: " + name + "\n" + sse(data);
}

} // namespace lfm2s
