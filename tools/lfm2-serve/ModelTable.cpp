#include "tools/lfm2-serve/ModelTable.h"

#include "lib/Engine/Failure.h"
#include "tools/lfm2-serve/Prepare.h"
#include "tools/lfm2-serve/Refusal.h"
#include <ctime>
#include <thread>

namespace lfm2s {

struct ModelTable::Entry {
  std::string name, source;
  /// Invalid until the model is asked for, and after a try that failed.
  std::shared_future<std::shared_ptr<Served>> loading;
  std::shared_ptr<Served> served; /// nullptr until it is loaded.
  uint64_t tries = 0;
  std::thread loader; /// Of the last try.
};

lfm2e::Scheduler &Served::texts() const {
  if (!scheduler)
    throw badRequest("expected a model that writes texts, found \"" + name +
                         "\", which gives vectors; ask for /v1/embeddings",
                     "model", "unsupported_model");
  return *scheduler;
}

lfm2e::Embedder &Served::vectors() const {
  if (!embedder)
    throw badRequest("expected a model that gives vectors, found \"" + name +
                         "\", which does not; ask for an embedding model",
                     "model", "unsupported_model");
  return *embedder;
}

ModelTable::ModelTable(const Options &options)
    : options(options), began(time(nullptr)) {
  for (const ModelOption &one : options.models) {
    entries.push_back(std::make_unique<Entry>());
    entries.back()->name = one.name;
    entries.back()->source = one.source;
  }
}

ModelTable::~ModelTable() {
  isStopping = true;
  for (const auto &entry : entries)
    if (entry->loader.joinable())
      entry->loader.join();
}

ModelTable::Entry *ModelTable::find(const std::string &name) const {
  if (name.empty())
    return entries.front().get();
  for (const auto &entry : entries)
    if (entry->name == name)
      return entry.get();
  // Ollama's clients write the usual tag.
  constexpr char usual[] = ":latest";
  constexpr size_t bytes = sizeof(usual) - 1;
  if (name.size() > bytes &&
      name.compare(name.size() - bytes, bytes, usual) == 0)
    return find(name.substr(0, name.size() - bytes));
  return nullptr;
}

void ModelTable::check(const std::string &name) const {
  if (find(name))
    return;
  std::string list;
  for (const std::string &one : names())
    list += (list.empty() ? "\"" : ", \"") + one + "\"";
  throw Refusal(404,
                "expected a model of this server (" + list + "), found \"" +
                    name.substr(0, 100) + "\"",
                "model_not_found", "model");
}

std::vector<std::string> ModelTable::names() const {
  std::vector<std::string> found;
  for (const auto &entry : entries)
    found.push_back(entry->name);
  return found;
}

std::vector<std::shared_ptr<Served>> ModelTable::loaded() const {
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<std::shared_ptr<Served>> found;
  for (const auto &entry : entries)
    if (entry->served)
      found.push_back(entry->served);
  return found;
}

std::shared_ptr<Served> ModelTable::get(const std::string &name,
                                        const std::function<void()> &wait) {
  check(name);
  Entry *entry = find(name);
  std::shared_future<std::shared_ptr<Served>> loading;
  uint64_t own = 0; // The try that is waited for.
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!entry->loading.valid()) {
      std::packaged_task<std::shared_ptr<Served>()> task([this, entry] {
        auto served = load(entry->name, entry->source);
        std::lock_guard<std::mutex> lock(mutex);
        entry->served = served;
        return served;
      });
      std::shared_future<std::shared_ptr<Served>> coming =
          task.get_future().share();
      if (entry->loader.joinable())
        entry->loader.join(); // It has failed.
      entry->loader = std::thread(std::move(task));
      entry->loading = coming;
      ++entry->tries;
    }
    loading = entry->loading;
    own = entry->tries;
  }
  while (loading.wait_for(std::chrono::milliseconds(100)) !=
         std::future_status::ready)
    wait();
  try {
    return loading.get();
  } catch (const std::exception &error) {
    wait(); // The server's end may be why.
    // The next request tries again: a file may be there by then.
    std::lock_guard<std::mutex> lock(mutex);
    if (entry->tries == own)
      entry->loading = {};
    throw Refusal(503, "cannot load \"" + entry->name + "\": " + error.what(),
                  "model_not_loaded", "model");
  }
}

std::shared_ptr<Served> ModelTable::load(const std::string &name,
                                         const std::string &source) const {
  auto served = std::make_shared<Served>();
  served->name = name;
  lfm2e::Model::Settings settings;
  settings.device = options.device;
  served->model = lfm2e::Model::open(prepare(source, isStopping), settings);
  served->info = Json::parse(served->model->info(), nullptr, false);
  if (served->model->isBidirectional()) {
    lfm2e::Embedder::Settings vectors;
    vectors.threads = options.threads;
    vectors.tokens = options.context;
    served->embedder = lfm2e::Embedder::create(served->model, vectors);
  } else {
    lfm2e::Scheduler::Settings texts;
    texts.context = options.context;
    texts.threads = options.threads;
    texts.parallel = options.parallel;
    texts.contextBudget = options.cacheBytes;
    texts.queue = options.queue;
    served->scheduler = lfm2e::Scheduler::create(served->model, texts);
  }
  return served;
}

void ModelTable::finish(std::chrono::milliseconds patience) {
  isStopping = true;
  std::vector<std::thread> threads;
  for (const auto &one : loaded())
    if (one->scheduler)
      threads.emplace_back(
          [one, patience] { one->scheduler->finish(patience); });
  for (std::thread &thread : threads)
    thread.join();
}

} // namespace lfm2s
