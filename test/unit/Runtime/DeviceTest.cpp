// A program on a device of Vulkan: the same numbers as on the CPU, whatever is
// done.
#include "test/unit/Runtime/FakeDevice.h"
#include "test/unit/Runtime/Fixture.h"

using namespace fake;

namespace {

/// `model` and `weights` are on the device, `cpu...` on the CPU.
class DeviceTest : public Runtime {
protected:
  void SetUp() override {
    memory = std::make_unique<Memory>(lfm2rt_device_size(&deviceProgram));
    lfm2rt_status status = lfm2rt_model_open_device(
        &onDevice, &deviceProgram, "gpu", memory->get(), memory->bytes, &error);
    if (status == LFM2RT_NO_DEVICE)
      GTEST_SKIP() << "NOT TESTED, there is no Vulkan here: " << error.message;
    ASSERT_EQ(status, LFM2RT_OK) << error.message;
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

  std::unique_ptr<Memory> memory;
  lfm2rt_model onDevice = {};
  lfm2rt_weights uploaded = {};
};

TEST_F(DeviceTest, OneTokenHasTheLogitsOfTheCpu) {
  Context device(onDevice, uploaded, 64, 1), cpu(model, weights, 64, 1);
  EXPECT_EQ(device.eval({7}), cpu.eval({7}));
  EXPECT_EQ(device.eval({9}), cpu.eval({9}));
}

TEST_F(DeviceTest, PromptsAndAnswersAreThoseOfTheCpu) {
  Context device(onDevice, uploaded, 256, 1), cpu(model, weights, 256, 1);
  EXPECT_EQ(device.eval(someTokens(37)), cpu.eval(someTokens(37)));
  EXPECT_EQ(device.generate({1, 2, 3}, 20), cpu.generate({1, 2, 3}, 20));
  EXPECT_EQ(device.lastLogits(), cpu.lastLogits());
}

} // namespace
