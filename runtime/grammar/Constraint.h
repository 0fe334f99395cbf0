// One answer on its way through a grammar.
#ifndef LFM2RT_GRAMMAR_CONSTRAINT_H
#define LFM2RT_GRAMMAR_CONSTRAINT_H

#include "runtime/grammar/Matcher.h"

namespace lfm2rt {
namespace grammar {

// Of an answer that stands at no configuration.
enum : uint32_t {
  hasEnded = ~0u, // By a token that ends it.
  hasLeft = ~1u,  // By one that was not allowed.
};

// A token of the answer, and where it led to.
struct Past {
  int32_t token;
  uint32_t configuration = lfm2rt::grammar::hasLeft;
  uint32_t age; // Of the configuration; 0: it has none that ages.
};

constexpr uint32_t usualTokens = 4096;
// Bytes that are looked ahead for tokens that must follow.
constexpr uint32_t mostForced = 512;

} // namespace grammar
} // namespace lfm2rt

struct lfm2rt_constraint {
  lfm2rt_constraint(const lfm2rt_grammar &grammar,
                    const lfm2rt_vocabulary &vocabulary)
      : matcher(grammar, vocabulary), vocabulary(vocabulary) {}
  // Of an arena that is too small only needed() is of use.
  void make(lfm2rt::Arena &arena, const lfm2rt_constraint_options *options);

  void begin(uint32_t position);
  void follow(const int32_t *tokens, uint32_t count);
  const uint32_t *allow(const int32_t *tokens, uint32_t count);
  bool accept(int32_t token);
  uint32_t forced(int32_t *ids, uint32_t capacity);
  int state() const;
  bool leftOut() const { return matcher.leftOut(); }

private:
  lfm2rt::grammar::Matcher matcher;
  const lfm2rt_vocabulary &vocabulary;
  lfm2rt::grammar::Past *past;
  uint32_t pastCapacity;
  uint32_t first = LFM2RT_AT_NEXT; // Position of the answer.
  uint32_t count = 0;              // Tokens of it that were accepted.
  uint32_t configuration;
  uint64_t hash;        // Of the tokens that `past` has no room for.
  uint8_t *text, *work; // For what must follow.
  int32_t *ids;

  bool isStop(int32_t token) const;
  bool stands() const { return configuration < lfm2rt::grammar::hasLeft; }
  uint32_t next(int32_t token);
  void push(int32_t token);
  void backTo(uint32_t length);
  void seek(const int32_t *tokens, uint32_t length);
  bool canExtend(uint32_t from, uint32_t bytes, uint32_t behind);
};

#endif // LFM2RT_GRAMMAR_CONSTRAINT_H
