// --logprobs: a line of JSON for each token.
#include "runtime/cli/Commands.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {

static void put(const char *text, uint64_t bytes, void *output) {
  static_cast<Output *>(output)->write(text, bytes);
}

static void writeToken(Session &session, int32_t token) {
  size_t bytes = 0;
  const char *text = lfm2rt_token_text(&session.weights, token, &bytes);
  Output &output = session.output;
  output.write(Line() << "{\"token\": " << token << ", \"text\": ");
  writeJsonString({text, uint32_t(bytes)}, /*ensureAscii=*/false, put, &output);
  output.write(", \"logprob\": ");
}

static void writeOne(Session &session, const lfm2rt_logprob &one) {
  writeToken(session, one.token);
  writeJson(makeNumber(one.logprob), {}, put, &session.output);
}

void Printer::writeLogprobs(int32_t token) {
  lfm2rt_logprob best[mostLogprobs + 1];
  uint32_t wanted = uint32_t(session.options.logprobs);
  uint32_t count = lfm2rt_logprobs(session.context, max(wanted, 1u), best);
  const float *logits = lfm2rt_logits(session.context);
  if (count == 0) { // It had to follow, so nobody asked the model.
    writeToken(session, token);
    session.output.write("null, \"top\": []}\n");
    return;
  }
  double top = logits[best->token];
  writeOne(session, {token, best->logprob + (logits[token] - top)});
  const char *before = ", \"top\": [";
  for (uint32_t i = 0; i < min(count, wanted); ++i) {
    session.output.write(before);
    writeOne(session, best[i]);
    before = "}, ";
  }
  session.output.write(wanted ? "}]}\n" : ", \"top\": []}\n");
}

} // namespace lfm2rt
