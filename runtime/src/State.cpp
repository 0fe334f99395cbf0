// Marks, rewinding to these, saving, restoring and forking: all are copies of
// parts of one block, which is the engine's. The convolution state comes first
// in it and is small. The KV cache is only ever written at and after the
// position, so what was read before stays.
#include "runtime/src/Context.h"
#include "runtime/src/Hash.h"
#include "runtime/src/Message.h"
#include "runtime/src/UsedState.h"

using namespace lfm2rt;

namespace {

// In front of what a mark or a saved state holds: columns, and of a saved state
// the cache and the tokens.
struct Header {
  char magic[7], version;
  uint8_t identity[16];
  uint64_t columnsHash, cacheHash;
  uint64_t tokensHash; // Of the tokens read, which a mark does not hold.
  uint32_t position;
  int32_t pending;
  uint64_t headerHash; // Of the header with 0 in this place.
};
static_assert(sizeof(Header) == 64 && sizeof(Header) % hashStep == 0,
              "it can be hashed");

// What is written, and how it is called.
struct Form {
  const char *magic, *name;
};
constexpr Form mark = {"LFM2MRK", "mark"}, saved = {"LFM2SAV", "saved state"};

// What KV caches hold, by LFM2_STATE_*: its name, and what the last two letters
// of `magic` are, where not as above.
struct CacheForm {
  const char *name, *letters;
};
constexpr CacheForm cacheForms[] = {{"no form", nullptr},
                                    {"f16", nullptr},
                                    {"f32", "32"},
                                    {"q8_0", "Q8"},
                                    {"q4_0", "Q4"}};
constexpr uint32_t numCacheForms = sizeof(cacheForms) / sizeof(*cacheForms);

struct Magic {
  char text[7];

