// Marks, rewinding, saving, restoring and forking: all are copies of parts of
// one block, which is the engine's. The convolution state comes first in it and
// is small. The KV cache is only ever written at and after the position, so
// what was read before stays.
#include "runtime/src/Context.h"
#include "runtime/src/Hash.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

namespace {

// In front of what a mark or a saved state holds.
struct Header {
  char magic[7], version;
  uint8_t identity[16];
  uint64_t tokensHash; // Of the tokens read.
  uint64_t stateHash;  // Of what follows, without the tokens.
  uint32_t position;
  uint32_t capacity;
  int32_t pending;
  uint32_t reserved;
  uint64_t headerHash; // Of the header with 0 in this place.
};
static_assert(sizeof(Header) % hashStep == 0, "it can be hashed");

constexpr char markMagic[] = "LFM2MRK", saveMagic[] = "LFM2SAV", version = '2';

// Those of a saved state may stand anywhere.
typedef int32_t Token __attribute__((aligned(1), may_alias));

uint64_t hashTokens(const Token *tokens, uint32_t count) {
  uint64_t hash = 14695981039346656037u; // FNV-1a, a token a time.
  for (uint32_t i = 0; i < count; ++i)
    hash = (hash ^ uint32_t(tokens[i])) * 1099511628211u;
  return hash;
}

uint64_t stateBytes(const lfm2rt_context &context) {
  return context.program->state_fixed_bytes +
         context.capacity * context.program->state_bytes_per_token;
}

// The header, what stands behind it (`tokens` bytes of the tokens read), and so
// much of the state.
void write(void *memory, const lfm2rt_context &context, const char *magic,
           uint64_t tokens, uint64_t bytes) {
  auto *behind = static_cast<uint8_t *>(memory) + sizeof(Header);
  memcpy(behind, context.tokens, size_t(tokens));
  Header header = {};
  if (!context.engine->read(behind + tokens, bytes)) {
    // What a lost device had is no state of anything.
    memcpy(memory, &header, sizeof(header));
    return;
  }
  memcpy(header.magic, magic, sizeof(header.magic));
  header.version = version;
  memcpy(header.identity, context.program->identity, sizeof(header.identity));
  header.tokensHash = hashTokens(context.tokens, context.position);
  header.stateHash = hash(behind + tokens, bytes);
  header.position = context.position;
  header.capacity = context.capacity;
  header.pending = context.pending;
  header.headerHash = hash(&header, sizeof(header));
  memcpy(memory, &header, sizeof(header));
}

lfm2rt_status damaged(const char *what, lfm2rt_error *error) {
  return Failure(error, LFM2RT_INVALID_ARGUMENT)
         << "the " << what << " is damaged; make it again";
}

// Reads the header. Those who mean harm can make the hashes anew: no number is
// used as it stands.
lfm2rt_status read(Header &header, const void *from, const char *magic,
                   const char *what, const lfm2rt_context &context,
                   lfm2rt_error *error) {
  memcpy(&header, from, sizeof(header));
  uint32_t found = uint32_t(uint8_t(header.version)) - '0';
  if (memcmp(header.magic, magic, sizeof(header.magic)) != 0 || found > 9)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a " << what << ", found other bytes";
  if (header.version != version)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a " << what << " of version " << version - '0'
           << ", found version " << found << "; make it again";
  uint64_t headerHash = header.headerHash;
  header.headerHash = 0;
  if (hash(&header, sizeof(header)) != headerHash)
    return damaged(what, error);
  if (memcmp(header.identity, context.program->identity,
             sizeof(header.identity)) != 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "the " << what
           << " is of another model or another compilation; make it again";
  if (header.position > header.capacity ||
      (header.pending >= 0 &&
       uint32_t(header.pending) >= context.program->vocabulary))
    return damaged(what, error);
  return LFM2RT_OK;
}

lfm2rt_status lost(lfm2rt_error *error) {
  return Failure(error, LFM2RT_DEVICE_LOST)
         << "the device of this context was lost; open the model anew";
}

void standAt(lfm2rt_context &context, const Header &header) {
  context.position = header.position;
  context.pending = header.pending;
  context.hasLogits = false;
  context.hiddenCount = 0;
}

constexpr char mark[] = "mark", savedState[] = "saved state";

} // namespace

extern "C" uint64_t lfm2rt_mark_size(const lfm2rt_model *model) {
  return sizeof(Header) + model->program->state_fixed_bytes;
}

extern "C" void lfm2rt_mark(const lfm2rt_context *context, void *memory) {
  write(memory, *context, markMagic, /*tokens=*/0,
        context->program->state_fixed_bytes);
}

extern "C" lfm2rt_status lfm2rt_rewind(lfm2rt_context *context,
                                       const void *memory,
                                       lfm2rt_error *error) {
  Header header;
  lfm2rt_status status = read(header, memory, markMagic, mark, *context, error);
  if (status != LFM2RT_OK)
    return status;
  if (header.position > context->position ||
      header.tokensHash != hashTokens(context->tokens, header.position))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "the mark stands at " << header.position
           << " tokens that are not the first of the " << context->position
           << " in this context; read them again";
  auto *state = static_cast<const uint8_t *>(memory) + sizeof(header);
  uint64_t bytes = context->program->state_fixed_bytes;
  if (hash(state, bytes) != header.stateHash)
    return damaged(mark, error);
  if (!context->engine->write(state, bytes))
    return lost(error);
  standAt(*context, header);
  return LFM2RT_OK;
}

extern "C" uint64_t lfm2rt_save_size(const lfm2rt_context *context) {
  return sizeof(Header) + uint64_t(context->position) * sizeof(int32_t) +
         stateBytes(*context);
}

extern "C" void lfm2rt_save(const lfm2rt_context *context, void *memory) {
  write(memory, *context, saveMagic,
        context->position * uint64_t(sizeof(int32_t)), stateBytes(*context));
}

extern "C" lfm2rt_status lfm2rt_restore(lfm2rt_context *context,
                                        const void *saved, uint64_t bytes,
                                        lfm2rt_error *error) {
  Header header = {};
  lfm2rt_status status = read(header, bytes < sizeof(header) ? &header : saved,
                              saveMagic, savedState, *context, error);
  if (status != LFM2RT_OK)
    return status;
  if (header.capacity != context->capacity)
    return Failure(error, LFM2RT_INVALID_ARGUMENT, header.capacity)
           << "the saved state is of a context of " << header.capacity
           << " tokens, this one has " << context->capacity
           << "; make one of the same capacity";
  uint64_t ofState = stateBytes(*context),
           tokenBytes = header.position * uint64_t(sizeof(int32_t));
  if (bytes - sizeof(header) != tokenBytes + ofState)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "the saved state is cut short or damaged: expected "
           << sizeof(header) + tokenBytes + ofState << " bytes, found " << bytes
           << "; save it again";
  auto *from = static_cast<const uint8_t *>(saved) + sizeof(header);
  auto *tokens = reinterpret_cast<const Token *>(from);
  bool good = header.tokensHash == hashTokens(tokens, header.position) &&
              header.stateHash == hash(from + tokenBytes, ofState);
  for (uint32_t i = 0; good && i < header.position; ++i)
    good = tokens[i] < 0 || // Read in place of a token.
           uint32_t(tokens[i]) < context->program->vocabulary;
  if (!good)
    return damaged(savedState, error);
  if (!context->engine->write(from + tokenBytes, ofState))
    return lost(error);
  memcpy(context->tokens, from, size_t(tokenBytes));
  standAt(*context, header);
  return LFM2RT_OK;
}

extern "C" lfm2rt_status lfm2rt_fork(lfm2rt_context *to,
                                     const lfm2rt_context *from,
                                     lfm2rt_error *error) {
  if (to->weights != from->weights)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected two contexts of the same opened weights, found others; "
              "make both from one lfm2rt_weights";
  if (to->capacity != from->capacity)
    return Failure(error, LFM2RT_INVALID_ARGUMENT, from->capacity)
           << "expected two contexts of the same capacity, found "
           << from->capacity << " and " << to->capacity << " tokens";
  if (!to->engine->copy(*from->engine, stateBytes(*from)))
    return lost(error);
  memcpy(to->tokens, from->tokens, from->position * sizeof(int32_t));
  if (from->hasLogits)
    memcpy(to->logits, from->logits, from->program->vocabulary * sizeof(float));
  to->sampler = from->sampler;
  to->allow = from->allow;
  to->allowUser = from->allowUser;
  to->position = from->position;
  to->pending = from->pending;
  to->hasLogits = from->hasLogits;
  to->hiddenCount = 0;
  return LFM2RT_OK;
}
