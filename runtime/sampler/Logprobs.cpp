// How probable tokens are as the model gives it.
#include "runtime/sampler/Logits.h"
#include "runtime/sampler/Math.h"
#include "runtime/sampler/Softmax.h"
#include "runtime/src/Context.h"

using namespace lfm2rt;

namespace {

// The logarithm of the sum of exp(logit) of all tokens; NaN without logits, and
// where one is no number.
double logSum(const lfm2rt_context &context) {
  uint32_t vocabulary = context.program->vocabulary;
  const float *logits = lfm2rt_logits(&context);
  if (!logits || !areFinite(logits, vocabulary))
    return __builtin_nan("");
  float highest = highestOf(logits, vocabulary);
  double sum = 0;
  for (uint32_t i = 0; i < vocabulary; i += block) {
    uint32_t n = min(vocabulary - i, block);
    Candidate some[block];
    float weights[block];
    for (uint32_t j = 0; j < n; ++j)
      some[j].logit = logits[i + j];
    sum += weigh(some, n, highest, 1, weights);
  }
  return highest + logarithm(sum);
}

} // namespace

extern "C" uint32_t lfm2rt_logprobs(lfm2rt_context *context, uint32_t best,
                                    lfm2rt_logprob *out) {
  uint32_t vocabulary = context->program->vocabulary;
  best = min(best, vocabulary);
  double all = logSum(*context);
  if (best == 0 || all != all)
    return 0;
  Candidate *list = context->samplerMemory.candidates;
  float lowest = lowestOfBest(context->logits, vocabulary, best, list);
  uint32_t listed = gather(list, context->logits, vocabulary, lowest);
  Candidates candidates(list, listed, listed,
                        highestOf(context->logits, vocabulary));
  candidates.arrange(Order::Highest);
  for (uint32_t i = 0; i < best; ++i)
    out[i] = {candidates[i].id, candidates[i].logit - all};
  return best;
}

extern "C" double lfm2rt_logprob_of(const lfm2rt_context *context,
                                    int32_t token) {
  double all = logSum(*context);
  if (all != all || uint32_t(token) >= context->program->vocabulary)
    return 0;
  return context->logits[token] - all;
}
