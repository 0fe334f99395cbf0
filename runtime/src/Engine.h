// What runs the steps of a context and keeps its state: the threads of a pool
// (Threads.cpp), or a device (device/). The state begins at context.state,
// which is an address of the engine: only it reads and writes there.
#ifndef LFM2RT_SRC_ENGINE_H
#define LFM2RT_SRC_ENGINE_H

#include "runtime/include/lfm2rt/abi.h"
#include "runtime/include/lfm2rt/lfm2rt.h"

namespace lfm2rt {

// What the steps of a context need.
struct StepRoom {
  uint64_t stateBytes, scratchBytes;
  uint32_t tokens, runs, logits; // Most of one step.
};

class Engine {
public:
  // See runStep() in Step.h.
  virtual lfm2rt_status run(const lfm2_entry &entry, lfm2_step &step,
                            bool mayEnd, lfm2rt_error *error) = 0;

  // Bytes of the state: the first ones become 0; those from `at` on are copied
  // from those at `fromAt` in another context of the same weights, into memory,
  // out of it. False where a device was lost.
  virtual bool clear(uint64_t bytes) = 0;
  virtual bool copy(const Engine &from, uint64_t fromAt, uint64_t at,
                    uint64_t bytes) = 0;
  virtual bool read(void *to, uint64_t at, uint64_t bytes) const = 0;
  virtual bool write(const void *from, uint64_t at, uint64_t bytes) = 0;
  // See keepColumns() and bringBackColumns() in Step.h.
  virtual bool keep() = 0;
  virtual bool bringBack() = 0;

  // Whether it runs in another process than this one, which was made by fork().
  virtual bool isElsewhere() const = 0;
  virtual void stop() = 0;

protected:
  ~Engine() = default;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_ENGINE_H
