// GET /health, GET /v1/models, GET /v1/models/NAME, GET /metrics

#include "tools/lfm2-serve/App.h"

namespace lfm2s {
namespace {

Json modelOf(const App &app, const std::string &name) {
  return {{"id", name},
          {"object", "model"},
          {"created", app.models.created()},
          {"owned_by", "lfm2-compile"}};
}

/// The rest of the path is its name.
void oneModel(const App &app, Exchange &exchange) {
  std::string name = exchange.request.path.substr(sizeof("/v1/models/") - 1);
  app.models.check(name);
  exchange.reply(modelOf(app, name));
}

} // namespace

void addMetrics(App &app) {
  app.get("/metrics", Dialect::OpenAI, [](App &app, Exchange &exchange) {
    exchange.response.status = 200;
    exchange.response.set_content(app.metricsText(),
                                  "text/plain; version=0.0.4; charset=utf-8");
  });
}

void addModels(App &app) {
  app.get("/health", Dialect::OpenAI, [](App &, Exchange &exchange) {
    exchange.reply({{"status", "ok"}});
  });
  app.get("/v1/models", Dialect::OpenAI, [](App &app, Exchange &exchange) {
    Json list = Json::array();
    for (const std::string &name : app.models.names())
      list.push_back(modelOf(app, name));
    exchange.reply({{"object", "list"}, {"data", list}});
  });
  app.get("/v1/models/*", Dialect::OpenAI, oneModel);
}

} // namespace lfm2s
