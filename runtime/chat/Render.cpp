#include "runtime/chat/Render.h"
#include "runtime/chat/Conversation.h"

namespace lfm2rt {

// Writes foreign characters as they are, and notes where they stand. Those with
// nothing between them that tokens are spelled with become one place; where
// `spans` is nullptr they are only counted.
static uint64_t plainText(const Template &form, Text from, char *to,
                          lfm2_tokenizer_span *spans) {
  uint64_t count = 0, at = 0;
  bool open = false;
  for (Letters letters(from); !letters.atEnd(); ++at) {
    const char *start = letters.at;
    uint32_t code = letters.next();
    if (isForeign(*start)) {
      count += !open;
      if (spans && !open)
        spans[count - 1].begin = at;
      if (spans)
        spans[count - 1].end = at + 1;
      open = true;
      if (spans)
        to[at] = char(code);
      continue;
    }
    open &= code >= 0x80 || !form.spells(uint8_t(code));
    uint32_t bytes = uint32_t(letters.at - start);
    if (spans)
      memmove(to + at, start, bytes);
    at += bytes - 1;
  }
  return count;
}

// Behind the content that is to be continued, the text ends.
static void cutBehindContent(Heap &heap, Text &text) {
  uint32_t at = text.bytes;
  while (at > 0 && !(at + 1 < text.bytes && text.at[at] == endOfContent[0] &&
                     text.at[at + 1] == endOfContent[1]))
    --at;
  bool kept = at + 2 < text.bytes && text.at[at + 2] == ' ';
  if (at == 0) {
    heap.fail("expected the template to print the last message, found that it "
              "does not; it cannot be continued");
    return;
  }
  text.bytes = at;
  while (!kept && text.bytes > 0) {
    uint32_t start = text.bytes - 1;
    while (start > 0 && (uint8_t(text.at[start]) & 0xc0) == 0x80)
      --start;
    if (!isSpace(letterAt(text.at + start, text.at + text.bytes).code))
      break;
    text.bytes = start;
  }
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
  Heap heap(arena, error);
  const Surroundings around = Conversation(heap, arena, form, given).prepare();
  Printed printed;
  if (!heap.ended())
    printed = Machine(heap, form, around).run();
  // All in one piece that is ours.
  TextBuilder whole(heap);
  for (const Piece *piece = printed.first; piece; piece = piece->next)
    whole.put(piece->text);
  Text text = whole.finish();
  if (given.flags & LFM2RT_CHAT_CONTINUE && !heap.ended())
    cutBehindContent(heap, text);
  uint64_t count = heap.ended() ? 0 : plainText(form, text, nullptr, nullptr);
  auto *spans = heap.take<lfm2_tokenizer_span>(count);
  auto *to = static_cast<char *>(heap.takeBytes(text.bytes, 1));
  if (heap.ended())
    return heap.status;
  plainText(form, text, to, spans);
  uint64_t foreignBytes = 0;
  for (uint32_t i = 0; i < text.bytes; ++i)
    foreignBytes += isForeign(text.at[i]);
  rendered = {to, text.bytes - foreignBytes, spans, count};
  return LFM2RT_OK;
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