  // Of a program that holds `cache`; one that this runtime does not know is as
  // good as none.
  Magic(const Form &form, uint32_t cache) {
    memcpy(text, form.magic, sizeof(text));
    if (cache < numCacheForms && cacheForms[cache].letters)
      memcpy(text + 5, cacheForms[cache].letters, 2);
  }
  bool operator==(const char *other) const {
    return memcmp(text, other, sizeof(text)) == 0;
  }
};
constexpr char version = '3';

// Those of a saved state may stand anywhere.
typedef int32_t Token __attribute__((aligned(1), may_alias));

uint64_t hashTokens(const Token *tokens, uint32_t count) {
  uint64_t hash = 14695981039346656037u; // FNV-1a, a token a time.
  for (uint32_t i = 0; i < count; ++i)
    hash = (hash ^ uint32_t(tokens[i])) * 1099511628211u;
  return hash;
}

// The columns and so much of the cache as `used` has, packed.
bool readState(uint8_t *to, const lfm2rt_context &context,
               const UsedState &used) {
  const Engine &engine = *context.engine;
  return engine.read(to, 0, used.columnBytes()) &&
         used.forCache([&](uint64_t at, uint64_t bytes, uint64_t stripe) {
           return engine.read(to + at, used.stripeAt(stripe, context.capacity),
                              bytes);
         });
}

bool writeState(const uint8_t *from, const lfm2rt_context &context,
                const UsedState &used) {
  Engine &engine = *context.engine;
  return engine.write(from, 0, used.columnBytes()) &&
         used.forCache([&](uint64_t at, uint64_t bytes, uint64_t stripe) {
           return engine.write(from + at,
                               used.stripeAt(stripe, context.capacity), bytes);
         });
}

// The header and the state.
void write(void *memory, const lfm2rt_context &context, const Form &form,
           const UsedState &used) {
  auto *state = static_cast<uint8_t *>(memory) + sizeof(Header);
  Header header = {};
  // What a lost device had is no state of anything.
  if (readState(state, context, used)) {
    memcpy(header.magic, Magic(form, context.program->state_form).text,
           sizeof(header.magic));
    header.version = version;
    memcpy(header.identity, context.program->identity, sizeof(header.identity));
    header.columnsHash = hash(state, used.columnBytes());
    header.cacheHash = hash(state + used.columnBytes(), used.cacheBytes());
    header.tokensHash = hashTokens(context.tokens, context.position);
    header.position = context.position;
    header.pending = context.pending;
    header.headerHash = hash(&header, sizeof(header));
  }
  memcpy(memory, &header, sizeof(header));
}

lfm2rt_status damaged(const char *part, const Form &form, lfm2rt_error *error) {
  return Failure(error, LFM2RT_INVALID_ARGUMENT)
         << "the " << part << " of the " << form.name
         << " is damaged; make it again";
}

// Reads the header. Those who mean harm can make the hashes anew: no number is
// used as it stands.
lfm2rt_status read(Header &header, const void *from, const Form &form,
                   const lfm2rt_context &context, lfm2rt_error *error) {
  memcpy(&header, from, sizeof(header));
  uint32_t found = uint32_t(uint8_t(header.version)) - '0';
  const uint32_t own = context.program->state_form;
  const bool isOwn = Magic(form, own) == header.magic;
  for (uint32_t i = LFM2_STATE_F16; !isOwn && i < numCacheForms; ++i)
    if (Magic(form, i) == header.magic)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "the " << form.name << " is of a KV cache of "
             << cacheForms[i].name << ", and this program's is of "
             << cacheForms[own < numCacheForms ? own : 0].name
             << "; make it again, or compile the model with the other --kv";
  if (!isOwn || found > 9)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a " << form.name << ", found other bytes";
  if (header.version != version)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a " << form.name << " of version " << version - '0'
           << ", found version " << found
           << (header.version > version
                   ? ", which a newer runtime made; compile the model with that"
                   : "; make it again");
  uint64_t headerHash = header.headerHash;
  header.headerHash = 0;
  if (hash(&header, sizeof(header)) != headerHash)
    return damaged("header", form, error);
  if (memcmp(header.identity, context.program->identity,
             sizeof(header.identity)) != 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "the " << form.name
           << " is of another model or another compilation; make it again";
  if (header.pending >= 0 &&
      uint32_t(header.pending) >= context.program->vocabulary)
    return damaged("header", form, error);
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

// Of a mark, which holds columns alone.
UsedState columnsOf(const lfm2_program &program) {
  return UsedState(program, 0);
}

} // namespace

extern "C" uint64_t lfm2rt_mark_size(const lfm2rt_model *model) {
  return sizeof(Header) + columnsOf(*model->program).bytes();
}

extern "C" void lfm2rt_mark(const lfm2rt_context *context, void *memory) {
  write(memory, *context, mark, columnsOf(*context->program));
}

extern "C" lfm2rt_status lfm2rt_rewind(lfm2rt_context *context,
                                       const void *memory,
                                       lfm2rt_error *error) {
  Header header;
  lfm2rt_status status = read(header, memory, mark, *context, error);
  if (status != LFM2RT_OK)
    return status;
  if (header.position > context->position ||
      header.tokensHash != hashTokens(context->tokens, header.position))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "the mark stands at " << header.position
           << " tokens that are not the first of the " << context->position
           << " in this context; read them again";
  auto *columns = static_cast<const uint8_t *>(memory) + sizeof(header);
  UsedState used = columnsOf(*context->program);
  if (hash(columns, used.columnBytes()) != header.columnsHash)
    return damaged("convolution state", mark, error);
  if (!writeState(columns, *context, used))
    return lost(error);
  standAt(*context, header);
  context->marks.dropBehind(header.position);
  return LFM2RT_OK;
}

extern "C" uint64_t lfm2rt_save_size(const lfm2rt_context *context) {
  return sizeof(Header) +
         UsedState(*context->program, context->position).bytes() +
         context->position * uint64_t(sizeof(Token));
}

extern "C" void lfm2rt_save(const lfm2rt_context *context, void *memory) {
  UsedState used(*context->program, context->position);
  write(memory, *context, saved, used);
  memcpy(static_cast<uint8_t *>(memory) + sizeof(Header) + used.bytes(),
         context->tokens, context->position * sizeof(Token));
}

extern "C" lfm2rt_status lfm2rt_restore(lfm2rt_context *context,
                                        const void *memory, uint64_t bytes,
                                        lfm2rt_error *error) {
  Header header = {};
  lfm2rt_status status = read(header, bytes < sizeof(header) ? &header : memory,
                              saved, *context, error);
  if (status != LFM2RT_OK)
    return status;
  if (header.position > context->capacity)
    return Failure(error, LFM2RT_CONTEXT_FULL, header.position)
           << "the saved state is of " << header.position
           << " tokens, this context has room for " << context->capacity
           << "; make a larger one";
  UsedState used(*context->program, header.position);
  uint64_t tokenBytes = header.position * uint64_t(sizeof(Token));
  if (bytes - sizeof(header) != used.bytes() + tokenBytes)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "the saved state is cut short or damaged: expected "
           << sizeof(header) + used.bytes() + tokenBytes << " bytes, found "
           << bytes << "; save it again";
  auto *state = static_cast<const uint8_t *>(memory) + sizeof(header);
  auto *tokens = reinterpret_cast<const Token *>(state + used.bytes());
  if (hash(state, used.columnBytes()) != header.columnsHash)
    return damaged("convolution state", saved, error);
  if (hash(state + used.columnBytes(), used.cacheBytes()) != header.cacheHash)
    return damaged("KV cache", saved, error);
  bool good = header.tokensHash == hashTokens(tokens, header.position);
  for (uint32_t i = 0; good && i < header.position; ++i)
    good = tokens[i] < 0 || // Read in place of a token.
           uint32_t(tokens[i]) < context->program->vocabulary;
  if (!good)
    return damaged("list of tokens", saved, error);
  if (!writeState(state, *context, used))
    return lost(error);
  memcpy(context->tokens, tokens, size_t(tokenBytes));
  standAt(*context, header);
  // From here on there are marks; what was before is read again from its start.
  context->marks.dropBehind(0);
  context->marks.add(*context->engine, context->position);
  return LFM2RT_OK;
}

extern "C" lfm2rt_status lfm2rt_fork(lfm2rt_context *to,
                                     const lfm2rt_context *from,
                                     lfm2rt_error *error) {
  if (to->weights != from->weights)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected two contexts of the same opened weights, found others; "
              "make both from one lfm2rt_weights";
  if (from->position > to->capacity)
    return Failure(error, LFM2RT_CONTEXT_FULL, from->position)
           << "expected a context with room for the " << from->position
           << " tokens that were read, found one of " << to->capacity
           << "; make a larger one";
  UsedState used(*from->program, from->position);
  Engine &engine = *to->engine;
  const Engine &other = *from->engine;
  bool good = engine.copy(other, 0, 0, used.columnBytes()) &&
              used.forCache([&](uint64_t, uint64_t bytes, uint64_t stripe) {
                return engine.copy(other, used.stripeAt(stripe, from->capacity),
                                   used.stripeAt(stripe, to->capacity), bytes);
              });
  if (!good)
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
  to->marks.copy(from->marks);
  to->marks.add(*to->engine, to->position);
  return LFM2RT_OK;
}
