// The steps and the state of one context on a device.
#ifndef LFM2RT_DEVICE_VULKAN_ENGINE_H
#define LFM2RT_DEVICE_VULKAN_ENGINE_H

#include "runtime/device/StepBuffers.h"
#include "runtime/device/vulkan/Commands.h"
#include "runtime/src/Context.h"

namespace lfm2rt::vk {

// Where the parts of a context lie in its three buffers, from their starts.
struct EngineLayout {
  StepBuffers step;
  // Of the buffer that is the device's own: state, the columns that are kept,
  // scratch, and results where the kernels do not write them where the host
  // reads them.
  uint64_t kept, scratch, ownResults, ownBytes;
  uint64_t inputBytes, resultBytes;

  EngineLayout(const lfm2_program &program, const StepRoom &room,
               bool copiesResults);
};

class VulkanEngine final : public Engine {
public:
  static uint64_t size(const lfm2_variant &variant);
  static lfm2rt_status open(VulkanDevice &device, lfm2rt_context &context,
                            const StepRoom &room, void *memory,
                            lfm2rt_error *error);

  lfm2rt_status run(const lfm2_entry &entry, lfm2_step &step, bool mayEnd,
                    lfm2rt_error *error) override;
  bool clear(uint64_t bytes) override;
  bool copy(const Engine &from, uint64_t fromAt, uint64_t at,
            uint64_t bytes) override;
  bool read(void *to, uint64_t at, uint64_t bytes) const override;
  bool write(const void *from, uint64_t at, uint64_t bytes) override;
  bool keep() override;
  bool bringBack() override;
  bool isElsewhere() const override { return device.isElsewhere(); }
  void stop() override;

private:
  VulkanEngine(VulkanDevice &device, lfm2rt_context &context,
               const EngineLayout &layout)
      : device(device), call(device.functions()), context(context),
        layout(layout) {}

  lfm2rt_status makeBuffers(lfm2rt_error *error);
  lfm2rt_status makeCommands(lfm2rt_error *error);
  Result record(const lfm2_entry &entry, CommandBuffer *pieces);
  // Steps are recorded anew, with what notes the time of each dispatch or
  // without.
  bool measure(bool on);
  // What was noted of a step that has just ended.
  void readTimes(const lfm2_entry &entry, uint64_t *notes);
  Result runPieces(const lfm2_entry &entry, const lfm2_step &step, bool mayEnd,
                   bool &givenUp);
  CommandBuffer *piecesOf(const lfm2_entry &entry);
  // Of results that the kernels do not leave where the host reads them.
  Result copyResults(const lfm2_step &step);
  void recordCopy(CommandBuffer commands, const Buffer &from, uint64_t fromAt,
                  const Buffer &to, uint64_t toAt, uint64_t bytes) const;
  bool copiesResults() const { return layout.ownResults != 0; }

  VulkanDevice &device;
  const DeviceFunctions &call;
  lfm2rt_context &context;
  EngineLayout layout;
  Buffer own, inputs, results;
  uint64_t weights; // Their address.
  // Of copies; also of what a context that cannot change asks for.
  mutable Commands copies;
  Commands ofResults; // Only where copiesResults().
  Handle pool, fences[2];
  uint64_t recorded; // A bit for each entry.
  Handle times;      // Queries, where steps are recorded with them; else 0.
  // Behind this structure: the command buffers of each entry, one for each
  // piece.
};

} // namespace lfm2rt::vk

#endif // LFM2RT_DEVICE_VULKAN_ENGINE_H
