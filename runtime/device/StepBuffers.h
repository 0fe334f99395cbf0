// What the steps of a context on a device read that the host writes, and what
// they leave that the host reads: where it lies in two buffers, one of each
// kind, and how it gets there and back.
#ifndef LFM2RT_DEVICE_STEPBUFFERS_H
#define LFM2RT_DEVICE_STEPBUFFERS_H

#include "runtime/device/Device.h"

namespace lfm2rt {

class StepBuffers {
public:
  void layOut(const lfm2_program &program, const StepRoom &room);
  uint64_t inputBytes() const { return inputs; }
  uint64_t resultBytes() const { return results; }

  // Where a device sees its memory.
  struct Addresses {
    uint64_t weights, scratch, inputs, results;
  };
  // Writes the step, whose state is the device's, with what it points to into
  // `to`, which the device sees at `at.inputs`. The step itself comes first.
  void writeInputs(uint8_t *to, const Addresses &at,
                   const lfm2_step &step) const;

  // What a step leaves: `bytes` from `offset` of the results are for `to`.
  struct Result {
    void *to;
    uint64_t offset, bytes;
  };
  static constexpr uint32_t mostResults = 3;
  uint32_t listResults(Result (&list)[mostResults],
                       const lfm2_step &step) const;

private:
  const lfm2_program *program;
  uint64_t tokens, runs, tokenRuns, logitTokens, embeddings, inputs;
  uint64_t logits, hidden, vectors, results;
};

} // namespace lfm2rt

#endif // LFM2RT_DEVICE_STEPBUFFERS_H
