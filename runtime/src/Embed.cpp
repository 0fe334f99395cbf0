// Vectors of texts: as many texts as fit are read in one step.
#include "runtime/src/Embedding.h"
#include "runtime/src/Message.h"
#include "runtime/src/Step.h"

using namespace lfm2rt;

namespace lfm2rt {
namespace {

// 1 / sqrt(x) for a normal x > 0, to the last bits of a double: the runtime has
// no libm.
double inverseRoot(double x) {
  union {
    double value;
    uint64_t bits;
  } guess = {x};
  guess.bits = 0x5fe6eb50c7b537a9u - (guess.bits >> 1);
  double y = guess.value;
  for (int i = 0; i < 5; ++i) // From 3 % down, each step squares the error.
    y *= 1.5 - 0.5 * x * y * y;
  return y;
}

// False when the row is no numbers. A row of zeros has no direction and stays.
bool finishRow(float *row, uint32_t channels, bool normalizes) {
  double sum = 0;
  for (uint32_t i = 0; i < channels; ++i)
    sum += double(row[i]) * row[i];
  if (!(sum - sum == 0))
    return false;
  // Squares of floats are normal doubles.
  if (!normalizes || sum == 0)
    return true;
  double scale = inverseRoot(sum);
  for (uint32_t i = 0; i < channels; ++i)
    row[i] = float(row[i] * scale);
  return true;
}

int32_t endOf(const lfm2rt_weights &weights) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(weights);
  return tokenizer ? lfm2_tokenizer_end(tokenizer) : -1;
}

class Embedder {
public:
  Embedder(lfm2rt_context &context, lfm2rt_ids *texts, uint32_t count,
           uint32_t flags, float *vectors)
      : context(context), program(*context.program),
        embedding(*context.weights), texts(texts), count(count), flags(flags),
        to(vectors), limit(lfm2rt_embed_limit(&context)),
        end(endOf(*context.weights)),
        perToken(program.outputs & LFM2_OUTPUT_TOKEN_VECTORS) {}

  lfm2rt_status check(lfm2rt_error *error) const;
  lfm2rt_status run(lfm2rt_error *error);

private:
  bool add(Texts &step, const lfm2rt_ids &text);
  lfm2rt_status checkText(uint32_t number, lfm2rt_error *error) const;
  lfm2rt_status cancelled(lfm2rt_error *error) const;
  bool finish(const Texts &read);

