// Contexts are made and ended: what their parts are, where they lie in the
// caller's block, and the engine that runs their steps.
#include "runtime/device/Device.h"
#include "runtime/src/CpuEngine.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

namespace lfm2rt {
namespace {
// Tokens of a step that leave logits, where these take memory of a device's:
// who wants more gets them in more steps.
constexpr uint32_t usualLogits = 32;

// Where the parts lie, from the block's start.
struct ContextLayout {
  uint32_t capacity, threads;
  uint64_t nearBytes; // Near memory: of all threads.
  StepRoom room;      // Of the engine.
  uint64_t hostState; // Bytes of it in this block.
  uint64_t engine, lines, tokens, runs, tokenRuns, logitTokens, turnTokens,
      sampled, markList, candidates, logits, rowLogits, markColumns, fixed,
      state, scratch, near, stacks;
  uint64_t bytes;
};

// False when the options are not possible.
bool layOut(ContextLayout &layout, const lfm2rt_model &model,
            const lfm2rt_context_options &options) {
  const lfm2_program &program = *model.program;
  const lfm2_variant &variant = variantOf(model);
  const Device *device = deviceOf(model);
  // No sum below overflows for these: 2^31 tokens of less than 2^32 bytes each.
  if (options.tokens == 0 || options.tokens > program.context_max ||
      options.tokens > INT32_MAX - LFM2_CONTEXT_GRANULE ||
      options.threads == 0 || options.threads > Pool::maxThreads ||
      options.turns > LFM2RT_MOST_TURNS || options.marks > LFM2RT_MOST_MARKS ||
      options.drafts > LFM2RT_MOST_DRAFTS)
    return false;
  bool whole = isBidirectional(program); // Texts, and nothing is sampled.
  uint32_t tokens =
      whole ? min(options.tokens, lfm2rt_model_chunk(&model)) : options.tokens;
  layout.capacity = uint32_t(alignUp(tokens, LFM2_CONTEXT_GRANULE));
  layout.threads = device ? 1 : options.threads;
  StepRoom &room = layout.room;
  room.stateBytes = program.state_fixed_bytes +
                    (whole ? stateTokens(layout.capacity) : layout.capacity) *
                        program.state_bytes_per_token;
  uint64_t sampled = whole ? 0 : program.vocabulary;
  uint64_t nearBytes = 0;
  room.scratchBytes = 0;
  for (uint32_t i = 0; i < variant.num_entries; ++i) {
    room.scratchBytes =
        max(room.scratchBytes, variant.entries[i].scratch_bytes);
    nearBytes = max(nearBytes, uint64_t(variant.entries[i].near_bytes));
  }
  layout.nearBytes = device ? 0 : nearBytes * layout.threads;
  uint32_t chunk = lfm2rt_model_chunk(&model);
  room.tokens = chunk;
  room.runs =
      whole ? uint32_t(mostRuns(layout.capacity)) : max(options.turns, 1u);
  // A guess is verified by the logits of the token before it.
  uint32_t rows = max(options.turns, options.drafts ? options.drafts + 1 : 0);
  room.logits = !device ? UINT32_MAX
                : whole ? chunk
                        : max(rows, min(chunk, usualLogits));
  layout.hostState = device ? 0 : room.stateBytes;

  uint64_t at = 0;
  auto place = [&at](uint64_t bytes, uint64_t alignment) {
    uint64_t start = alignUp(at, alignment);
    at = start + bytes;
    return start;
  };
  place(sizeof(lfm2rt_context), 64);
  layout.engine = place(device ? device->engineBytes() : sizeof(CpuEngine), 64);
  layout.lines = place(Pool::lineBytes(layout.threads), 64);
  layout.sampled = place((sampled + 31) / 32 * uint64_t(4), 64);
  layout.tokens = place((layout.capacity + uint64_t(1)) * sizeof(int32_t), 64);
  uint64_t ofStep = chunk * uint64_t(sizeof(int32_t));
  layout.runs = place(room.runs * sizeof(lfm2_run), 64);
  layout.tokenRuns = place(ofStep, 64);
  layout.logitTokens = place(ofStep, 64);
  layout.turnTokens = place(options.turns ? ofStep : 0, 64);
  layout.markList = place(Marks::listBytes(options.marks), 64);
  layout.candidates = place(sampled * sizeof(Candidate), 4096);
  bool hasLogits = program.outputs & LFM2_OUTPUT_LOGITS;
  uint64_t logits =
      hasLogits ? program.vocabulary * uint64_t(sizeof(float)) : 0;
  layout.logits = place(logits, 4096);
  layout.rowLogits = place(rows * logits, 4096);
  layout.markColumns = place(options.marks * program.state_fixed_bytes, 4096);
  layout.fixed = place(device ? 0 : program.state_fixed_bytes, 4096);
  layout.state = place(layout.hostState, 4096);
  layout.scratch = place(device ? 0 : room.scratchBytes, 4096);
  layout.near = place(options.near ? 0 : layout.nearBytes, LFM2_NEAR_ALIGN);
  layout.stacks =
      place(options.parallel ? 0 : Pool::stacksBytes(layout.threads), 4096);
  layout.bytes = alignUp(at, 4096);
  return true;
}

} // namespace
} // namespace lfm2rt

extern "C" uint64_t lfm2rt_context_size(const lfm2rt_model *model,
                                        const lfm2rt_context_options *options) {
  ContextLayout layout;
  return layOut(layout, *model, *options) ? layout.bytes : 0;
}

