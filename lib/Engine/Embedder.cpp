#include "lib/Engine/Embedder.h"

#include "lib/Engine/Context.h"
#include "lib/Engine/Failure.h"

#include <mutex>
#include <numeric>

namespace lfm2e {
namespace {

constexpr uint32_t givesVectors =
    LFM2RT_GIVES_VECTORS | LFM2RT_GIVES_TOKEN_VECTORS;

lfm2rt_context_options optionsOf(const Model &model,
                                 const Embedder::Settings &settings) {
  lfm2rt_context_options options = {};
  options.tokens = settings.tokens ? settings.tokens
                                   : model.api().model_chunk(&model.model());
  options.threads = settings.threads ? settings.threads : usableCores();
  return options;
}

class OneContext final : public Embedder {
public:
  OneContext(const std::shared_ptr<Model> &model, const Settings &settings)
      : context(model, optionsOf(*model, settings)) {}

  Vectors embed(const std::vector<std::vector<int32_t>> &texts,
                uint32_t flags) override;
  uint32_t limit() const override {
    return context.api().embed_limit(context.get());
  }

private:
  Context context;
  std::mutex mutex;
};

Embedder::Vectors
OneContext::embed(const std::vector<std::vector<int32_t>> &texts,
                  uint32_t flags) {
  const Functions &api = context.api();
  Vectors vectors;
  vectors.width = api.model_vector(&context.model().model());
  std::vector<lfm2rt_ids> ids;
  for (const std::vector<int32_t> &text : texts) {
    ids.push_back({text.data(), uint32_t(text.size()), 0});
    vectors.tokens += text.size();
  }
  std::lock_guard lock(mutex);
  vectors.values.resize(
      api.embed_size(context.get(), ids.data(), uint32_t(ids.size())) /
      sizeof(float));
  lfm2rt_error error;
  if (api.embed(context.get(), ids.data(), uint32_t(ids.size()), flags,
                vectors.values.data(), &error))
    throw Failure(error);
  for (const lfm2rt_ids &text : ids)
    vectors.rows.push_back(text.rows);
  uint64_t rows =
      std::accumulate(vectors.rows.begin(), vectors.rows.end(), uint64_t(0));
  vectors.values.resize(rows * vectors.width);
  return vectors;
}

} // namespace

std::unique_ptr<Embedder> Embedder::create(const std::shared_ptr<Model> &model,
                                           const Settings &settings) {
  if (!(model->gives() & givesVectors))
    throw Failure(LFM2RT_INVALID_ARGUMENT,
                  "expected a model that gives vectors, found one that does "
                  "not; use one made for embedding");
  return std::make_unique<OneContext>(model, settings);
}

} // namespace lfm2e
