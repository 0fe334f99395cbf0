// The calls of chat.h on opened weights.
#include "lfm2rt/chat.h"
#include "lfm2rt/abi.h"
#include "lfm2rt/chat_format.h"
#include "runtime/chat/Render.h"
#include "runtime/chat/Template.h"
#include "runtime/src/Message.h"
#include "runtime/src/Model.h"

using namespace lfm2rt;

static const uint8_t *sectionOf(const lfm2rt_weights &weights,
                                uint64_t &bytes) {
  bytes = weights.bytes[LFM2_SECTION_CHAT];
  return weights.section[LFM2_SECTION_CHAT];
}

extern "C" lfm2rt_status
lfm2rt_chat_render(const lfm2rt_weights *weights,
                   const lfm2rt_conversation *conversation, void *work,
                   uint64_t work_bytes, const char **text, uint64_t *length,
                   lfm2rt_error *error) {
  uint64_t bytes;
  const uint8_t *section = sectionOf(*weights, bytes);
  return lfm2rt_chat_render_section(section, bytes, conversation, work,
                                    work_bytes, text, length, error);
}

extern "C" lfm2rt_status
lfm2rt_chat_encode(const lfm2rt_weights *weights,
                   const lfm2rt_conversation *conversation, void *work,
                   uint64_t work_bytes, const int32_t **ids, uint64_t *count,
                   lfm2rt_error *error) {
  uint64_t bytes;
  const uint8_t *section = sectionOf(*weights, bytes);
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  if (!tokenizer)
    return Failure(error, LFM2RT_NO_TOKENIZER)
           << "expected a model with a tokenizer, found one compiled without";
  Arena arena(work, work_bytes);
  Rendered rendered;
  lfm2rt_status status =
      render(section, bytes, *conversation, arena, rendered, error);
  if (status == LFM2RT_OK) {
    uint64_t most = lfm2_tokenizer_most_ids(tokenizer, rendered.bytes),
             own = lfm2_tokenizer_work_bytes(tokenizer, rendered.bytes);
    if (own == 0)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "expected a conversation of less than 2 GiB, found one of "
             << rendered.bytes << " bytes; shorten it";
    void *room = arena.take(own);
    auto *to = static_cast<int32_t *>(arena.take(most * sizeof(int32_t)));
    if (to) {
      *count = uint64_t(lfm2_tokenizer_encode_around(
          tokenizer, rendered.text, rendered.bytes, rendered.foreign,
          rendered.numForeign, LFM2_TOKENIZE_PARSE_SPECIAL, to, most, room,
          own));
      *ids = to;
      return LFM2RT_OK;
    }
    status = LFM2RT_NO_MEMORY;
  }
  return withNeeded(status, arena, work_bytes, error);
}

extern "C" uint64_t
lfm2rt_chat_work_size(const lfm2rt_weights *weights,
                      const lfm2rt_conversation *conversation) {
  uint64_t bytes = conversation->messages_bytes + conversation->tools_bytes +
                   conversation->variables_bytes;
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  uint64_t text = 2 * bytes + 4096;
  uint64_t own = tokenizer ? lfm2_tokenizer_work_bytes(tokenizer, text) +
                                 lfm2_tokenizer_most_ids(tokenizer, text) * 4
                           : 0;
  return alignUp(LFM2RT_CHAT_WORK_BASE + LFM2RT_CHAT_WORK_FACTOR * bytes + own,
                 8);
}

extern "C" int lfm2rt_chat_has_template(const lfm2rt_weights *weights) {
  return weights->bytes[LFM2_SECTION_CHAT] != 0;
}

extern "C" const char *lfm2rt_chat_variable(const lfm2rt_weights *weights,
                                            uint32_t number, size_t *length) {
  uint64_t bytes;
  const uint8_t *section = sectionOf(*weights, bytes);
  Template form;
  if (bytes == 0 || !form.open(section, bytes) ||
      number >= form.count(LFM2_TEMPLATE_VARIABLES))
    return nullptr;
  Text name = form.constant(form.words(LFM2_TEMPLATE_VARIABLES)[number]).text();
  *length = name.bytes;
  return name.at;
}
