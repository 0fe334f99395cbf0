// Marks, rewinding, saving, restoring and forking: all are copies of parts of
// one block. The convolution state comes first in it and is small. The KV cache
// is only ever written at and after the position, so what was read before
// stays.
#include "runtime/src/Context.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

namespace {

// In front of what a mark or a saved state holds.
struct Header {
  char magic[8];
  uint8_t identity[16];
  uint64_t tokensHash; // Of the tokens read.
  uint64_t bytes;      // Of what follows.
  uint32_t position;
  uint32_t capacity;
  int32_t pending;
  uint32_t reserved;
};

constexpr char markMagic[] = "LFM2MRK1", saveMagic[] = "LFM2SAV1";

uint64_t hashTokens(const int32_t *tokens, uint32_t count) {
  uint64_t hash = 14695981039346656037u; // FNV-1a, a token a time.
  for (uint32_t i = 0; i < count; ++i)
    hash = (hash ^ uint32_t(tokens[i])) * 1099511628211u;
  return hash;
}

uint64_t stateBytes(const lfm2rt_context &context) {
  return context.program->state_fixed_bytes +
         context.capacity * context.program->state_bytes_per_token;
}

void fill(Header &header, const lfm2rt_context &context, const char *magic,
          uint64_t bytes) {
  memset(&header, 0, sizeof(header));
  memcpy(header.magic, magic, sizeof(header.magic));
  memcpy(header.identity, context.program->identity, sizeof(header.identity));
  header.tokensHash = hashTokens(context.tokens, context.position);
  header.bytes = bytes;
  header.position = context.position;
  header.capacity = context.capacity;
  header.pending = context.pending;
}

bool matches(const Header &header, const lfm2rt_context &context,
             const char *magic) {
  return memcmp(header.magic, magic, sizeof(header.magic)) == 0 &&
         memcmp(header.identity, context.program->identity,
                sizeof(header.identity)) == 0;
}

} // namespace

extern "C" uint64_t lfm2rt_mark_size(const lfm2rt_model *model) {
  return sizeof(Header) + model->program->state_fixed_bytes;
}

extern "C" void lfm2rt_mark(const lfm2rt_context *context, void *memory) {
  Header header;
  uint64_t bytes = context->program->state_fixed_bytes;
  fill(header, *context, markMagic, bytes);
  auto *to = static_cast<uint8_t *>(memory);
  memcpy(to, &header, sizeof(header));
  memcpy(to + sizeof(header), context->state, size_t(bytes));
}

extern "C" lfm2rt_status lfm2rt_rewind(lfm2rt_context *context,
                                       const void *mark, lfm2rt_error *error) {
  Header header;
  auto *from = static_cast<const uint8_t *>(mark);
  memcpy(&header, from, sizeof(header));
  uint64_t bytes = context->program->state_fixed_bytes;
  if (!matches(header, *context, markMagic) || header.bytes != bytes)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a mark of this model, found other bytes; set it with "
              "lfm2rt_mark()";
  if (header.position > context->position ||
      header.tokensHash != hashTokens(context->tokens, header.position))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "the mark stands at " << header.position
           << " tokens that are not the first of the " << context->position
           << " in this context; read them again";
  memcpy(context->state, from + sizeof(header), size_t(bytes));
  context->position = header.position;
  context->pending = header.pending;
  context->hasLogits = false;
  return LFM2RT_OK;
}

extern "C" uint64_t lfm2rt_save_size(const lfm2rt_context *context) {
  return sizeof(Header) + uint64_t(context->position) * sizeof(int32_t) +
         stateBytes(*context);
}

extern "C" void lfm2rt_save(const lfm2rt_context *context, void *memory) {
  Header header;
  fill(header, *context, saveMagic, lfm2rt_save_size(context) - sizeof(header));
  auto *to = static_cast<uint8_t *>(memory);
  memcpy(to, &header, sizeof(header));
  to += sizeof(header);
  memcpy(to, context->tokens, context->position * sizeof(int32_t));
  memcpy(to + context->position * sizeof(int32_t), context->state,
         size_t(stateBytes(*context)));
}

extern "C" lfm2rt_status lfm2rt_restore(lfm2rt_context *context,
                                        const void *saved, uint64_t bytes,
                                        lfm2rt_error *error) {
  Header header = {};
  auto *from = static_cast<const uint8_t *>(saved);
  if (bytes >= sizeof(header)) {
    memcpy(&header, from, sizeof(header));
    from += sizeof(header);
  }
  if (!matches(header, *context, saveMagic))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a saved state of this model, found other bytes; use "
              "what "
              "lfm2rt_save() wrote with the same program";
  if (header.capacity != context->capacity)
    return Failure(error, LFM2RT_INVALID_ARGUMENT, header.capacity)
           << "the saved state is of a context of " << header.capacity
           << " tokens, this one has " << context->capacity
           << "; make one of the same capacity";
  uint64_t tokenBytes = header.position * uint64_t(sizeof(int32_t));
  auto *tokens = reinterpret_cast<const uint8_t *>(from);
  if (header.position > header.capacity ||
      header.bytes != tokenBytes + stateBytes(*context) ||
      bytes - sizeof(header) != header.bytes)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "the saved state is cut short or damaged: expected "
           << header.bytes << " bytes after its first "
           << uint64_t(sizeof(header)) << ", found " << bytes - sizeof(header)
           << "; save it again";
  for (uint32_t i = 0; i <= header.position; ++i) {
    int32_t id = header.pending;
    if (i < header.position)
      memcpy(&id, tokens + i * sizeof(int32_t), sizeof(id));
    else if (id < 0)
      break;
    if (uint32_t(id) >= context->program->vocabulary)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "the saved state is damaged: token " << id
             << " is out of range; save "
             << "it again";
  }
  memcpy(context->tokens, tokens, size_t(tokenBytes));
  memcpy(context->state, tokens + tokenBytes, size_t(stateBytes(*context)));
  context->position = header.position;
  context->pending = header.pending;
  context->hasLogits = false;
  return LFM2RT_OK;
}

extern "C" lfm2rt_status lfm2rt_fork(lfm2rt_context *to,
                                     const lfm2rt_context *from,
                                     lfm2rt_error *error) {
  if (to->weights != from->weights || to->capacity != from->capacity)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected two contexts of the same weights and capacity, found "
           << from->capacity << " and " << to->capacity << " tokens";
  memcpy(to->tokens, from->tokens, from->position * sizeof(int32_t));
  memcpy(to->state, from->state, size_t(stateBytes(*from)));
  memcpy(to->logits, from->logits, from->program->vocabulary * sizeof(float));
  to->sampler = from->sampler;
  to->allow = from->allow;
  to->allowUser = from->allowUser;
  to->position = from->position;
  to->pending = from->pending;
  to->hasLogits = from->hasLogits;
  return LFM2RT_OK;
}
