// GET /api/version, /api/tags, /api/ps; POST /api/show, /api/embed,
// /api/embeddings

#include "tools/lfm2-serve/Embeddings.h"
#include "tools/lfm2-serve/OllamaForms.h"
#include <ctime>

namespace lfm2s {
namespace {

/// Of Ollama's interface, the version that this follows: clients look at it.
constexpr char interfaceVersion[] = "0.13.0";

int64_t nanoseconds(double seconds) { return int64_t(seconds * 1e9); }

int64_t nanosecondsSince(std::chrono::steady_clock::time_point began) {
  return nanoseconds(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began)
          .count());
}

/// "q4_0" of the format that most bytes of weights have.
std::string formatOf(const Json &info) {
  std::string found;
  uint64_t most = 0;
  if (info.contains("weight_bytes_by_format"))
    for (const auto &[name, bytes] : info["weight_bytes_by_format"].items())
      if (bytes.is_number_unsigned() && bytes.get<uint64_t>() > most) {
        most = bytes.get<uint64_t>();
        found = name;
      }
  for (char &c : found)
    c = char(toupper(c));
  return found;
}

/// Of a model that is loaded; of others nothing is known.
Json detailsOf(const Served *served) {
  std::string family =
      served ? served->info.value("architecture", "lfm2") : "lfm2";
  return {{"parent_model", ""},
          {"format", "lfm2-compile"},
          {"family", family},
          {"families", Json::array({family})},
          {"parameter_size", ""},
          {"quantization_level", served ? formatOf(served->info) : ""}};
}

Json tagOf(const App &app, const std::string &name, const Served *served) {
  return {{"name", name},
          {"model", name},
          {"modified_at", timeText(app.models.created())},
          {"size", served ? served->info.value("weights_bytes", uint64_t(0))
                          : uint64_t(0)},
          {"digest", served ? served->info.value("identity", "") : ""},
          {"details", detailsOf(served)}};
}

Json tags(const App &app, bool onlyLoaded) {
  std::vector<std::shared_ptr<Served>> loaded = app.models.loaded();
  Json list = Json::array();
  for (const std::string &name : app.models.names()) {
    const Served *found = nullptr;
    for (const auto &one : loaded)
      if (one->name == name)
        found = one.get();
    if (!found && onlyLoaded)
      continue;
    list.push_back(tagOf(app, name, found));
  }
  return {{"models", list}};
}

bool readsVariable(const lfm2e::Model &model, std::string_view name) {
  for (std::string_view one : model.templateVariables())
    if (one == name)
      return true;
  return false;
}

void show(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = ollamaModel(app, exchange, request);
  const Json &info = served->info;
  std::string family = info.value("architecture", "lfm2");
  Json capabilities = Json::array();
  if (served->scheduler)
    capabilities.push_back("completion");
  if (served->embedder)
    capabilities.push_back("embedding");
  if (served->scheduler && readsVariable(*served->model, "tools"))
    capabilities.push_back("tools");
  std::string parameters;
  if (info.contains("sampling"))
    for (const auto &[name, value] : info["sampling"].items())
      parameters += name + " " + writeJson(value) + "\n";
  uint32_t context = served->scheduler ? served->scheduler->context()
                                       : served->model->contextMax();
  exchange.reply({{"modelfile", ""},
                  {"parameters", parameters},
                  {"template", ""},
                  {"details", detailsOf(served.get())},
                  {"model_info",
                   {{"general.architecture", family},
                    {family + ".context_length", context},
                    {family + ".embedding_length", info.value("hidden", 0)},
                    {family + ".vocab_size", info.value("vocab", 0)}}},
                  {"capabilities", capabilities},
                  {"modified_at", timeText(app.models.created())}});
}

void embed(App &app, Exchange &exchange, const Fields &request, bool isOld) {
  auto began = std::chrono::steady_clock::now();
  std::shared_ptr<Served> served = ollamaModel(app, exchange, request);
  served->vectors();
  const char *name = isOld ? "prompt" : "input";
  if (!request.find(name))
    request.refuse(name, isOld ? "a string" : "a string or a list of strings");
  Texts texts;
  for (const std::string &text : request.texts(name, mostTexts))
    texts.push_back(served->model->tokenizeForVector(text, nullptr));
  uint32_t flags =
      request.flag("truncate").value_or(true) ? uint32_t(LFM2RT_TRUNCATE) : 0;
  Json vectors = Json::array();
  uint64_t tokens = 0;
  embedAll(exchange, *served, texts, flags, tokens,
           [&](const float *values, uint32_t rows, uint32_t width) {
             checkDimensions(request, width);
             vectors.push_back(vectorsOf(values, rows, width));
           });
  if (isOld)
    return exchange.reply(
        {{"embedding", vectors.empty() ? Json::array() : vectors[0]}});
  exchange.reply({{"model", served->name},
                  {"embeddings", vectors},
                  {"total_duration", nanosecondsSince(began)},
                  {"load_duration", 0},
                  {"prompt_eval_count", tokens}});
}

} // namespace

std::string timeText(int64_t secondsSince1970) {
  auto seconds = time_t(secondsSince1970);
  tm parts = {};
  gmtime_r(&seconds, &parts);
  char text[32];
  strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Json ollamaCost(const lfm2e::Usage &usage,
                std::chrono::steady_clock::time_point began) {
  return {{"total_duration", nanosecondsSince(began)},
          {"load_duration", 0},
          {"prompt_eval_count", usage.promptTokens},
          {"prompt_eval_duration", nanoseconds(usage.reading)},
          {"eval_count", usage.madeTokens},
          {"eval_duration", nanoseconds(usage.making)}};
}

std::shared_ptr<Served> ollamaModel(App &app, Exchange &exchange,
                                    const Fields &request) {
  return app.model(exchange, request, request.find("model") ? "model" : "name");
}

void addOllama(App &app) {
  app.get("/api/version", Dialect::Ollama, [](App &, Exchange &exchange) {
    exchange.reply({{"version", interfaceVersion}});
  });
  app.get("/api/tags", Dialect::Ollama, [](App &app, Exchange &exchange) {
    exchange.reply(tags(app, /*onlyLoaded=*/false));
  });
  app.get("/api/ps", Dialect::Ollama, [](App &app, Exchange &exchange) {
    exchange.reply(tags(app, /*onlyLoaded=*/true));
  });
  app.post("/api/show", Dialect::Ollama, show);
  app.post("/api/embed", Dialect::Ollama,
           [](App &app, Exchange &exchange, const Fields &request) {
             embed(app, exchange, request, /*isOld=*/false);
           });
  app.post("/api/embeddings", Dialect::Ollama,
           [](App &app, Exchange &exchange, const Fields &request) {
             embed(app, exchange, request, /*isOld=*/true);
           });
  addOllamaChat(app);
}

} // namespace lfm2s
