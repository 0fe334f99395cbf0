#include "runtime/src/Embedding.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

const int32_t *skipped(const lfm2_embedding *header) {
  return reinterpret_cast<const int32_t *>(header + 1);
}

const uint32_t *ends(const lfm2_embedding *header) {
  return reinterpret_cast<const uint32_t *>(skipped(header) + header->num_skip);
}

} // namespace

Embedding::Embedding(const lfm2rt_weights &weights)
    : header(weights.bytes[LFM2_SECTION_EMBEDDING]
                 ? reinterpret_cast<const lfm2_embedding *>(
                       weights.section[LFM2_SECTION_EMBEDDING])
                 : nullptr) {}

bool Embedding::isSound(const uint8_t *section, uint64_t bytes) {
  if (bytes == 0)
    return true;
  auto *header = reinterpret_cast<const lfm2_embedding *>(section);
  if (bytes < sizeof(*header))
    return false;
  // Words of 32 bits; no sum of numbers of 32 bits overflows one of 64.
  uint64_t left = bytes - sizeof(*header),
           words = header->num_skip + 2 * uint64_t(header->num_prompts);
  if (words > left / sizeof(uint32_t) ||
      (header->default_prompt != LFM2_PROMPT_NONE &&
       header->default_prompt >= header->num_prompts))
    return false;
  left -= words * sizeof(uint32_t);
  const uint32_t *end = ends(header);
  uint32_t before = 0;
  for (uint64_t i = 0; i < 2 * uint64_t(header->num_prompts); ++i) {
    if (end[i] < before || end[i] > left)
      return false;
    before = end[i];
  }
  return before == left;
}

Bytes Embedding::part(uint32_t number) const {
  const uint32_t *end = ends(header);
  auto *start =
      reinterpret_cast<const char *>(end + 2 * uint64_t(header->num_prompts));
  uint32_t from = number ? end[number - 1] : 0;
  return {start + from, end[number] - from};
}

uint64_t Embedding::longestText() const {
  uint64_t most = 0;
  for (uint32_t i = 0; i < numPrompts(); ++i)
    most = max(most, text(i).size);
  return most;
}

uint32_t Embedding::find(const char *wanted) const {
  for (uint32_t i = 0; i < numPrompts(); ++i) {
    Bytes found = name(i);
    if (found.size == length(wanted) &&
        memcmp(found.start, wanted, size_t(found.size)) == 0)
      return i;
  }
  return LFM2_PROMPT_NONE;
}

bool Embedding::skips(int32_t token) const {
  if (!header)
    return false;
  const int32_t *ids = skipped(header);
  uint32_t from = 0, to = header->num_skip;
  while (from < to) {
    uint32_t middle = from + (to - from) / 2;
    if (ids[middle] == token)
      return true;
    if (ids[middle] < token)
      from = middle + 1;
    else
      to = middle;
  }
  return false;
}

} // namespace lfm2rt
