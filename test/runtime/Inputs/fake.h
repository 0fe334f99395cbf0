/* What lfm2-compile writes for a static library, for the fake program. */
#include "lfm2rt/lfm2rt.h"
extern const struct lfm2_program lfm2_program;
