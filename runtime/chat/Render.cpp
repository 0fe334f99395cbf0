#include "runtime/chat/Render.h"
#include "runtime/chat/Machine.h"

namespace lfm2rt {

// Writes foreign characters as they are, notes where they stand, and returns
// how many bytes all has. Those with nothing between them that tokens are
// spelled with are one place. Where `to` is nullptr these places are counted.
static uint64_t plainText(const Template &form, Text from, char *to,
                          lfm2_tokenizer_span *spans) {
  uint64_t count = 0;
  int64_t at = 0;
  bool open = false;
  for (Letters letters(from); !letters.atEnd();) {
    const char *start = letters.at;
    uint32_t code = letters.next();
    if (isForeign(*start)) {
      count += !open;
      if (to) {
        lfm2_tokenizer_span &span = spans[count - 1];
        span = {open ? span.begin : at, at + 1};
        to[at] = char(code);
      }
      open = true;
      ++at;
      continue;
    }
    open &= !form.spells(code);
    for (; start < letters.at; ++start, ++at)
      if (to)
        to[at] = *start;
  }
  return to ? uint64_t(at) : count;
}

lfm2rt_status render(const void *section, uint64_t sectionBytes,
                     const lfm2rt_conversation &given, Arena &arena,
                     Rendered &rendered, lfm2rt_error *error) {
  Template form;
  if (sectionBytes == 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a model with a chat template, found one without; "
              "compile "
              "it with --chat-template=FILE";
  if (!form.open(section, sectionBytes))
    return Failure(error, LFM2RT_BAD_WEIGHTS)
           << "chat template: expected tables that fill their section, found "
              "others; the file is damaged: copy it again";
  Machine machine(arena, form, given, error);
  Text text = machine.run();
  uint64_t count = plainText(form, text, nullptr, nullptr), bytes = 0;
  auto *spans = machine.take<lfm2_tokenizer_span>(count);
  auto *to = machine.take<char>(text.bytes);
  if (machine.status == LFM2RT_OK)
    bytes = plainText(form, text, to, spans);
  rendered = {to, bytes, spans, count};
  return machine.status;
}

lfm2rt_status withNeeded(lfm2rt_status status, const Arena &arena,
                         uint64_t given, lfm2rt_error *error) {
  if (status != LFM2RT_NO_MEMORY)
    return status;
  uint64_t needed = max(arena.needed(), 2 * given);
  return Failure(error, status, needed)
         << "expected more work memory for this conversation, found " << given
         << " bytes; call again with " << needed;
}

} // namespace lfm2rt

using namespace lfm2rt;

extern "C" lfm2rt_status
lfm2rt_chat_render_section(const void *section, uint64_t section_bytes,
                           const lfm2rt_conversation *conversation, void *work,
                           uint64_t work_bytes, const char **text,
                           uint64_t *length, lfm2rt_error *error) {
  Arena arena(work, work_bytes);
  Rendered rendered;
  lfm2rt_status status = withNeeded(
      render(section, section_bytes, *conversation, arena, rendered, error),
      arena, work_bytes, error);
  *text = rendered.text;
  *length = rendered.bytes;
  return status;
}
