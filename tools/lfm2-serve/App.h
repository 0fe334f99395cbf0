// The server: its models, its endpoints, and what every request goes through.

#ifndef LFM2C_TOOLS_LFM2_SERVE_APP_H
#define LFM2C_TOOLS_LFM2_SERVE_APP_H

#include "tools/lfm2-serve/Access.h"
#include "tools/lfm2-serve/Ask.h"
#include "tools/lfm2-serve/Exchange.h"
#include "tools/lfm2-serve/HttpServer.h"
#include "tools/lfm2-serve/Log.h"
#include "tools/lfm2-serve/Metrics.h"
#include "tools/lfm2-serve/ModelTable.h"
#include <map>

namespace lfm2s {

class App {
public:
  using Handler = std::function<void(App &, Exchange &)>;
  /// Of an endpoint that reads a JSON object.
  using BodyHandler = std::function<void(App &, Exchange &, const Fields &)>;

  explicit App(const Options &options);

  /// Adds an endpoint; a path that ends with "/*" stands for all within it.
  /// What its handler throws is told to the client in this dialect.
  void get(const char *path, Dialect dialect, const Handler &handler);
  void post(const char *path, Dialect dialect, const BodyHandler &handler);

  /// The model that the request names in this field.
  std::shared_ptr<Served> model(Exchange &exchange, const Fields &request,
                                const char *field = "model");
  /// Puts the server's limits on what is asked for, and says who asks.
  void limit(const Exchange &exchange, Ask &ask) const;
  /// Refuses more answers of one request than could ever wait together.
  void checkCount(size_t answers) const;

  std::string metricsText() { return metrics.text(models, http.connections()); }

  /// Serves until it is told to stop by a signal. Returns the exit status.
  int run();

  const Options &options;
  const std::string fingerprint; /// Of this server and its version.
  ModelTable models;
  std::atomic<bool> isStopping{false};

private:
  using Routes = std::map<std::string, std::pair<std::string, Dialect>>;
  Routes::const_iterator route(const std::string &path) const;
  /// Answers in place of an endpoint where the request may not have it: no key,
  /// no such path, another method.
  bool answersBefore(const httplib::Request &request,
                     httplib::Response &response);
  void handle(const httplib::Request &request, httplib::Response &response,
              Dialect dialect, const Handler &handler);
  std::string readText(Exchange &exchange,
                       const httplib::ContentReader &reader) const;
  void stop();

  Access access;
  Metrics metrics;
  Log log;
  /// Method and dialect, by path.
  Routes methods;
  HttpServer http;
};

/// Each of these adds its endpoints.
void addPage(App &app);
void addModels(App &app);
void addMetrics(App &app);
void addChat(App &app);
void addCompletions(App &app);
void addEmbeddings(App &app);
void addResponses(App &app);
void addTokenize(App &app);
void addOllama(App &app);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_APP_H
