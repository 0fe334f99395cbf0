// The archive's section LFM2_SECTION_EMBEDDING: how a model wants the texts
// that it makes vectors of.
#ifndef LFM2RT_SRC_EMBEDDING_H
#define LFM2RT_SRC_EMBEDDING_H

#include "runtime/src/Model.h"

namespace lfm2rt {

struct Bytes {
  const char *start; // nullptr: there is none.
  uint64_t size;
};

class Embedding {
public:
  // Of weights that were opened; all is empty where they have no such section.
  explicit Embedding(const lfm2rt_weights &weights);
  // Whether the section's numbers stay within it.
  static bool isSound(const uint8_t *section, uint64_t bytes);

  bool normalizes() const {
    return !header || header->flags & LFM2_EMBEDDING_NORMALIZE;
  }
  uint32_t maxTokens() const { return header ? header->max_tokens : 0; }
  uint32_t numPrompts() const { return header ? header->num_prompts : 0; }
  // Name and text of a prompt.
  Bytes name(uint32_t number) const { return part(2 * number); }
  Bytes text(uint32_t number) const { return part(2 * number + 1); }
  uint64_t longestText() const;
  // Number of the prompt of this name, LFM2_PROMPT_NONE for none of them; of
  // the one that is put where nobody names one.
  uint32_t find(const char *name) const;
  uint32_t defaultPrompt() const {
    return header ? header->default_prompt : LFM2_PROMPT_NONE;
  }
  // Whether the token's vector is left out of a document's.
  bool skips(int32_t token) const;

private:
  Bytes part(uint32_t number) const;

  const lfm2_embedding *header;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_EMBEDDING_H
