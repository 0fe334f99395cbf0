// Measures how many texts a bidirectional model reads.
#include "runtime/cli/Commands.h"
#include "runtime/cli/Median.h"

namespace lfm2rt {
namespace {

class Bench {
public:
  explicit Bench(Session &session)
      : session(session), count(uint32_t(session.options.benchTexts)),
        tokens(uint32_t(session.options.benchText)),
        repeat(uint64_t(session.options.benchRepeat)) {}
  int run(uint64_t started);

private:
  int makeTexts();
  bool read(uint32_t texts);
  void print(double loadMs, double firstMs);
  lfm2rt_ids *texts() { return reinterpret_cast<lfm2rt_ids *>(list.data()); }

  Session &session;
  uint32_t count, tokens;
  uint64_t repeat;
  Buffer ids, list, vectors;
  double rates[999];
};

// Of tokens without meaning.
int Bench::makeTexts() {
  uint64_t all = uint64_t(count) * tokens * sizeof(int32_t);
  if (!ids.grow(all) || !list.grow(count * sizeof(lfm2rt_ids)))
    return session.noMemory(all);
  auto *id = reinterpret_cast<int32_t *>(ids.data());
  uint32_t random = 1;
  for (uint32_t i = 0; i < count; ++i) {
    texts()[i] = {id, tokens, 0};
    for (uint32_t t = 0; t < tokens; ++t)
      *id++ = int32_t((random = random * 1664525u + 1013904223u) %
                      lfm2rt_model_vocabulary(&session.model));
  }
  uint64_t bytes = lfm2rt_embed_size(session.context, texts(), count);
  return vectors.grow(bytes) ? 0 : session.noMemory(bytes);
}

// A model without vectors reads one text after the other.
bool Bench::read(uint32_t number) {
  lfm2rt_error error;
  lfm2rt_status status = LFM2RT_OK;
  if (lfm2rt_model_vector(&session.model))
    status = lfm2rt_embed(session.context, texts(), number, LFM2RT_IS_QUERY,
                          reinterpret_cast<float *>(vectors.data()), &error);
  else
    for (uint32_t i = 0; i < number && status == LFM2RT_OK; ++i) {
      lfm2rt_reset(session.context);
      status = lfm2rt_eval(session.context, texts()[i].tokens, tokens, nullptr,
                           &error);
    }
  return status == LFM2RT_OK || session.output.fail(error) == 0;
}

int Bench::run(uint64_t started) {
  if (int status =
          session.openContext(session.contextTokens(), session.threads()))
    return status;
  double loadMs = secondsSince(started) * 1e3;
  uint32_t most = lfm2rt_embed_limit(session.context);
  if (tokens > most)
    return session.output.fail(Line() << "this bench needs texts of at most "
                                      << most
                                      << " tokens, found --bench-text-tokens "
                                      << tokens << "; lower it",
                               2);
  if (int status = makeTexts())
    return status;
  if (!read(1))
    return 1;
  double firstMs = secondsSince(started) * 1e3;
  // The first round only warms up.
  for (uint64_t i = 0; i <= repeat; ++i) {
    uint64_t start = system::nanoseconds();
    if (!read(count))
      return 1;
    rates[i ? i - 1 : 0] = double(count) / secondsSince(start);
  }
  print(loadMs, firstMs);
  return session.output.finish();
}

void Bench::print(double loadMs, double firstMs) {
  double rate = median(rates, repeat);
  char text[1024];
  Message json(text, sizeof(text));
  json << "{\"texts_per_s\": ";
  json.fixed(rate, 2) << ", \"tokens_per_s\": ";
  json.fixed(rate * tokens, 2) << ", \"texts_per_s_best\": ";
  json.fixed(rates[repeat - 1], 2) << ", \"load_ms\": ";
  json.fixed(loadMs, 3) << ", \"first_text_ms\": ";
  json.fixed(firstMs, 3) << ", \"peak_rss_bytes\": " << system::peakMemory()
                         << ", \"weights_bytes\": "
                         << session.weights.bytes[LFM2_SECTION_WEIGHTS]
                         << ", \"context_bytes\": " << session.contextBytes
                         << ", \"threads\": " << session.context->pool.size()
                         << ", \"variant\": \""
                         << lfm2rt_model_variant(&session.model)
                         << "\", \"texts\": " << count
                         << ", \"text_tokens\": " << tokens
                         << ", \"repeat\": " << repeat << "}\n";
  session.output.write(text);
}

} // namespace

int benchTexts(Session &session, uint64_t started) {
  return Bench(session).run(started);
}

} // namespace lfm2rt
