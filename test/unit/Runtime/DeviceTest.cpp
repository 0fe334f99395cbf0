// A program on a device of Vulkan: the same numbers as on the CPU, whatever is
// done.
#include "test/unit/Runtime/FakeDevice.h"
#include "test/unit/Runtime/Fixture.h"

#include "runtime/device/vulkan/Choose.h"
#include "runtime/device/vulkan/Device.h"
#include "runtime/include/lfm2rt/features_vulkan.h"

#include <chrono>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace fake;
using namespace lfm2rt;

namespace {

/// How a device has its memory.
enum class Kind {
  Unified,  ///< The host sees all of it, as lavapipe has it.
  Discrete, ///< A part of its own, and the host's, as graphics cards have it.
};

/// `onDevice` and `uploaded` are on the device, `model` and `weights` on the
/// CPU.
class DeviceTest : public Runtime, public testing::WithParamInterface<Kind> {
protected:
  void SetUp() override {
    memory = std::make_unique<Memory>(lfm2rt_device_size(&deviceProgram));
    lfm2rt_status status = lfm2rt_model_open_device(
        &onDevice, &deviceProgram, "gpu", memory->get(), memory->bytes, &error);
    if (status == LFM2RT_NO_DEVICE)
      GTEST_SKIP() << "NOT TESTED, there is no Vulkan here: " << error.message;
    ASSERT_EQ(status, LFM2RT_OK) << error.message;
    if (GetParam() == Kind::Discrete)
      divideMemory();
    ASSERT_EQ(lfm2rt_weights_open_memory(&uploaded, &onDevice, archive.get(),
                                         bytes.size(), &error),
              LFM2RT_OK)
        << error.message;
  }
  void TearDown() override {
    if (!onDevice.program)
      return;
    lfm2rt_weights_close(&uploaded);
    lfm2rt_model_close(&onDevice);
  }

  vk::VulkanDevice &device() {
    return *static_cast<vk::VulkanDevice *>(onDevice.device);
  }
  /// The driver's functions, to be replaced by some that fail.
  vk::DeviceFunctions &driver() {
    return const_cast<vk::DeviceFunctions &>(device().functions());
  }
  /// As if the first type of memory, in which the device has all, were two.
  void divideMemory() {
    auto &physical = const_cast<vk::Physical &>(device().hardware());
    const uint32_t heap = physical.types[0].heapIndex;
    physical.types[0].propertyFlags = vk::MemoryDeviceLocal;
    physical.types[1] = {vk::MemoryHostVisible | vk::MemoryHostCoherent, heap};
    physical.types[2] = {vk::MemoryHostVisible | vk::MemoryHostCached, heap};
    physical.numTypes = 3;
    static vk::DeviceFunctions real;
    real = driver();
    driver().GetBufferMemoryRequirements = [](vk::DeviceHandle device,
                                              vk::Handle buffer,
                                              vk::MemoryRequirements *needs) {
      real.GetBufferMemoryRequirements(device, buffer, needs);
      needs->memoryTypeBits = 7;
    };
    driver().AllocateMemory = [](vk::DeviceHandle device,
                                 const vk::MemoryAllocateInfo *info,
                                 const void *allocator, vk::Handle *memory) {
      vk::MemoryAllocateInfo first = *info;
      first.memoryTypeIndex = 0;
      return real.AllocateMemory(device, &first, allocator, memory);
    };
    // Several pieces, the last a part.
    device().uploadPiece = weightBytes / 3 + 64;
    device().patience = 1000000;
  }
  static lfm2rt_context_options optionsOf(uint32_t tokens, uint32_t turns = 0) {
    lfm2rt_context_options options = {};
    options.tokens = tokens;
    options.threads = 1;
    options.turns = turns;
    return options;
  }

