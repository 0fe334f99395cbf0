// Measures prompt reading, generation, and what the memory would allow.
#include "runtime/cli/Commands.h"
#include "runtime/cli/Median.h"
#include "runtime/cli/Probe.h"

namespace lfm2rt {
namespace {

class Bench {
public:
  explicit Bench(Session &session)
      : session(session), options(session.options),
        prompt(uint64_t(options.benchPrompt)),
        generated(uint64_t(options.benchGenerate)),
        depth(uint64_t(options.benchDepth)),
        repeat(uint64_t(options.benchRepeat)) {}

  int run(uint64_t started);

private:
  // Reads `count` tokens without meaning, in calls of at most `step`.
  bool read(uint64_t count, uint64_t step) {
    if (!ids.grow(step * sizeof(int32_t)))
      return session.noMemory(step * sizeof(int32_t)) == 0;
    auto *tokens = reinterpret_cast<int32_t *>(ids.data());
    while (count > 0) {
      uint32_t piece = uint32_t(min(count, step));
      for (uint32_t i = 0; i < piece; ++i)
        tokens[i] = int32_t((random = random * 1664525u + 1013904223u) %
                            lfm2rt_model_vocabulary(&session.model));
      lfm2rt_error error;
      if (lfm2rt_eval(session.context, tokens, piece, nullptr, &error) !=
          LFM2RT_OK)
        return session.output.fail(error) == 0;
      count -= piece;
    }
    return true;
  }
  bool goBack() {
    lfm2rt_error error;
    return lfm2rt_rewind(session.context, mark.data(), &error) == LFM2RT_OK ||
           session.output.fail(error) == 0;
  }
  void print(double loadMs, double firstMs);

  Session &session;
  const Options &options;
  uint64_t prompt, generated, depth, repeat;
  uint32_t random = 1;
  Buffer ids, mark;
  double promptRates[999], generatedRates[999], probes[999];
};

int Bench::run(uint64_t started) {
  uint64_t needed = depth + max(prompt, generated);
  uint64_t tokens = options.context ? uint64_t(options.context) : needed;
  if (tokens < needed)
    return session.output.fail(Line() << "this bench needs a context of "
                                      << needed << " tokens, found --context "
                                      << tokens << "; raise it or measure less",
                               2);
  if (int status = session.openContext(tokens, session.threads()))
    return status;
  double loadMs = secondsSince(started) * 1e3;
  // The first token of a short prompt, out of a process that has done nothing
  // yet.
  if (!read(min(needed, uint64_t(16)), 16))
    return 1;
  lfm2rt_sample(session.context);
  double firstMs = secondsSince(started) * 1e3;

  lfm2rt_reset(session.context);
  if (!mark.grow(lfm2rt_mark_size(&session.model)))
    return session.noMemory(lfm2rt_mark_size(&session.model));
  if (depth && !read(depth, depth))
    return 1;
  lfm2rt_mark(session.context, mark.data());
  // The first round only warms up.
  for (uint64_t i = 0; i <= repeat; ++i) {
    uint64_t at = i ? i - 1 : 0;
    probes[at] = readBandwidth(session);
    uint64_t start = system::nanoseconds();
    if (!read(prompt, prompt))
      return 1;
    promptRates[at] = double(prompt) / secondsSince(start);
    if (!goBack())
      return 1;
    start = system::nanoseconds();
    if (!read(generated, 1))
      return 1;
    generatedRates[at] = double(generated) / secondsSince(start);
    if (!goBack())
      return 1;
  }
  print(loadMs, firstMs);
  return session.output.finish();
}

void Bench::print(double loadMs, double firstMs) {
  const lfm2_program &program = *session.model.program;
  const lfm2_defaults *defaults = defaultsOf(session.weights);
  uint64_t weightBytes = session.weights.bytes[LFM2_SECTION_WEIGHTS];
  uint64_t decodeBytes =
      defaults && defaults->decode_bytes ? defaults->decode_bytes : weightBytes;
  // In the middle of the generation, the cache is as long as on average.
  double stepBytes = double(decodeBytes) + double(program.state_fixed_bytes) +
                     double(program.state_bytes_per_token) *
                         (double(depth) + double(generated) / 2);
  double promptRate = median(promptRates, repeat);
  double generatedRate = median(generatedRates, repeat);
  char text[2048];
  Message json(text, sizeof(text));
  json << "{\"prompt_tokens_per_s\": ";
  json.fixed(promptRate, 2) << ", \"gen_tokens_per_s\": ";
  json.fixed(generatedRate, 2) << ", \"gen_gb_per_s\": ";
  json.fixed(generatedRate * stepBytes * 1e-9, 3) << ", \"probe_gb_per_s\": ";
  json.fixed(median(probes, repeat), 3) << ", \"load_ms\": ";
  json.fixed(loadMs, 3) << ", \"first_token_ms\": ";
  json.fixed(firstMs, 3) << ", \"peak_rss_bytes\": " << system::peakMemory()
                         << ", \"weights_bytes\": " << weightBytes
                         << ", \"state_bytes\": "
                         << program.state_fixed_bytes +
                                lfm2rt_capacity(session.context) *
                                    program.state_bytes_per_token
                         << ", \"context_bytes\": " << session.contextBytes
                         << ", \"threads\": " << session.context->pool.size()
                         << ", \"variant\": \""
                         << lfm2rt_model_variant(&session.model)
                         << "\", \"prompt_tokens\": " << prompt
                         << ", \"gen_tokens\": " << generated
                         << ", \"depth\": " << depth
                         << ", \"repeat\": " << repeat
                         << ", \"prompt_tokens_per_s_best\": ";
  json.fixed(promptRates[repeat - 1], 2) << ", \"gen_tokens_per_s_best\": ";
  json.fixed(generatedRates[repeat - 1], 2);
  if (const char *device = lfm2rt_model_device(&session.model))
    json << ", \"device\": \"" << device << "\"";
  json << "}\n";
  session.output.write(text);
}

} // namespace

int bench(Session &session, uint64_t started) {
  return Bench(session).run(started);
}

} // namespace lfm2rt
