// One request and its answer in the making, as the endpoints see it.

#ifndef LFM2C_TOOLS_LFM2_SERVE_EXCHANGE_H
#define LFM2C_TOOLS_LFM2_SERVE_EXCHANGE_H

#include "tools/lfm2-serve/Connection.h"
#include "tools/lfm2-serve/Json.h"
#include <functional>

namespace lfm2s {

struct Refusal;

/// The client does not wait for the answer any more. No std::exception: nobody
/// is to be told.
struct ClientLeft {};

/// How errors look, in an answer and within a stream.
enum class Dialect { OpenAI, Ollama };

/// Writes the parts of an answer that is streamed; throws ClientLeft.
using Write = std::function<void(const std::string &)>;

/// Of one connection and its thread. Owned by shared pointers; where an answer
/// is streamed, it lives until that is written.
class Exchange : public std::enable_shared_from_this<Exchange> {
public:
  Exchange(const httplib::Request &request, httplib::Response &response,
           Connection &connection, Dialect dialect);

  const httplib::Request &request;
  httplib::Response &response;
  Connection &connection;
  Record &record;
  const Dialect dialect;
  /// When the request is given up.
  std::chrono::steady_clock::time_point deadline;

  /// Throws ClientLeft, and Refusal behind the deadline.
  void checkClient();

  /// The connection ends with this answer, and the client is told.
  void endConnection();
  void reply(const Json &json, int status = 200);
  void refuse(const Refusal &refusal);
  /// Lets `produce` write the answer in pieces, after the handler has returned.
  /// What it throws becomes the last piece. It is destroyed when the answer
  /// ends.
  void stream(const char *type, std::function<void(const Write &)> produce);

private:
  std::chrono::steady_clock::time_point lastLook;
};

/// Of a server-sent event.
std::string sse(const Json &data);
std::string sse(const std::string &name, const Json &data);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_EXCHANGE_H