  std::unique_ptr<Memory> memory;
  lfm2rt_model onDevice = {};
  lfm2rt_weights uploaded = {};
};

TEST_P(DeviceTest, OneTokenHasTheLogitsOfTheCpu) {
  Context device(onDevice, uploaded, 64, 1), cpu(model, weights, 64, 1);
  EXPECT_EQ(device.eval({7}), cpu.eval({7}));
  EXPECT_EQ(device.eval({9}), cpu.eval({9}));
}

TEST_P(DeviceTest, PromptsAndAnswersAreThoseOfTheCpu) {
  Context device(onDevice, uploaded, 256, 1), cpu(model, weights, 256, 1);
  EXPECT_EQ(device.eval(someTokens(37)), cpu.eval(someTokens(37)));
  EXPECT_EQ(device.generate({1, 2, 3}, 20), cpu.generate({1, 2, 3}, 20));
  EXPECT_EQ(device.lastLogits(), cpu.lastLogits());
}

TEST_P(DeviceTest, RowsHiddenStatesAndWordsOfTheDevice) {
  Context device(onDevice, uploaded, 64, 1), cpu(model, weights, 64, 1);
  const std::vector<int32_t> tokens = {5, -3, 7, -1, -3, 9};
  std::vector<float> rows(4 * hidden), states[2];
  for (size_t i = 0; i < rows.size(); ++i)
    rows[i] = float(i + 100);
  std::vector<float> logits[2];
  lfm2rt_context *both[] = {device, cpu};
  for (int i = 0; i < 2; ++i) {
    states[i].resize(6 * hidden);
    logits[i].resize(6 * vocabulary);
    ASSERT_EQ(lfm2rt_keep_hidden(both[i], states[i].data(), 6, &error),
              LFM2RT_OK);
    ASSERT_EQ(lfm2rt_eval_embeddings(both[i], tokens.data(), 6, rows.data(), 4,
                                     logits[i].data(), &error),
              LFM2RT_OK)
        << error.message;
  }
  EXPECT_EQ(states[0], states[1]);
  EXPECT_EQ(logits[0], logits[1]);
  EXPECT_EQ(std::memcmp(lfm2rt_tokens(device), lfm2rt_tokens(cpu), 24), 0);
  EXPECT_STREQ(lfm2rt_model_variant(&onDevice), "vulkan");
  EXPECT_NE(lfm2rt_model_device(&onDevice), nullptr);
  EXPECT_EQ(lfm2rt_model_device(&model), nullptr);
}

TEST_P(DeviceTest, MarksAreThoseOfTheCpu) {
  Context device(onDevice, uploaded, 128, 1), cpu(model, weights, 128, 1);
  std::vector<char> marks[2];
  lfm2rt_context *both[] = {device, cpu};
  device.eval(someTokens(21)), cpu.eval(someTokens(21));
  for (int i = 0; i < 2; ++i) {
    marks[i].resize(lfm2rt_mark_size(&model) + 1);
    lfm2rt_mark(both[i], marks[i].data() + 1);
  }
  EXPECT_EQ(marks[0], marks[1]);
  device.eval(someTokens(30, 2));
  ASSERT_EQ(lfm2rt_rewind(device, marks[0].data() + 1, &error), LFM2RT_OK)
      << error.message;
  EXPECT_EQ(lfm2rt_position(device), 21u);
  EXPECT_EQ(device.eval(someTokens(9, 3)), cpu.eval(someTokens(9, 3)));
  lfm2rt_reset(device), lfm2rt_reset(cpu);
  EXPECT_EQ(device.eval(someTokens(5)), cpu.eval(someTokens(5)));
}

TEST_P(DeviceTest, WhatIsSavedGoesOnElsewhere) {
  Context device(onDevice, uploaded, 128, 1), other(onDevice, uploaded, 128, 1),
      cpu(model, weights, 128, 1);
  device.generate({1, 2, 3}, 30);
  std::vector<char> saved(lfm2rt_save_size(device));
  lfm2rt_save(device, saved.data());
  for (lfm2rt_context *to : {(lfm2rt_context *)other, (lfm2rt_context *)cpu})
    ASSERT_EQ(lfm2rt_restore(to, saved.data(), saved.size(), &error), LFM2RT_OK)
        << error.message;
  const std::vector<int32_t> next = device.generate({}, 9);
  EXPECT_EQ(other.generate({}, 9), next);
  EXPECT_EQ(cpu.generate({}, 9), next);
  EXPECT_EQ(cpu.lastLogits(), device.lastLogits());
  EXPECT_EQ(other.lastLogits(), device.lastLogits());
}

TEST_P(DeviceTest, ForksLiveApart) {
  Context one(onDevice, uploaded, 128, 1), two(onDevice, uploaded, 128, 1),
      cpu(model, weights, 128, 1);
  one.generate({5, 6, 7}, 20), cpu.generate({5, 6, 7}, 20);
  ASSERT_EQ(lfm2rt_fork(two, one, &error), LFM2RT_OK) << error.message;
  EXPECT_EQ(two.lastLogits(), one.lastLogits());
  one.eval(someTokens(9, 1));
  EXPECT_EQ(two.eval(someTokens(9, 2)), cpu.eval(someTokens(9, 2)));
}

TEST_P(DeviceTest, TurnsShareAStep) {
  const auto read = [&](const lfm2rt_model &model,
                        const lfm2rt_weights &weights) {
    Context by(model, weights, 16, 1, nullptr, 3), a(model, weights, 64, 1),
        b(model, weights, 128, 1);
    const std::vector<int32_t> first = someTokens(20, 1), second = {7};
    lfm2rt_turn turns[] = {{a, first.data(), 20, 0}, {b, second.data(), 1, 0}};
    EXPECT_EQ(lfm2rt_eval_turns(by, turns, 2, 0, &error), LFM2RT_OK)
        << error.message;
    EXPECT_EQ(turns[0].read, 15u);
    EXPECT_EQ(turns[1].read, 1u);
    turns[0] = {a, first.data() + 15, 5, 0};
    turns[1] = {b, second.data(), 1, 0};
    EXPECT_EQ(lfm2rt_eval_turns(by, turns, 2, 0, &error), LFM2RT_OK)
        << error.message;
    std::vector<float> logits = a.lastLogits(), more = b.lastLogits();
    logits.insert(logits.end(), more.begin(), more.end());
    return logits;
  };
  EXPECT_EQ(read(onDevice, uploaded), read(model, weights));
}

TEST_P(DeviceTest, ContextsOfSeveralThreadsAtOnce) {
  std::vector<std::vector<int32_t>> ids(4);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < ids.size(); ++t)
    threads.emplace_back([&, t] {
      Context context(onDevice, uploaded, 256, 1);
      for (int i = 0; i < 5; ++i) {
        lfm2rt_reset(context);
        ids[t] = context.generate({int32_t(t), 2, 3}, 30);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (size_t t = 0; t < ids.size(); ++t) {
    Context cpu(model, weights, 256, 1);
    EXPECT_EQ(ids[t], cpu.generate({int32_t(t), 2, 3}, 30));
  }
}

TEST_P(DeviceTest, BytesThatAreStatedAreTaken) {
  const uint64_t before = device().takenBytes();
  EXPECT_EQ(before, lfm2rt_device_bytes(&onDevice, nullptr));
  EXPECT_GE(before, weightBytes);
  {
    const lfm2rt_context_options options = optionsOf(512, 3);
    Context context(onDevice, uploaded, 512, 1, nullptr, 3);
    const uint64_t stated = lfm2rt_device_bytes(&onDevice, &options);
    EXPECT_EQ(device().takenBytes() - before, stated);
    EXPECT_GT(stated, 512 * bytesPerToken);
    context.eval(someTokens(100));
    EXPECT_EQ(device().takenBytes() - before, stated);
  }
  EXPECT_EQ(device().takenBytes(), before);
  EXPECT_EQ(lfm2rt_device_bytes(&model, nullptr), 0u);
}

TEST_P(DeviceTest, CancelledStandsAtWholeTokens) {
  Context context(onDevice, uploaded, 256, 1), cpu(model, weights, 256, 1);
  context.eval(someTokens(5)), cpu.eval(someTokens(5));
  // Between the two pieces of a step, as another thread would.
  static lfm2rt_context *cancelled;
  static vk::Result (*submit)(vk::Queue, uint32_t, const vk::SubmitInfo *,
                              vk::Handle);
  static int left;
  cancelled = context;
  submit = driver().QueueSubmit;
  driver().QueueSubmit = [](vk::Queue queue, uint32_t count,
                            const vk::SubmitInfo *info, vk::Handle fence) {
    if (left-- == 0)
      lfm2rt_cancel(cancelled);
    return submit(queue, count, info, fence);
  };
  // Of a step of 16 are submitted: what keeps the columns, the first piece,
  // which writes over them, the second.
  for (int at : {0, 1}) {
    left = at;
    EXPECT_EQ(
        lfm2rt_eval(context, someTokens(16, 2).data(), 16, nullptr, &error),
        LFM2RT_CANCELLED)
        << at;
    EXPECT_TRUE(failed("cancelled; the context stands at 5 tokens"));
    EXPECT_EQ(lfm2rt_position(context), 5u);
  }
  driver().QueueSubmit = submit;
  EXPECT_EQ(context.eval(someTokens(16, 3)), cpu.eval(someTokens(16, 3)));
}

TEST_P(DeviceTest, TheProfileHasTheTimeOfEachDispatch) {
  Context context(onDevice, uploaded, 256, 1);
  const uint64_t size = lfm2rt_profile_size(context);
  Memory memory(size + 4096);
  context.eval({1});
  ASSERT_EQ(lfm2rt_profile_start(context, memory.get(), memory.bytes, &error),
            LFM2RT_OK);
  const auto start = std::chrono::steady_clock::now();
  context.generate({1, 2, 3}, 10);
  const auto passed = std::chrono::steady_clock::now() - start;
  lfm2rt_profile_row rows[16];
  ASSERT_EQ(lfm2rt_profile_rows(context, rows, 16), 6u);
  uint64_t sum = 0;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(rows[i].calls, i < 3 ? 9u : 1u) << i;
    EXPECT_GT(rows[i].nanoseconds, 0u) << i;
    EXPECT_LE(rows[i].busy_nanoseconds, rows[i].nanoseconds) << i;
    sum += rows[i].nanoseconds;
  }
  EXPECT_LE(sum, uint64_t(std::chrono::nanoseconds(passed).count()) * 11 / 10);
  lfm2rt_profile_cursor cursor = {};
  lfm2rt_profile_event event;
  uint64_t last = 0;
  int events = 0;
  for (; lfm2rt_profile_next(context, &cursor, &event); ++events) {
    EXPECT_GE(event.end, event.begin);
    EXPECT_GE(event.begin, last);
    last = event.end;
  }
  EXPECT_GT(events, 2);
  EXPECT_EQ(events % 3, 0);
  lfm2rt_profile_stop(context);
  Context cpu(model, weights, 256, 1);
  cpu.eval({1}), cpu.generate({1, 2, 3}, 10);
  EXPECT_EQ(context.generate({}, 5), cpu.generate({}, 5));
}

// --- What can go wrong
// ---------------------------------------------------------

TEST_P(DeviceTest, ALostDeviceLeavesTheContextWhereItStood) {
  Context context(onDevice, uploaded, 64, 1), other(onDevice, uploaded, 64, 1);
  context.eval({1, 2, 3});
  std::vector<char> saved(lfm2rt_save_size(context));
  lfm2rt_save(context, saved.data());
  const vk::DeviceFunctions real = driver();
  driver().GetFenceStatus = [](vk::DeviceHandle, vk::Handle) {
    return vk::ErrorDeviceLost;
  };
  driver().WaitForFences = [](vk::DeviceHandle, uint32_t, const vk::Handle *,
                              uint32_t,
                              uint64_t) { return vk::ErrorDeviceLost; };
  EXPECT_EQ(lfm2rt_eval(context, someTokens(9).data(), 9, nullptr, &error),
            LFM2RT_DEVICE_LOST);
  EXPECT_TRUE(failed("' was lost; open the model anew"));
  EXPECT_EQ(lfm2rt_position(context), 3u);
  // All that needs it fails from now on, and soon.
  driver() = real;
  EXPECT_EQ(lfm2rt_eval(other, someTokens(1).data(), 1, nullptr, &error),
            LFM2RT_DEVICE_LOST);
  EXPECT_EQ(lfm2rt_fork(other, context, &error), LFM2RT_DEVICE_LOST);
  EXPECT_TRUE(failed("the device of this context was lost"));
  EXPECT_EQ(lfm2rt_restore(context, saved.data(), saved.size(), &error),
            LFM2RT_DEVICE_LOST);
  std::vector<char> late(lfm2rt_save_size(context));
  lfm2rt_save(context, late.data());
  Context cpu(model, weights, 64, 1);
  EXPECT_EQ(lfm2rt_restore(cpu, late.data(), late.size(), &error),
            LFM2RT_INVALID_ARGUMENT);
  ASSERT_EQ(lfm2rt_restore(cpu, saved.data(), saved.size(), &error), LFM2RT_OK);
  EXPECT_EQ(lfm2rt_position(cpu), 3u);
}

TEST_P(DeviceTest, AfterForkTheDeviceIsElsewhere) {
  Context context(onDevice, uploaded, 64, 1);
  context.eval({1, 2, 3});
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20); // A hang is a failure.
    const int32_t token = 4;
    if (lfm2rt_eval(context, &token, 1, nullptr, &error) !=
            LFM2RT_INVALID_ARGUMENT ||
        !failed("or its device, are in the process that made it"))
      _exit(1);
    lfm2rt_context_destroy(context);
    lfm2rt_weights_close(&uploaded);
    lfm2rt_model_close(&onDevice);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  Context cpu(model, weights, 64, 1);
  cpu.eval({1, 2, 3});
  EXPECT_EQ(context.eval({4}), cpu.eval({4}));
}

TEST_P(DeviceTest, MemoryThatDoesNotSufficeIsNamed) {
  driver().AllocateMemory = [](vk::DeviceHandle, const vk::MemoryAllocateInfo *,
                               const void *, vk::Handle *) {
    return vk::ErrorOutOfDeviceMemory;
  };
  const uint64_t before = device().takenBytes();
  const lfm2rt_context_options options = optionsOf(512);
  Memory memory(lfm2rt_context_size(&onDevice, &options));
  lfm2rt_context *context = nullptr;
  EXPECT_EQ(lfm2rt_context_create(&context, &uploaded, &options, memory.get(),
                                  memory.bytes, &error),
            LFM2RT_NO_MEMORY);
  EXPECT_TRUE(failed("the context take"));
  EXPECT_TRUE(failed("out of the device's memory"));
  lfm2rt_weights more;
  EXPECT_EQ(lfm2rt_weights_open_memory(&more, &onDevice, archive.get(),
                                       bytes.size(), &error),
            LFM2RT_NO_MEMORY);
  EXPECT_TRUE(failed("the weights take"));
  EXPECT_EQ(device().takenBytes(), before);
}

TEST_P(DeviceTest, AContextThatWouldFitIsNamed) {
  auto &heaps = const_cast<vk::Physical &>(device().hardware()).heaps;
  const lfm2rt_context_options small = optionsOf(256), large = optionsOf(900);
  const uint64_t room =
      device().takenBytes() + lfm2rt_device_bytes(&onDevice, &small);
  for (vk::MemoryHeap &heap : heaps)
    heap.size = room;
  Memory memory(lfm2rt_context_size(&onDevice, &large));
  lfm2rt_context *context = nullptr;
  EXPECT_EQ(lfm2rt_context_create(&context, &uploaded, &large, memory.get(),
                                  memory.bytes, &error),
            LFM2RT_NO_MEMORY);
  EXPECT_EQ(error.needed, lfm2rt_device_bytes(&onDevice, &large));
  EXPECT_TRUE(failed("a context of 912 tokens takes "));
  EXPECT_TRUE(failed("; one of 256 tokens would fit"));
  for (vk::MemoryHeap &heap : heaps)
    heap.size = device().takenBytes() + 100;
  EXPECT_EQ(lfm2rt_context_create(&context, &uploaded, &large, memory.get(),
                                  memory.bytes, &error),
            LFM2RT_NO_MEMORY);
  EXPECT_TRUE(failed("found 100, too few for any"));
}

TEST_P(DeviceTest, WeightsThatAreTooManyForOnePieceAreRefused) {
  const_cast<vk::Physical &>(device().hardware()).mostBuffer = 1 << 20;
  lfm2rt_weights more;
  EXPECT_EQ(lfm2rt_weights_open_memory(&more, &onDevice, archive.get(),
                                       bytes.size(), &error),
            LFM2RT_NO_MEMORY);
  EXPECT_TRUE(failed("the weights take 1572864 bytes, and the device '"));
  EXPECT_TRUE(failed("gives at most 1048576 in one piece"));
}

TEST_P(DeviceTest, DevicesHaveNames) {
  lfm2rt_device_info infos[4];
  uint32_t count = 0;
  ASSERT_EQ(lfm2rt_devices(&deviceProgram, infos, 4, &count, &error), LFM2RT_OK)
      << error.message;
  ASSERT_GE(count, 1u);
  EXPECT_STREQ(infos[0].variant, "vulkan");
  EXPECT_STREQ(infos[0].lacks, "");
  EXPECT_GT(infos[0].memory, 0u);
  const auto open = [&](const char *name) {
    Memory memory(lfm2rt_device_size(&deviceProgram));
    lfm2rt_model opened;
    const lfm2rt_status status = lfm2rt_model_open_device(
        &opened, &deviceProgram, name, memory.get(), memory.bytes, &error);
    if (status == LFM2RT_OK)
      lfm2rt_model_close(&opened);
    return status;
  };
  EXPECT_EQ(open(infos[0].name), LFM2RT_OK);
  EXPECT_EQ(open("gpu:0"), LFM2RT_OK);
  for (const char *name : {"gpu:99", "gpu:x", "Voodoo 2"}) {
    EXPECT_EQ(open(name), LFM2RT_NO_DEVICE);
    EXPECT_TRUE(failed("expected a device of the name '"));
    EXPECT_TRUE(failed(name));
    EXPECT_TRUE(failed((std::string("found gpu:0 '") + infos[0].name).c_str()));
  }
}

TEST_P(DeviceTest, DamagedKernelsAreNamed) {
  // Packed: 100 words, and bits that are none.
  const uint8_t damaged[] = {100, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  const lfm2_variant &variant = deviceProgram.variants[0];
  std::vector<lfm2_kernel> kernels(variant.kernels,
                                   variant.kernels + variant.num_kernels);
  kernels[1].code = damaged;
  kernels[1].code_bytes = sizeof(damaged);
  lfm2_variant with = variant;
  with.kernels = kernels.data();
  lfm2_program broken = deviceProgram;
  broken.variants = &with;
  broken.num_variants = 1;
  EXPECT_EQ(lfm2rt_device_size(&broken),
            lfm2rt_device_size(&deviceProgram) + 448); // of its 100 words
  Memory memory(lfm2rt_device_size(&broken));
  lfm2rt_model opened;
  EXPECT_EQ(lfm2rt_model_open_device(&opened, &broken, "gpu", memory.get(),
                                     memory.bytes, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected the program's kernel fake.attend as it was "
                     "packed, found it damaged; copy the program again, or "
                     "compile it anew"));
}

TEST_P(DeviceTest, WithoutADriverThereIsNoDevice) {
  const char *names[] = {"VK_ICD_FILENAMES", "VK_DRIVER_FILES"};
  std::string before[2];
  for (int i = 0; i < 2; ++i) {
    const char *value = getenv(names[i]);
    before[i] = value ? value : "";
    setenv(names[i], "/nowhere.json", 1);
  }
  Memory memory(lfm2rt_device_size(&deviceProgram));
  lfm2rt_model opened;
  EXPECT_EQ(lfm2rt_model_open_device(&opened, &deviceProgram, "gpu",
                                     memory.get(), memory.bytes, &error),
            LFM2RT_NO_DEVICE);
  EXPECT_TRUE(failed("for Vulkan, found none; install"));
  uint32_t count = 7;
  EXPECT_EQ(lfm2rt_devices(&deviceProgram, nullptr, 0, &count, &error),
            LFM2RT_NO_DEVICE);
  EXPECT_EQ(count, 0u);
  for (int i = 0; i < 2; ++i)
    before[i].empty() ? unsetenv(names[i])
                      : setenv(names[i], before[i].c_str(), 1);
}

INSTANTIATE_TEST_SUITE_P(Kinds, DeviceTest,
                         testing::Values(Kind::Unified, Kind::Discrete),
                         [](const auto &info) {
                           return info.param == Kind::Unified
                                      ? std::string("Unified")
                                      : std::string("Discrete");
                         });

/// Devices that nobody has.
class Lacking : public Runtime {
protected:
  Lacking() {
    physical.properties.apiVersion = vk::version1_3;
    physical.features = 1 << LFM2_VULKAN_BUFFER_DEVICE_ADDRESS |
                        1 << LFM2_VULKAN_INT64 | 1 << LFM2_VULKAN_STORAGE8;
    vk::PhysicalDeviceLimits &limits = physical.properties.limits;
    limits.maxComputeWorkGroupInvocations = 256;
    limits.maxComputeWorkGroupSize[0] = 128;
    limits.maxPushConstantsSize = 128;
    limits.maxComputeWorkGroupCount[0] = 65535;
  }
  std::string lacks() {
    char text[300];
    Message message(text, sizeof(text));
    vk::listLacking(message, deviceProgram, physical);
    EXPECT_EQ(vk::variantFor(deviceProgram, physical) == nullptr, text[0] != 0);
    return text;
  }
  vk::Physical physical = {};
};

TEST_F(Lacking, IsNamed) {
  EXPECT_EQ(lacks(), "");
  physical.features &= ~uint64_t(1 << LFM2_VULKAN_INT64);
  EXPECT_EQ(lacks(), "shaderInt64");
  vk::PhysicalDeviceLimits &limits = physical.properties.limits;
  limits.maxComputeWorkGroupSize[0] = 8;
  limits.maxPushConstantsSize = 16;
  limits.maxComputeWorkGroupCount[0] = 4;
  EXPECT_EQ(lacks(), "shaderInt64, 16 invocations of a workgroup (it has 8), "
                     "24 bytes of push constants (it has 16), 5 workgroups (it "
                     "has 4)");
  physical.features = 0;
  physical.properties.apiVersion = 1u << 22 | 2u << 12 | 7;
  physical.family = 16;
  EXPECT_EQ(lacks().find("Vulkan 1.3 (it has 1.2), a queue that computes, "
                         "bufferDeviceAddress, shaderInt64, "
                         "storageBuffer8BitAccess, 16 invocations"),
            0u);
}

TEST_F(Lacking, ProgramsForCpusAloneHaveNoDevices) {
  EXPECT_EQ(lfm2rt_device_size(&program), 0u);
  lfm2rt_model opened;
  EXPECT_EQ(
      lfm2rt_model_open_device(&opened, &program, "gpu", nullptr, 0, &error),
      LFM2RT_NO_DEVICE);
  EXPECT_TRUE(failed("the model was compiled for CPUs alone; compile it with "
                     "--target=vulkan"));
  uint32_t count = 0;
  EXPECT_EQ(lfm2rt_devices(&program, nullptr, 0, &count, &error),
            LFM2RT_NO_DEVICE);
}

TEST_F(Lacking, ProgramsForDevicesAloneHaveNoCpu) {
  lfm2_program alone = deviceProgram;
  alone.num_variants = 1;
  lfm2rt_model opened;
  EXPECT_EQ(lfm2rt_model_open(&opened, &alone, &error), LFM2RT_UNSUPPORTED_CPU);
  EXPECT_TRUE(failed("the model was compiled for devices alone; open it on "
                     "one (--device)"));
}

TEST_F(Lacking, ADeviceNeedsItsMemory) {
  const uint64_t needed = lfm2rt_device_size(&deviceProgram);
  Memory memory(needed + 64);
  lfm2rt_model opened;
  EXPECT_EQ(lfm2rt_model_open_device(&opened, &deviceProgram, "gpu",
                                     memory.get(), needed - 1, &error),
            LFM2RT_NO_MEMORY);
  EXPECT_EQ(error.needed, needed);
  EXPECT_TRUE(failed("an open device needs "));
  EXPECT_EQ(lfm2rt_model_open_device(&opened, &deviceProgram, "gpu",
                                     static_cast<char *>(memory.get()) + 8,
                                     needed, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("the memory of a device at a multiple of 64"));
}

} // namespace
