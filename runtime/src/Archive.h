// The footer of an archive, checked against the program and the file it is in.
#ifndef LFM2RT_SRC_ARCHIVE_H
#define LFM2RT_SRC_ARCHIVE_H

#include "runtime/include/lfm2rt/abi.h"
#include "runtime/include/lfm2rt/lfm2rt.h"

namespace lfm2rt {

// Whether the footer has the mark of one at all.
bool isFooter(const lfm2_footer &footer);

// `fileBytes` is the size of the file that `footer` ends, `name` what to call
// it in a message. After LFM2RT_OK all sections lie within the archive and the
// archive within the file.
lfm2rt_status checkFooter(const lfm2_footer &footer,
                          const lfm2_program &program, uint64_t fileBytes,
                          const char *name, lfm2rt_error *error);

} // namespace lfm2rt

#endif
