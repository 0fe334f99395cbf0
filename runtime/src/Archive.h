// The footer of an archive, checked against the program and the file it is in;
// and all the rest, against its hashes.
#ifndef LFM2RT_SRC_ARCHIVE_H
#define LFM2RT_SRC_ARCHIVE_H

#include "runtime/include/lfm2rt/abi.h"
#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

constexpr uint64_t sectionAlign = 64;

// Of a section.
constexpr uint64_t numPieces(uint64_t bytes) {
  return bytes / LFM2_HASH_PIECE + (bytes % LFM2_HASH_PIECE != 0);
}

// Whether the footer has the mark of one at all.
bool isFooter(const lfm2_footer &footer);

// `fileBytes` is the size of the file that `footer` ends, `name` what to call
// it in a message. After LFM2RT_OK the sections fill the archive, and the
// archive lies within the file.
lfm2rt_status checkFooter(const lfm2_footer &footer,
                          const lfm2_program &program, uint64_t fileBytes,
                          const char *name, lfm2rt_error *error);

// Compares the sections from number `first` on with their hashes.
lfm2rt_status verifySections(const lfm2rt_weights &weights, uint32_t first,
                             lfm2rt_error *error);

} // namespace lfm2rt

#endif // LFM2RT_SRC_ARCHIVE_H
