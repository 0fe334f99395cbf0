/* What lfm2-compile writes for a static library, for the fake program. */
#include "lfm2rt/chat.h"
#include "lfm2rt/constraint.h"
#include "lfm2rt/lfm2rt.h"
#include "lfm2rt/tool_calls.h"
#define model_program lfm2_program
extern const struct lfm2_program model_program;
