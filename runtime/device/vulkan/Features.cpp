#include "runtime/device/vulkan/Features.h"
#include "runtime/include/lfm2rt/features_vulkan.h"

namespace lfm2rt::vk {
namespace {

// Which of Vulkan's structures a feature is in, and the number of its flag
// there.
enum Structure : uint8_t { Core, Of11, Of12, Of13 };
struct Place {
  uint8_t feature;
  Structure structure;
  FeatureIndex flag;
};
constexpr Place places[] = {
    {LFM2_VULKAN_BUFFER_DEVICE_ADDRESS, Of12, BufferDeviceAddress},
    {LFM2_VULKAN_INT64, Core, ShaderInt64},
    {LFM2_VULKAN_INT16, Core, ShaderInt16},
    {LFM2_VULKAN_INT8, Of12, ShaderInt8},
    {LFM2_VULKAN_STORAGE8, Of12, StorageBuffer8BitAccess},
    {LFM2_VULKAN_STORAGE16, Of11, StorageBuffer16BitAccess},
    {LFM2_VULKAN_FLOAT16, Of12, ShaderFloat16},
    {LFM2_VULKAN_FLOAT64, Core, ShaderFloat64},
    {LFM2_VULKAN_INTEGER_DOT, Of13, ShaderIntegerDotProduct},
};
constexpr uint32_t numPlaces = sizeof(places) / sizeof(places[0]);
static_assert(numPlaces == LFM2_VULKAN_NUM_FEATURES,
              "every feature has a place");

} // namespace

FeatureSet::FeatureSet() {
  core.sType = TypePhysicalDeviceFeatures2;
  core.pNext = &of11;
  of11.sType = TypePhysicalDeviceVulkan11Features;
  of11.pNext = &of12;
  of12.sType = TypePhysicalDeviceVulkan12Features;
  of12.pNext = &of13;
  of13.sType = TypePhysicalDeviceVulkan13Features;
}

const uint32_t *FeatureSet::flagOf(uint32_t feature) const {
  for (const Place &place : places) {
    if (place.feature != feature)
      continue;
    switch (place.structure) {
    case Core:
      return &core.flags[place.flag];
    case Of11:
      return &of11.flags[place.flag];
    case Of12:
      return &of12.flags[place.flag];
    case Of13:
      return &of13.flags[place.flag];
    }
  }
  return nullptr;
}

uint64_t FeatureSet::present() const {
  uint64_t bits = 0;
  for (uint32_t i = 0; i < LFM2_VULKAN_NUM_FEATURES; ++i)
    bits |= uint64_t(*flagOf(i) != 0) << i;
  return bits;
}

void FeatureSet::want(uint32_t feature) {
  if (const uint32_t *flag = flagOf(feature))
    *const_cast<uint32_t *>(flag) = 1;
}

const char *featureName(uint32_t feature) {
#define LFM2RT_NAME_OF_FEATURE(id, name) name,
  static const char *const names[] = {
      LFM2_VULKAN_FEATURES(LFM2RT_NAME_OF_FEATURE)};
#undef LFM2RT_NAME_OF_FEATURE
  return feature < LFM2_VULKAN_NUM_FEATURES ? names[feature] : "";
}

} // namespace lfm2rt::vk
