#include "tools/lfm2-serve/App.h"

#include "tools/lfm2-serve/Framing.h"
#include "tools/lfm2-serve/OpenAI.h"
#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {

/// Status of a request whose answer nobody waited for, in logs and metrics.
constexpr int clientLeft = 499;

static Refusal stopping() {
  Refusal refusal(503, "the server stops; ask again later", "server_stops");
  refusal.retryAfter = 5;
  return refusal;
}

/// Of a request that has not come to an endpoint.
static Refusal libraryRefusal(int status, const Connection &connection) {
  if (connection.hasLongHead())
    return Refusal(431, "expected headers of at most " +
                            std::to_string(ConnectionLimits().headBytes) +
                            " bytes, found more");
  return Refusal(status, "expected a request of HTTP/1.1, found what is none");
}

App::App(const Options &options)
    : options(options), fingerprint("lfm2-serve-" LFM2_VERSION),
      models(options), access(options), log(options.log) {
  using httplib::Request;
  using httplib::Response;
  using Result = httplib::Server::HandlerResponse;
  http.set_payload_max_length(options.maxBody);
  http.set_pre_routing_handler(
      [this](const Request &request, Response &response) {
        return answersBefore(request, response) ? Result::Handled
                                                : Result::Unhandled;
      });
  // What the library refuses by itself, as a request line that is none.
  http.set_error_handler(httplib::Server::HandlerWithResponse(
      [this](const Request &request, Response &response) {
        // A client that left is told nothing.
        if (!response.body.empty() || response.status == clientLeft)
          return Result::Unhandled;
        Connection &connection = *Connection::current();
        Exchange exchange(request, response, connection, Dialect::OpenAI);
        exchange.endConnection();
        exchange.refuse(response.status == 413
                            ? longBody(this->options.maxBody)
                            : libraryRefusal(response.status, connection));
        return Result::Handled;
      }));
  http.set_logger([](const Request &, const Response &response) {
    Record &record = Connection::current()->record;
    record.status = response.status;
    if (record.endpoint.empty()) // The library did not understand it.
      record.endpoint = "(none)";
  });
  http.onEnd = [this](const Record &record) {
    metrics.add(record);
    log.write(record);
  };
  addPage(*this);
  addModels(*this);
  addMetrics(*this);
  addChat(*this);
  addCompletions(*this);
  addEmbeddings(*this);
  addResponses(*this);
  addTokenize(*this);
  addOllama(*this);
}

bool App::answersBefore(const httplib::Request &request,
                        httplib::Response &response) {
  Connection &connection = *Connection::current();
  Record &record = connection.record;
  auto found = route(request.path);
  record.id = newId("req_");
  record.method = request.method;
  record.client = request.remote_addr;
  record.endpoint = found == methods.end() ? "(none)" : found->first;
  response.set_header("X-Request-Id", record.id);
  access.addHeaders(request, response);
  Exchange exchange(request, response, connection,
                    found == methods.end() ? Dialect::OpenAI
                                           : found->second.second);
  // There may be a body that nobody reads.
  if (request.method != "POST" && announcesBody(request))
    exchange.endConnection();
  try {
    checkFraming(request, options.maxBody);
    if (request.method == "OPTIONS" && !options.cors.empty()) {
      response.status = 204;
      return true;
    }
    access.checkOrigin(request);
    if (found == methods.end())
      throw Refusal(404,
                    "expected a path that this server has, found \"" +
                        request.path.substr(0, 100) +
                        "\"; see tools/lfm2-serve/README.md for the list",
                    "not_found");
    const std::string &method = found->second.first;
    if (request.method != method &&
        !(method == "GET" && request.method == "HEAD")) {
      response.set_header("Allow", method);
      throw Refusal(405,
                    "expected " + method + " for " + request.path + ", found " +
                        request.method,
                    "method_not_allowed");
    }
    if (size_t key = request.path == "/" || request.path == "/health"
                         ? 0
                         : access.checkKey(request))
      record.key = "key " + std::to_string(key);
    if (isStopping)
      throw stopping();
    return false;
  } catch (const Refusal &refusal) {
    exchange.refuse(refusal);
    if (request.method != "GET")
      exchange.endConnection();
    return true;
  }
}

App::Routes::const_iterator App::route(const std::string &path) const {
  auto found = methods.find(path);
  if (found == methods.end())
    found = methods.find(path.substr(0, path.rfind('/') + 1) + "*");
  return found;
}

/// A path that ends with "*" stands for all that begin so.
static std::string patternOf(std::string path) {
  if (path.back() == '*')
    path.insert(path.size() - 1, ".");
  return path;
}

void App::get(const char *path, Dialect dialect, const Handler &handler) {
  methods[path] = {"GET", dialect};
  http.Get(patternOf(path),
           [=](const httplib::Request &request, httplib::Response &response) {
             handle(request, response, dialect, handler);
           });
}

void App::post(const char *path, Dialect dialect, const BodyHandler &handler) {
  methods[path] = {"POST", dialect};
  http.Post(patternOf(path), [=](const httplib::Request &request,
                                 httplib::Response &response,
                                 const httplib::ContentReader &reader) {
    handle(request, response, dialect, [&](App &, Exchange &exchange) {
      std::string text = readText(exchange, reader);
      if (options.timeout)
        exchange.deadline = std::chrono::steady_clock::now() +
                            std::chrono::seconds(options.timeout);
      Json body = readBody(text);
      handler(*this, exchange, Fields(body));
    });
  });
}

std::string App::readText(Exchange &exchange,
                          const httplib::ContentReader &reader) const {
  std::string text;
  bool isLong = false;
  bool isRead = !exchange.request.is_multipart_form_data() &&
                reader([&](const char *data, size_t bytes) {
                  isLong = text.size() + bytes > options.maxBody;
                  if (!isLong)
                    text.append(data, bytes);
                  return !isLong;
                });
  if (isRead)
    return text;
  exchange.connection.mustClose = true;
  if (isLong || exchange.response.status == 413)
    throw longBody(options.maxBody);
  throw badRequest("expected a whole body of JSON, found one that is cut off, "
                   "came too slowly, or is encoded in a way that is not known");
}

void App::handle(const httplib::Request &request, httplib::Response &response,
                 Dialect dialect, const Handler &handler) {
  auto exchange = std::make_shared<Exchange>(request, response,
                                             *Connection::current(), dialect);
  try {
    handler(*this, *exchange);
  } catch (const ClientLeft &) {
    exchange->record.error = "the client left";
    exchange->connection.mustClose = true;
    response.status = clientLeft;
  } catch (...) {
    exchange->refuse(refusalOf(std::current_exception()));
  }
}

std::shared_ptr<Served> App::model(Exchange &exchange, const Fields &request,
                                   const char *field) {
  std::shared_ptr<Served> served = models.get(request.textOr(field, ""), [&] {
    exchange.checkClient();
    if (isStopping)
      throw stopping();
  });
  exchange.record.model = served->name;
  exchange.record.user = request.textOr("user", "").substr(0, 64);
  return served;
}

void App::limit(const Exchange &exchange, Ask &ask) const {
  ask.most = std::min(ask.most, options.maxTokens);
  ask.client = exchange.record.key.empty() ? exchange.record.client
                                           : exchange.record.key;
  checkCount(ask.count);
}

void App::checkCount(size_t answers) const {
  if (answers > options.queue)
    throw badRequest("expected at most " + std::to_string(options.queue) +
                         " answers of one request, found " +
                         std::to_string(answers) +
                         "; ask for fewer at once, or start the server with a "
                         "larger --queue",
                     "n", "invalid_value");
}

} // namespace lfm2s
