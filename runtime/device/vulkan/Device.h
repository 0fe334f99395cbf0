// An open device, and the memory on it.
#ifndef LFM2RT_DEVICE_VULKAN_DEVICE_H
#define LFM2RT_DEVICE_VULKAN_DEVICE_H

#include "runtime/device/Device.h"
#include "runtime/device/vulkan/Instance.h"

namespace lfm2rt::vk {

// What memory is for, which says where it is best.
enum class Use {
  Device,  // Of kernels alone. Mapped, too, where that costs nothing.
  Inputs,  // Written by the host, read by kernels.
  Results, // Read by the host.
};

struct Buffer {
  Handle buffer, memory;
  uint64_t address; // As the device sees it.
  uint8_t *mapped;  // As the host sees it, or nullptr.
  bool readable;    // By the host, and fast.
  bool coherent;    // What the device wrote is seen without look().
  Use use;
};

class VulkanDevice final : public Device {
public:
  static uint64_t size(const lfm2_program &program);
  static lfm2rt_status list(const lfm2_program &program,
                            lfm2rt_device_info *infos, uint32_t capacity,
                            uint32_t *count, lfm2rt_error *error);
  static lfm2rt_status open(Device *&device, const lfm2_program &program,
                            const char *name, void *memory,
                            lfm2rt_error *error);

  void close() override;
  const char *name() const override { return physical.properties.deviceName; }
  const lfm2_variant &variant() const override { return *chosen; }
  uint64_t weightsBytes(const lfm2_program &program) override;
  lfm2rt_status upload(lfm2rt_weights &weights, lfm2rt_error *error) override;
  void drop(lfm2rt_weights &weights) override;
  uint64_t contextBytes(const StepRoom &room) override;
  uint64_t available() const override { return available(Use::Device); }
  uint64_t engineBytes() const override;
  lfm2rt_status makeEngine(lfm2rt_context &context, const StepRoom &room,
                           void *memory, lfm2rt_error *error) override;

  // What makeBuffer() allocates.
  uint64_t bufferBytes(uint64_t bytes);
  // `what` is in the message.
  lfm2rt_status makeBuffer(Buffer &buffer, uint64_t bytes, Use use,
                           const char *what, lfm2rt_error *error);
  void freeBuffer(Buffer &buffer);
  // What the device has written is what the host reads from now on.
  void look(const Buffer &buffer);
  // Bytes of all buffers that there are.
  uint64_t takenBytes() const;
  uint64_t addressOf(Handle buffer) const;

  // Whether what kernels leave is copied to where the host reads it; else they
  // write it there.
  bool copiesResults() const;

  // Any thread may call them. After one has failed, all do, in every call of a
  // model on this device; so they do in a process that was made by fork().
  Result submit(const CommandBuffer *commands, uint32_t count, Handle fence);
  // Until what was submitted with the fence has ended; makes it ready for the
  // next.
  Result await(Handle fence);
  bool isLost() const;
  // Until nothing runs: what was used by calls that failed can be freed then.
  void settle();
  // Whether another process opened it.
  bool isElsewhere() const;
  // What is said when a call of them fails, and when commands cannot be made.
  lfm2rt_status lost(lfm2rt_error *error) const;
  lfm2rt_status noCommands(Result result, lfm2rt_error *error) const;

  const DeviceFunctions &functions() const { return call; }
  DeviceHandle handle() const { return device; }
  Handle layoutOfPipelines() const { return layout; }
  Handle pipelineOf(uint32_t kernel) const { return pipelines()[kernel]; }
  uint32_t queueFamily() const { return physical.family; }
  const Physical &hardware() const { return physical; }

  // Nanoseconds that await() looks again and again before it sleeps: a thread
  // that sleeps wakes late. A device that shares the CPU's cores or power has
  // none.
  uint64_t patience;
  // Bytes of each of the buffers that weights are copied through.
  uint64_t uploadPiece;

private:
  Handle *pipelines() const {
    return reinterpret_cast<Handle *>(const_cast<VulkanDevice *>(this) + 1);
  }
  lfm2rt_status openDevice(lfm2rt_error *error);
  // `memory` is for the code of kernels.
  lfm2rt_status makePipelines(void *memory, lfm2rt_error *error);
  uint32_t typeFor(Use use, uint32_t allowed) const;
  Result createBuffer(Handle &buffer, uint64_t bytes);
  Result allocate(Buffer &buffer, uint64_t bytes, uint32_t type);
  uint64_t heapLeft(uint32_t type) const;
  Result poll(Handle fence);
  Result lose(Result result);
  void lock();
  void unlock() { store(&queueLock, 0u); }
  void account(uint32_t type, uint64_t bytes);
  uint64_t available(Use use) const;

  InstanceOf instance;
  Physical physical;
  const lfm2_program *program;
  const lfm2_variant *chosen;
  DeviceFunctions call;
  DeviceHandle device;
  Queue queue;
  uint32_t queueLock;
  uint32_t wasLost;   // 1 from the first failure on.
  uint32_t process;   // That opened it.
  uint64_t taken[16]; // Bytes, of each heap.
  Handle layout;
};

} // namespace lfm2rt::vk

#endif // LFM2RT_DEVICE_VULKAN_DEVICE_H