  lfm2rt_context &context;
  const lfm2_program &program;
  Embedding embedding;
  lfm2rt_ids *texts;
  uint32_t count, done = 0;
  uint32_t flags;
  float *to; // The vectors of the next texts.
  uint32_t limit;
  int32_t end; // What the tokenizer puts behind a text, or -1.
  bool perToken;
};

// False where the step has no room for it.
bool Embedder::add(Texts &step, const lfm2rt_ids &text) {
  uint32_t taken = min(text.count, limit);
  if (!step.add(text.tokens, taken))
    return false;
  if (taken < text.count && text.tokens[text.count - 1] == end)
    context.tokens[step.tokens() - 1] = end;
  return true;
}

lfm2rt_status Embedder::checkText(uint32_t number, lfm2rt_error *error) const {
  const lfm2rt_ids &text = texts[number];
  if (text.count == 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "text " << number + 1
           << " has no tokens; expected one or more, leave it out";
  if (text.count > limit && !(flags & LFM2RT_TRUNCATE))
    return Failure(error, LFM2RT_INVALID_ARGUMENT, text.count)
           << "text " << number + 1 << " has " << text.count
           << " tokens, of which at most " << limit
           << " are read as one; shorten it, or ask for it to be cut";
  for (uint32_t i = 0; i < text.count; ++i)
    if (uint32_t(text.tokens[i]) >= program.vocabulary)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "token " << text.tokens[i] << " at place " << i + 1
             << " of text " << number + 1
             << " is out of range: expected ids of 0 ... "
             << program.vocabulary - 1;
  return LFM2RT_OK;
}

lfm2rt_status Embedder::check(lfm2rt_error *error) const {
  if (!isBidirectional(program))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a bidirectional model, which gives vectors of texts, "
              "found a causal one; lfm2rt_hidden() gives its last hidden state";
  if (program.vector == 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a model that gives vectors, found one whose checkpoint "
              "defines no pooling; lfm2rt_hidden() gives its hidden states";
  for (uint32_t i = 0; i < count; ++i)
    if (lfm2rt_status status = checkText(i, error))
      return status;
  return checkProcess(context, error);
}

lfm2rt_status Embedder::cancelled(lfm2rt_error *error) const {
  store(&context.cancel, 0u);
  return Failure(error, LFM2RT_CANCELLED)
         << "cancelled; the vectors of the first " << done << " of " << count
         << " texts are whole";
}

// The rows of a step's texts, in place: leaves out what is skipped, closes up,
// and brings each to its length. False when one is no numbers.
bool Embedder::finish(const Texts &read) {
  uint32_t channels = program.vector;
  bool normalizes = flags & LFM2RT_NOT_NORMALIZED ? false
                    : flags & LFM2RT_NORMALIZED   ? true
                                                  : embedding.normalizes();
  const float *from = to;
  for (uint32_t r = 0; r < read.size(); ++r) {
    lfm2rt_ids &text = texts[done + r];
    uint32_t rows = perToken ? uint32_t(read[r].count) : 1, kept = 0;
    for (uint32_t i = 0; i < rows; ++i, from += channels) {
      if (perToken && !(flags & LFM2RT_IS_QUERY) &&
          embedding.skips(context.tokens[read[r].first + int32_t(i)]))
        continue;
      memmove(to, from, channels * sizeof(float));
      if (!finishRow(to, channels, normalizes))
        return false;
      to += channels;
      ++kept;
    }
    text.rows = kept;
  }
  return true;
}

lfm2rt_status Embedder::run(lfm2rt_error *error) {
  lfm2rt_reset(&context);
  for (uint32_t i = 0; i < count; ++i)
    texts[i].rows = 0;
  while (done < count) {
    if (load(&context.cancel))
      return cancelled(error);
    Texts next(context);
    while (done + next.size() < count && add(next, texts[done + next.size()]))
      ;
    lfm2_step outputs = {};
    outputs.vectors = to;
    lfm2rt_status status = next.read(outputs, error);
    if (status != LFM2RT_OK)
      return status == LFM2RT_CANCELLED ? cancelled(error) : status;
    if (!finish(next))
      return notFinite(error, "vectors");
    done += next.size();
  }
  return LFM2RT_OK;
}

} // namespace
} // namespace lfm2rt

extern "C" uint32_t lfm2rt_embed_limit(const lfm2rt_context *context) {
  uint32_t most = Embedding(*context->weights).maxTokens();
  return most ? min(most, stepLimit(*context)) : stepLimit(*context);
}

extern "C" const char *lfm2rt_prompt_name(const lfm2rt_weights *weights,
                                          uint32_t number, size_t *length) {
  Embedding embedding(*weights);
  *length = 0;
  if (number >= embedding.numPrompts())
    return nullptr;
  Bytes name = embedding.name(number);
  *length = size_t(name.size);
  return name.start;
}

extern "C" uint64_t lfm2rt_embed_size(const lfm2rt_context *context,
                                      const lfm2rt_ids *texts, uint32_t count) {
  const lfm2_program &program = *context->program;
  uint64_t rows = count;
  if (program.outputs & LFM2_OUTPUT_TOKEN_VECTORS) {
    rows = 0;
    for (uint32_t i = 0; i < count; ++i)
      rows += min(texts[i].count, lfm2rt_embed_limit(context));
  }
  return rows * program.vector * sizeof(float);
}

extern "C" lfm2rt_status lfm2rt_embed(lfm2rt_context *context,
                                      lfm2rt_ids *texts, uint32_t count,
                                      uint32_t flags, float *vectors,
                                      lfm2rt_error *error) {
  Embedder embedder(*context, texts, count, flags, vectors);
  lfm2rt_status status = embedder.check(error);
  return status == LFM2RT_OK ? embedder.run(error) : status;
}
