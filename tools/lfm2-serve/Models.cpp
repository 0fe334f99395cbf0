// GET /health, GET /v1/models

#include "tools/lfm2-serve/App.h"

namespace lfm2s {
namespace {

Json modelOf(const App &app, const std::string &name) {
  return {{"id", name},
          {"object", "model"},
          {"created", app.models.created()},
          {"owned_by", "lfm2-compile"}};
}

} // namespace

void addModels(App &app) {
  app.get("/health", Dialect::OpenAI,
          [](Exchange &exchange) { exchange.reply({{"status", "ok"}}); });
  app.get("/v1/models", Dialect::OpenAI, [&app](Exchange &exchange) {
    Json list = Json::array();
    for (const std::string &name : app.models.names())
      list.push_back(modelOf(app, name));
    exchange.reply({{"object", "list"}, {"data", list}});
  });
}

} // namespace lfm2s
