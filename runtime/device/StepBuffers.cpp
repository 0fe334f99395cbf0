#include "runtime/device/StepBuffers.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

// A multiple of all that devices read at a time.
constexpr uint64_t alignment = 256;

class Places {
public:
  uint64_t add(uint64_t bytes) {
    uint64_t start = end;
    end = alignUp(end + bytes, alignment);
    return start;
  }
  uint64_t end = 0;
};

uint64_t rowBytes(uint64_t channels) { return channels * sizeof(float); }

} // namespace

void StepBuffers::layOut(const lfm2_program &of, const StepRoom &room) {
  program = &of;
  Places in;
  in.add(sizeof(lfm2_device_step));
  tokens = in.add(room.tokens * sizeof(int32_t));
  runs = in.add(room.runs * sizeof(lfm2_run));
  tokenRuns = in.add(room.tokens * sizeof(int32_t));
  logitTokens = in.add(room.logits * sizeof(int32_t));
  embeddings = in.add(room.tokens * rowBytes(of.hidden));
  inputs = in.end;
  Places out;
  auto outputs = [&](uint32_t kind, uint64_t rows, uint64_t channels) {
    return out.add(of.outputs & kind ? rows * rowBytes(channels) : 0);
  };
  logits = outputs(LFM2_OUTPUT_LOGITS, room.logits, of.vocabulary);
  hidden = outputs(LFM2_OUTPUT_HIDDEN, room.tokens, of.hidden);
  vectors =
      outputs(LFM2_OUTPUT_VECTORS | LFM2_OUTPUT_TOKEN_VECTORS,
              of.outputs & LFM2_OUTPUT_TOKEN_VECTORS ? room.tokens : room.runs,
              of.vector);
  results = out.end;
}

void StepBuffers::writeInputs(uint8_t *to, const Addresses &at,
                              const lfm2_step &step) const {
  lfm2_device_step block = {};
  block.weights = at.weights;
  block.state = reinterpret_cast<uint64_t>(step.state);
  block.scratch = at.scratch;
  block.tokens = at.inputs + tokens;
  block.logits = at.results + logits;
  block.count = step.count;
  block.position = step.position;
  block.context = step.context;
  block.num_logits = step.num_logits;
  block.embeddings = step.embeddings ? at.inputs + embeddings : 0;
  block.hidden = step.hidden ? at.results + hidden : 0;
  block.vectors = step.vectors ? at.results + vectors : 0;
  block.runs = step.runs ? at.inputs + runs : 0;
  block.num_runs = step.num_runs;
  block.token_runs = step.runs ? at.inputs + tokenRuns : 0;
  block.logit_tokens = step.runs ? at.inputs + logitTokens : 0;
  memcpy(to, &block, sizeof(block));

  uint64_t count = uint64_t(step.count);
  memcpy(to + tokens, step.tokens, count * sizeof(int32_t));
  if (step.runs) {
    memcpy(to + runs, step.runs, uint64_t(step.num_runs) * sizeof(lfm2_run));
    memcpy(to + tokenRuns, step.token_runs, count * sizeof(int32_t));
    memcpy(to + logitTokens, step.logit_tokens,
           uint64_t(step.num_logits) * sizeof(int32_t));
  }
  if (!step.embeddings)
    return;
  // Of the caller's rows, those of this step, in the order of their tokens.
  auto *ids = reinterpret_cast<int32_t *>(to + tokens);
  uint64_t row = rowBytes(program->hidden);
  int32_t taken = 0;
  for (uint64_t t = 0; t < count; ++t) {
    int32_t id = step.tokens[t];
    if (id >= 0)
      continue;
    memcpy(to + embeddings + uint64_t(taken) * row,
           step.embeddings + uint64_t(-1 - int64_t(id)) * program->hidden, row);
    ids[t] = -1 - taken++;
  }
}

uint32_t StepBuffers::listResults(Result (&list)[mostResults],
                                  const lfm2_step &step) const {
  uint32_t number = 0;
  auto add = [&](float *to, uint64_t offset, int32_t rows, uint64_t channels) {
    if (to && rows)
      list[number++] = {to, offset, uint64_t(rows) * rowBytes(channels)};
  };
  add(step.logits, logits, step.num_logits, program->vocabulary);
  add(step.hidden, hidden, step.count, program->hidden);
  bool ofTokens = program->outputs & LFM2_OUTPUT_TOKEN_VECTORS;
  add(step.vectors, vectors, ofTokens ? step.count : step.num_runs,
      program->vector);
  return number;
}

} // namespace lfm2rt
