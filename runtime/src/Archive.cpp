#include "runtime/src/Archive.h"
#include "runtime/src/Hash.h"
#include "runtime/src/Message.h"

namespace lfm2rt {

bool isFooter(const lfm2_footer &footer) {
  return memcmp(footer.magic, LFM2_ARCHIVE_MAGIC, sizeof(footer.magic)) == 0;
}

lfm2rt_status checkFooter(const lfm2_footer &footer,
                          const lfm2_program &program, uint64_t fileBytes,
                          const char *name, lfm2rt_error *error) {
  auto bad = [&]() -> Failure {
    return Failure(error, LFM2RT_BAD_WEIGHTS)
           << "weights in '" << name << "': ";
  };
  if (!isFooter(footer))
    return bad() << "expected to end with an archive's footer, found other "
                    "bytes; the "
                    "file is cut short or not one of weights: copy it again";
  if (footer.abi_version != program.abi_version)
    return bad() << "expected interface version " << program.abi_version
                 << ", found version " << footer.abi_version
                 << "; compile code and weights together";
  if (footer.hash != hash(&footer, offsetof(lfm2_footer, hash)))
    return bad() << "their footer is damaged; copy the file again";
  if (memcmp(footer.identity, program.identity, sizeof(footer.identity)) != 0)
    return bad()
           << "they belong to another model or another compilation; use the "
              "file that was made together with this program";
  // Subtractions only, so that no sum can overflow.
  uint64_t end = fileBytes - sizeof(lfm2_footer);
  if (footer.archive_offset > end ||
      footer.archive_bytes != end - footer.archive_offset ||
      footer.archive_offset % LFM2_ARCHIVE_ALIGN != 0)
    return bad() << "expected an archive of " << footer.archive_bytes
                 << " bytes at byte " << footer.archive_offset
                 << ", found a file of " << fileBytes
                 << " bytes; it is cut short or was changed: copy it again";
  uint64_t left = footer.archive_bytes, hashes = 1;
  bool fits =
      left % sectionAlign == 0 && footer.num_sections == LFM2_NUM_SECTIONS;
  for (uint64_t bytes : footer.section_bytes) {
    fits &= bytes <= left;
    left -= alignUp(bytes, sectionAlign);
  }
  for (uint32_t i = 0; i < LFM2_SECTION_HASHES; ++i)
    hashes += numPieces(footer.section_bytes[i]);
  if (!fits || left > 0 ||
      footer.section_bytes[LFM2_SECTION_WEIGHTS] != program.weights_bytes ||
      footer.section_bytes[LFM2_SECTION_HASHES] != hashes * sizeof(uint64_t))
    return bad() << "expected " << program.weights_bytes
                 << " bytes of weights in an archive of "
                 << footer.archive_bytes
                 << ", found sections of other sizes; use the file that was "
                    "made together with this program";
  return LFM2RT_OK;
}

} // namespace lfm2rt
