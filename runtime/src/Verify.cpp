// All that an archive holds, compared with the hashes that were written with
// it.
#include "runtime/src/Archive.h"
#include "runtime/src/Hash.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

namespace lfm2rt {
namespace {

constexpr char names[][16] = {"weights",  "tokenizer", "description",
                              "defaults", "embedding", "chat template",
                              "grammar"};

lfm2rt_status damaged(uint64_t first, uint64_t bytes, const char *name,
                      lfm2rt_error *error) {
  return Failure(error, LFM2RT_BAD_WEIGHTS)
         << "bytes " << first << " ... " << first + bytes - 1 << " of the "
         << name << " are damaged; copy the file again";
}

} // namespace

lfm2rt_status verifySections(const lfm2rt_weights &weights, uint32_t first,
                             lfm2rt_error *error) {
  auto *expected =
      reinterpret_cast<const uint64_t *>(weights.section[LFM2_SECTION_HASHES]);
  ++expected; // That of what stands in front of the archive.
  for (uint32_t i = 0; i < LFM2_SECTION_HASHES; ++i) {
    uint64_t bytes = i < first ? 0 : weights.bytes[i];
    if (i < first)
      expected += numPieces(weights.bytes[i]);
    for (uint64_t at = 0; at < bytes; at += LFM2_HASH_PIECE) {
      uint64_t piece = min(bytes - at, uint64_t(LFM2_HASH_PIECE));
      if (hash(weights.section[i] + at, alignUp(piece, sectionAlign)) !=
          *expected++)
        return damaged(at, piece, names[i], error);
    }
  }
  return LFM2RT_OK;
}

} // namespace lfm2rt

extern "C" lfm2rt_status lfm2rt_verify(const lfm2rt_weights *weights,
                                       lfm2rt_error *error) {
  auto &footer = *static_cast<const lfm2_footer *>(weights->footer);
  const uint8_t *hashes = weights->section[LFM2_SECTION_HASHES];
  uint64_t bytes = weights->bytes[LFM2_SECTION_HASHES];
  if (hash(hashes, alignUp(bytes, sectionAlign)) != footer.hashes_hash ||
      hash(&footer, offsetof(lfm2_footer, hash)) != footer.hash)
    return damaged(0, bytes, "hashes", error);
  const uint8_t *start = weights->section[0];
  if (weights->before && hash(start - weights->before, weights->before) !=
                             *reinterpret_cast<const uint64_t *>(hashes))
    return damaged(0, weights->before, "program", error);
  return verifySections(*weights, 0, error);
}
