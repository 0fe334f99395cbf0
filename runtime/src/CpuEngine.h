// Steps by the threads of a context's pool; the state is memory of the
// context's.
#ifndef LFM2RT_SRC_CPUENGINE_H
#define LFM2RT_SRC_CPUENGINE_H

#include "runtime/src/Context.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

class CpuEngine final : public Engine {
public:
  explicit CpuEngine(lfm2rt_context &context) : context(context) {}

  lfm2rt_status run(const lfm2_entry &entry, lfm2_step &step, bool mayEnd,
                    lfm2rt_error *error) override;
  bool clear(uint64_t bytes) override {
    memset(context.state, 0, size_t(bytes));
    return true;
  }
  bool copy(const Engine &from, uint64_t fromAt, uint64_t at,
            uint64_t bytes) override {
    return static_cast<const CpuEngine &>(from).read(context.state + at, fromAt,
                                                     bytes);
  }
  bool read(void *to, uint64_t at, uint64_t bytes) const override {
    memcpy(to, context.state + at, size_t(bytes));
    return true;
  }
  bool write(const void *from, uint64_t at, uint64_t bytes) override {
    memcpy(context.state + at, from, size_t(bytes));
    return true;
  }
  bool keep() override {
    memcpy(context.fixed, context.state,
           size_t(context.program->state_fixed_bytes));
    return true;
  }
  bool bringBack() override {
    return write(context.fixed, 0, context.program->state_fixed_bytes);
  }
  bool isElsewhere() const override { return context.pool.isElsewhere(); }
  void stop() override { context.pool.stop(); }

private:
  lfm2rt_context &context;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_CPUENGINE_H
