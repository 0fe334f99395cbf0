// A step is a list of dispatches that is recorded once for each entry, and
// submitted again for each step: what differs between steps lies in the inputs.
// Lists of more than one token are cut into pieces, so that a cancel gets
// through between them; two of these are on the way at a time, so that the
// device does not wait for the host.
#include "runtime/device/vulkan/Engine.h"
#include "runtime/device/Fits.h"
#include "runtime/platform/Ticks.h"
#include "runtime/src/Profile.h"

namespace lfm2rt::vk {
namespace {

constexpr uint64_t alignment = 256;
// Dispatches of a piece.
constexpr uint32_t pieceLength = 8;
// Least bytes of a buffer by which the state is copied out and in.
constexpr uint64_t leastStage = 256 << 10;

uint32_t numPieces(const lfm2_entry &entry) {
  return entry.tokens > 1 ? (entry.num_places + pieceLength - 1) / pieceLength
                          : 1;
}

uint32_t allPieces(const lfm2_variant &variant) {
  uint32_t count = 0;
  for (uint32_t e = 0; e < variant.num_entries; ++e)
    count += numPieces(variant.entries[e]);
  return count;
}

} // namespace

EngineLayout::EngineLayout(const lfm2_program &program, const StepRoom &room,
                           bool copiesResults) {
  step.layOut(program, room);
  inputBytes = max(step.inputBytes(), leastStage);
  resultBytes = max(step.resultBytes(), leastStage);
  uint64_t at = alignUp(room.stateBytes, alignment);
  auto place = [&at](uint64_t bytes) {
    uint64_t start = at;
    at += alignUp(bytes, alignment);
    return start;
  };
  kept = place(program.state_fixed_bytes);
  scratch = place(room.scratchBytes);
  ownResults = copiesResults ? place(step.resultBytes()) : 0;
  ownBytes = at;
}

uint64_t VulkanEngine::size(const lfm2_variant &variant) {
  return alignUp(
      sizeof(VulkanEngine) + allPieces(variant) * sizeof(CommandBuffer), 64);
}

lfm2rt_status VulkanEngine::open(VulkanDevice &device, lfm2rt_context &context,
                                 const StepRoom &room, void *memory,
                                 lfm2rt_error *error) {
  memset(memory, 0, size_t(size(*context.variant)));
  auto &engine = *new (At{memory}) VulkanEngine(
      device, context,
      EngineLayout(*context.program, room, device.copiesResults()));
  lfm2rt_status status = engine.makeBuffers(error);
  if (status == LFM2RT_OK)
    status = engine.makeCommands(error);
  if (status == LFM2RT_OK && !engine.clear(room.stateBytes))
    status = device.lost(error);
  if (status != LFM2RT_OK) {
    engine.stop();
    return status;
  }
  engine.weights = device.addressOf(context.weights->uploaded[0]);
  context.engine = &engine;
  // A number of the device's: the host counts with it and never looks there.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  context.state = reinterpret_cast<uint8_t *>(engine.own.address);
  return LFM2RT_OK;
}

lfm2rt_status VulkanEngine::makeBuffers(lfm2rt_error *error) {
  lfm2rt_status status = device.makeBuffer(own, layout.ownBytes, Use::Device,
                                           "the context", error);
  if (status == LFM2RT_OK)
    status = device.makeBuffer(inputs, layout.inputBytes, Use::Inputs,
                               "the inputs of steps", error);
  if (status == LFM2RT_OK)
    status = device.makeBuffer(results, layout.resultBytes, Use::Results,
                               "the results of steps", error);
  return status;
}

lfm2rt_status VulkanEngine::makeCommands(lfm2rt_error *error) {
  lfm2rt_status status = copies.open(device, error);
  if (status == LFM2RT_OK && copiesResults())
    status = ofResults.open(device, error);
  if (status != LFM2RT_OK)
    return status;
  CommandPoolCreateInfo poolInfo = {};
  poolInfo.sType = TypeCommandPoolCreateInfo;
  poolInfo.flags = PoolResetCommandBuffer;
  poolInfo.queueFamilyIndex = device.queueFamily();
  Result result =
      call.CreateCommandPool(device.handle(), &poolInfo, nullptr, &pool);
  if (result == Success) {
    CommandBufferAllocateInfo info = {};
    info.sType = TypeCommandBufferAllocateInfo;
    info.commandPool = pool;
    info.commandBufferCount = allPieces(*context.variant);
    result = call.AllocateCommandBuffers(device.handle(), &info,
                                         piecesOf(context.variant->entries[0]));
  }
  FenceCreateInfo fenceInfo = {};
  fenceInfo.sType = TypeFenceCreateInfo;
  for (Handle &fence : fences)
    if (result == Success)
      result = call.CreateFence(device.handle(), &fenceInfo, nullptr, &fence);
  return result == Success ? LFM2RT_OK : device.noCommands(result, error);
}

void VulkanEngine::stop() {
  if (isElsewhere())
    return;
  if (device.isLost())
    device.settle();
  copies.close();
  ofResults.close();
  for (Handle fence : fences)
    call.DestroyFence(device.handle(), fence, nullptr);
  call.DestroyCommandPool(device.handle(), pool, nullptr);
  measure(false);
  device.freeBuffer(own);
  device.freeBuffer(inputs);
  device.freeBuffer(results);
}

CommandBuffer *VulkanEngine::piecesOf(const lfm2_entry &entry) {
  auto *pieces = reinterpret_cast<CommandBuffer *>(this + 1);
  for (const lfm2_entry *e = context.variant->entries; e != &entry; ++e)
    pieces += numPieces(*e);
  return pieces;
}

Result VulkanEngine::record(const lfm2_entry &entry, CommandBuffer *pieces) {
  uint32_t count = numPieces(entry);
  Result result = Success;
  uint64_t pushed[16] = {inputs.address};
  for (uint32_t p = 0, at = 0; result == Success && p < count; ++p) {
    CommandBufferBeginInfo info = {};
    info.sType = TypeCommandBufferBeginInfo;
    result = call.BeginCommandBuffer(pieces[p], &info);
    if (result != Success)
      break;
    if (times && p == 0) {
      call.CmdResetQueryPool(pieces[p], times, 0, entry.num_places + 1);
      recordBarrier(call, pieces[p]);
      call.CmdWriteTimestamp(pieces[p], StageBottomOfPipe, times, 0);
    }
    bool isFirst = true;
    uint32_t end =
        count == 1 ? entry.num_places : min(at + pieceLength, entry.num_places);
    for (; at < end; ++at) {
      const lfm2_dispatch &dispatch = entry.dispatches[at];
      const lfm2_kernel &kernel = context.variant->kernels[dispatch.kernel];
      if (isFirst)
        recordBarrier(call, pieces[p]);
      else
        recordBetween(call, pieces[p]);
      isFirst = false;
      memcpy(pushed + 1, entry.arguments + dispatch.first_argument,
             kernel.num_arguments * sizeof(uint64_t));
      call.CmdPushConstants(
          pieces[p], device.layoutOfPipelines(), ShaderStageCompute, 0,
          uint32_t((1 + kernel.num_arguments) * sizeof(uint64_t)), pushed);
      call.CmdBindPipeline(pieces[p], BindPointCompute,
                           device.pipelineOf(dispatch.kernel));
      call.CmdDispatch(pieces[p], dispatch.groups, 1, 1);
      if (times)
        call.CmdWriteTimestamp(pieces[p], StageBottomOfPipe, times, at + 1);
    }
    recordForHost(call, pieces[p]);
    result = call.EndCommandBuffer(pieces[p]);
  }
  return result;
}

void VulkanEngine::recordCopy(CommandBuffer commands, const Buffer &from,
                              uint64_t fromAt, const Buffer &to, uint64_t toAt,
                              uint64_t bytes) const {
  BufferCopy copy = {fromAt, toAt, bytes};
  if (bytes)
    call.CmdCopyBuffer(commands, from.buffer, to.buffer, 1, &copy);
}

Result VulkanEngine::copyResults(const lfm2_step &step) {
  StepBuffers::Result list[StepBuffers::mostResults];
  uint32_t count = layout.step.listResults(list, step);
  return ofResults.submit([&](CommandBuffer commands) {
    for (uint32_t i = 0; i < count; ++i)
      recordCopy(commands, own, layout.ownResults + list[i].offset, results,
                 list[i].offset, list[i].bytes);
  });
}

Result VulkanEngine::runPieces(const lfm2_entry &entry, const lfm2_step &step,
                               bool mayEnd, bool &givenUp) {
  CommandBuffer *pieces = piecesOf(entry);
  uint64_t bit = uint64_t(1) << (&entry - context.variant->entries);
  Result result = recorded & bit ? Success : record(entry, pieces);
  recorded |= result == Success ? bit : 0;
  uint32_t count = numPieces(entry), submitted = 0, waited = 0;
  while (result == Success && submitted < count) {
    if (submitted == waited + 2)
      result = device.await(fences[waited++ % 2]);
    givenUp = mayEnd && load(&context.cancel);
    if (result != Success || givenUp)
      break;
    result = device.submit(&pieces[submitted], 1, fences[submitted % 2]);
    submitted += result == Success;
  }
  if (result == Success && !givenUp && copiesResults())
    result = copyResults(step);
  for (; waited < submitted; ++waited) {
    Result ended = device.await(fences[waited % 2]);
    result = result == Success ? ended : result;
  }
  if (result == Success && copiesResults())
    result = ofResults.wait();
  return result;
}

lfm2rt_status VulkanEngine::run(const lfm2_entry &entry, lfm2_step &step,
                                bool mayEnd, lfm2rt_error *error) {
  // What was submitted before it was lost may still read the inputs.
  if (device.isLost())
    return device.lost(error);
  StepBuffers::Addresses at = {
      weights, own.address + layout.scratch, inputs.address,
      copiesResults() ? own.address + layout.ownResults : results.address};
  layout.step.writeInputs(inputs.mapped, at, step);
  Profile *profile = context.profile;
  if (!measure(profile))
    profile = nullptr;
  uint64_t *notes = profile ? profile->begin(entry, step) : nullptr;
  bool givenUp = false;
  Result result = runPieces(entry, step, mayEnd, givenUp);
  if (notes && result == Success && !givenUp)
    readTimes(entry, notes);
  if (profile)
    profile->end();
  if (result != Success)
    return device.lost(error);
  if (givenUp)
    return LFM2RT_CANCELLED;
  StepBuffers::Result list[StepBuffers::mostResults];
  uint32_t count = layout.step.listResults(list, step);
  device.look(results);
  for (uint32_t i = 0; i < count; ++i)
    memcpy(list[i].to, results.mapped + list[i].offset, size_t(list[i].bytes));
  return LFM2RT_OK;
}

bool VulkanEngine::measure(bool on) {
  bool can = device.hardware().timestampBits != 0;
  if (on == (times != 0) || (on && !can))
    return on && can;
  recorded = 0;
  call.DestroyQueryPool(device.handle(), times, nullptr);
  times = 0;
  if (!on)
    return false;
  QueryPoolCreateInfo info = {};
  info.sType = TypeQueryPoolCreateInfo;
  info.queryType = QueryTypeTimestamp;
  const lfm2_variant &variant = *context.variant;
  for (uint32_t e = 0; e < variant.num_entries; ++e)
    info.queryCount = max(info.queryCount, variant.entries[e].num_places + 1);
  if (call.CreateQueryPool(device.handle(), &info, nullptr, &times) != Success)
    times = 0;
  return times != 0;
}

void VulkanEngine::readTimes(const lfm2_entry &entry, uint64_t *notes) {
  uint32_t places = entry.num_places;
  // They come where their places' begins and ends will be, behind each other.
  uint64_t *read = notes + 1 + places - 1;
  if (call.GetQueryPoolResults(device.handle(), times, 0, places + 1,
                               (places + 1) * sizeof(uint64_t), read,
                               sizeof(uint64_t),
                               QueryResult64 | QueryResultWait) != Success)
    return;
  // The device has a clock of its own, of so many bits: what it says last is
  // taken to be now.
  uint32_t bits = device.hardware().timestampBits;
  uint64_t mask = bits < 64 ? (uint64_t(1) << bits) - 1 : ~uint64_t(0);
  double scale = double(device.hardware().properties.limits.timestampPeriod) *
                 context.profile->tickRate();
  uint64_t now = ticks(), last = read[places];
  auto tick = [&](uint64_t time) {
    return now - uint64_t(double((last - time) & mask) * scale);
  };
  for (uint32_t p = 0; p < places; ++p) {
    uint64_t begin = tick(read[p]), end = tick(read[p + 1]);
    notes[1 + 2 * p] = begin;
    notes[2 + 2 * p] = end;
  }
  notes[0] = 2 * uint64_t(places);
}

bool VulkanEngine::clear(uint64_t bytes) {
  return copies.run([&](CommandBuffer commands) {
    if (bytes)
      call.CmdFillBuffer(commands, own.buffer, 0, bytes, 0);
  }) == Success;
}

bool VulkanEngine::copy(const Engine &from, uint64_t fromAt, uint64_t at,
                        uint64_t bytes) {
  // Of the same weights, so of the same device.
  auto &other = static_cast<const VulkanEngine &>(from);
  return copies.run([&](CommandBuffer commands) {
    recordCopy(commands, other.own, fromAt, own, at, bytes);
  }) == Success;
}

bool VulkanEngine::read(void *to, uint64_t start, uint64_t bytes) const {
  if (own.readable) {
    if (copies.wait() != Success)
      return false;
    memcpy(to, own.mapped + start, size_t(bytes));
    return true;
  }
  for (uint64_t at = 0; at < bytes; at += layout.resultBytes) {
    uint64_t piece = min(bytes - at, layout.resultBytes);
    Result result = copies.run([&](CommandBuffer commands) {
      recordCopy(commands, own, start + at, results, 0, piece);
    });
    if (result != Success)
      return false;
    device.look(results);
    memcpy(static_cast<uint8_t *>(to) + at, results.mapped, size_t(piece));
  }
  return true;
}

bool VulkanEngine::write(const void *from, uint64_t start, uint64_t bytes) {
  if (copies.wait() != Success)
    return false;
  if (own.mapped) {
    memcpy(own.mapped + start, from, size_t(bytes));
    return true;
  }
  for (uint64_t at = 0; at < bytes; at += layout.inputBytes) {
    uint64_t piece = min(bytes - at, layout.inputBytes);
    memcpy(inputs.mapped, static_cast<const uint8_t *>(from) + at,
           size_t(piece));
    Result result = copies.run([&](CommandBuffer commands) {
      recordCopy(commands, inputs, 0, own, start + at, piece);
    });
    if (result != Success)
      return false;
  }
  return true;
}

bool VulkanEngine::keep() {
  // The step that follows waits for it on the device.
  return copies.submit([&](CommandBuffer commands) {
    recordCopy(commands, own, 0, own, layout.kept,
               context.program->state_fixed_bytes);
  }) == Success;
}

bool VulkanEngine::bringBack() {
  return copies.run([&](CommandBuffer commands) {
    recordCopy(commands, own, layout.kept, own, 0,
               context.program->state_fixed_bytes);
  }) == Success;
}

bool VulkanDevice::copiesResults() const {
  return !(physical.types[typeFor(Use::Results, ~0u)].propertyFlags &
           MemoryDeviceLocal);
}

uint64_t VulkanDevice::engineBytes() const {
  return VulkanEngine::size(*chosen);
}

uint64_t VulkanDevice::contextBytes(const StepRoom &room) {
  EngineLayout layout(*program, room, copiesResults());
  return bufferBytes(layout.ownBytes) + bufferBytes(layout.inputBytes) +
         bufferBytes(layout.resultBytes);
}

lfm2rt_status VulkanDevice::makeEngine(lfm2rt_context &context,
                                       const StepRoom &room, void *memory,
                                       lfm2rt_error *error) {
  lfm2rt_status status = checkFits(*this, context, room, error);
  return status == LFM2RT_OK
             ? VulkanEngine::open(*this, context, room, memory, error)
             : status;
}

} // namespace lfm2rt::vk