extern "C" uint64_t lfm2rt_device_bytes(const lfm2rt_model *model,
                                        const lfm2rt_context_options *options) {
  Device *device = deviceOf(*model);
  if (!device)
    return 0;
  if (!options)
    return device->weightsBytes(*model->program);
  ContextLayout layout;
  return layOut(layout, *model, *options) ? device->contextBytes(layout.room)
                                          : 0;
}

extern "C" uint64_t lfm2rt_near_size(const lfm2rt_model *model,
                                     const lfm2rt_context_options *options) {
  ContextLayout layout;
  return layOut(layout, *model, *options) ? layout.nearBytes : 0;
}

extern "C" lfm2rt_status
lfm2rt_context_create(lfm2rt_context **result, const lfm2rt_weights *weights,
                      const lfm2rt_context_options *options, void *memory,
                      uint64_t bytes, lfm2rt_error *error) {
  const lfm2rt_model &model = *weights->model;
  ContextLayout layout;
  if (!layOut(layout, model, *options))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a context of 1 ... " << model.program->context_max
           << " tokens and 1 ... " << Pool::maxThreads
           << " threads, with at most " << LFM2RT_MOST_TURNS << " turns, "
           << LFM2RT_MOST_MARKS << " marks and " << LFM2RT_MOST_DRAFTS
           << " drafts, found " << options->tokens << " tokens, "
           << options->threads << " threads, " << options->turns << " turns, "
           << options->marks << " marks and " << options->drafts
           << " drafts; the model can be compiled for a larger --context";
  if (!isAddressable(layout.bytes))
    return Failure(error, LFM2RT_NO_MEMORY, layout.bytes)
           << "a context of " << layout.capacity << " tokens needs "
           << layout.bytes
           << " bytes, more than this machine has addresses for; ask for fewer "
              "tokens";
  if (bytes < layout.bytes)
    return Failure(error, LFM2RT_NO_MEMORY, layout.bytes)
           << "a context of " << layout.capacity << " tokens needs "
           << layout.bytes << " bytes, found " << bytes
           << "; give so much or ask for fewer tokens";
  if (reinterpret_cast<uintptr_t>(memory) % 4096 != 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected the memory of a context at a multiple of 4096 bytes";
  if (reinterpret_cast<uintptr_t>(options->near) % LFM2_NEAR_ALIGN != 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected near memory at a multiple of " << LFM2_NEAR_ALIGN
           << " bytes";
  if (options->near && options->near_bytes < layout.nearBytes)
    return Failure(error, LFM2RT_NO_MEMORY, layout.nearBytes)
           << layout.threads << " threads stage weights in " << layout.nearBytes
           << " bytes of near memory, found " << options->near_bytes
           << "; give so much, none, or ask for fewer threads";

  auto *base = static_cast<uint8_t *>(memory);
  lfm2rt_context &context = *reinterpret_cast<lfm2rt_context *>(base);
  if (!options->zeroed) {
    memset(base, 0, size_t(layout.candidates));
    // The whole state: code may read it beyond the position, and discards that,
    // but only of numbers nothing is left.
    memset(base + layout.state, 0, size_t(layout.hostState));
  }
  context.weights = weights;
  context.program = model.program;
  context.variant = &variantOf(model);
  context.samplerMemory = {
      reinterpret_cast<Candidate *>(base + layout.candidates),
      reinterpret_cast<uint32_t *>(base + layout.sampled)};
  context.tokens = reinterpret_cast<int32_t *>(base + layout.tokens);
  context.runs = reinterpret_cast<lfm2_run *>(base + layout.runs);
  context.tokenRuns = reinterpret_cast<int32_t *>(base + layout.tokenRuns);
  context.logitTokens = reinterpret_cast<int32_t *>(base + layout.logitTokens);
  context.turnTokens = reinterpret_cast<int32_t *>(base + layout.turnTokens);
  context.rowLogits = reinterpret_cast<float *>(base + layout.rowLogits);
  context.turns = options->turns;
  context.drafts = options->drafts;
  context.marks.open(base + layout.markList, base + layout.markColumns,
                     options->marks, model.program->state_fixed_bytes);
  context.drafter = {};
  context.guide = {};
  context.drafting.start();
  context.mostLogits = layout.room.logits;
  context.logits = reinterpret_cast<float *>(base + layout.logits);
  context.state = base + layout.state;
  context.fixed = base + layout.fixed;
  context.scratch = base + layout.scratch;
  context.near = options->near ? static_cast<uint8_t *>(options->near)
                               : base + layout.near;
  context.capacity = layout.capacity;
  context.pending = -1;
  context.stoppedBy = -1;
  context.hidden = nullptr;
  context.profile = nullptr;
  context.shares.set(nullptr, layout.threads);
  lfm2rt_sampling sampling;
  lfm2rt_sampling_defaults(weights, &sampling);
  context.sampler.set(sampling, tokenizerOf(*weights));

  int64_t started = context.pool.start(
      layout.threads, base + layout.lines, base + layout.stacks,
      options->parallel, options->parallel_user, options->on_thread,
      options->on_thread_user);
  if (started < 0)
    return Failure(error, LFM2RT_SYSTEM, uint64_t(-started))
           << "cannot start " << layout.threads << " threads: error "
           << -started << " of the system; ask for fewer";
  void *engine = base + layout.engine;
  if (Device *device = deviceOf(model)) {
    if (lfm2rt_status status =
            device->makeEngine(context, layout.room, engine, error))
      return status;
  } else {
    context.engine = new (At{engine}) CpuEngine(context);
  }
  *result = &context;
  return LFM2RT_OK;
}

extern "C" void lfm2rt_context_destroy(lfm2rt_context *context) {
  context->engine->stop();
}
