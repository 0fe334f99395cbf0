// One call that generates: draws, what must follow, and guesses.
//
// A step reads what is known and not read yet, mostly one token, and behind it
// guesses, if there are any. Each of these is compared with what is drawn at
// its place. Where one is wrong, the columns of convolutions are those of
// tokens that are none; they are brought back to where the step began, and the
// next step reads the right ones once more. Their keys and values stay, as they
// have the same bits again. Before the call ends, all but the last token is
// read.
#ifndef LFM2RT_SRC_GENERATION_H
#define LFM2RT_SRC_GENERATION_H

#include "runtime/src/Context.h"

namespace lfm2rt {

class Generation {
public:
  // The context has logits. Up to `most` tokens are made; `flags` are
  // LFM2RT_IGNORE_STOP or 0.
  Generation(lfm2rt_context &context, uint32_t most, uint32_t flags,
             lfm2rt_token_fn onToken, void *user)
      : context(context), most(most), flags(flags), onToken(onToken),
        user(user), columns(context.position), known(context.position) {}

  lfm2rt_status run(lfm2rt_error *error);

private:
  lfm2rt_status generate(lfm2rt_error *error);
  // Passes it on, as one that is known.
  void emit(int32_t token);
  int32_t forced();
  // Draws from these logits what comes next, unless it is forced. False where
  // they are no numbers.
  bool next(const float *logits);
  lfm2rt_status readKnown(lfm2rt_error *error);
  uint32_t guess();
  lfm2rt_status verify(uint32_t guesses, lfm2rt_error *error);
  lfm2rt_status settle(lfm2rt_status status, lfm2rt_error *error);

  lfm2rt_context &context;
  const uint32_t most, flags;
  const lfm2rt_token_fn onToken;
  void *const user;
  uint32_t columns; // The position at which the convolution state is.
  uint32_t known;   // Tokens read, and to be read, in context.tokens.
  uint32_t made = 0;
  bool hasEnded = false;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_GENERATION_H
