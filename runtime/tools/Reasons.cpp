// Whether a prompt lets the answer begin with what the model reasons.
#include "runtime/include/lfm2rt/tool_calls.h"

extern "C" int lfm2rt_opens_reasoning(const lfm2rt_weights *weights,
                                      const int32_t *ids, uint32_t count) {
  constexpr char opening[] = "<think>";
  uint32_t left = sizeof(opening) - 1; // To be found, from its end.
  bool any = false;
  while (count-- > 0) {
    size_t bytes = 0;
    const char *text = lfm2rt_token_text(weights, ids[count], &bytes);
    while (bytes-- > 0) {
      if (!any && (text[bytes] == '\n' || text[bytes] == ' '))
        continue;
      any = true;
      if (text[bytes] != opening[left - 1])
        return 0;
      if (--left == 0)
        return 1;
    }
  }
  return 0;
}
